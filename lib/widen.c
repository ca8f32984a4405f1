/* SPDX-License-Identifier: MIT */
#include "widen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "buf.h"
#include "codexchange.h"
#include "codexconf.h"
#include "codexedit.h"
#include "codexfile.h"
#include "codexplan.h"
#include "control.h"
#include "guard.h"
#include "jsonw.h"
#include "shquote.h"

#define ROOTS "CODEX_CLAUDE_ALLOW_ROOTS"

struct wish {
	char *dir;
	char *roots;			/* as they are then, malloc'd */
};

static int
edit(void *arg, const struct codexedit *e, const char *path, struct buf *out, struct buf *why)
{
	struct wish *w = arg;

	if (!codexedit_has(e)) {
		(void)buf_addf(why, "no [mcp_servers." CODEXCONF_NAME "] in '%s'", path);
		errno = EBADMSG;
		return -1;
	}
	free(w->roots);
	w->roots = codexplan_roots(e, &w->dir, 1, why);
	return w->roots ? codexedit_set_env(e, ROOTS, w->roots, out, why) : -1;
}

/* Change the file. True, or false with words in message. */
static bool
change(struct jsonw *w, const char *path, char *dir, struct buf *message)
{
	struct wish wish = { .dir = dir };
	struct codexchange c = { .path = path, .name = CODEXCONF_NAME, .write = true, .edit = edit,
		.arg = &wish };
	bool done = codexchange_make(&c, message) >= 0;

	if (done) {
		jsonw_mstr(w, "env_value", wish.roots);
		(void)buf_addf(message, "%s. Codex sessions that begin now may delegate there; this one's "
			"server still has the roots it was started with.", c.same ? "It was allowed there "
			"already" : "Allowed");
	}
	jsonw_mbool(w, "changed", done && !c.same);
	codexchange_release(&c);
	free(wish.roots);
	return done;
}

static enum control_said
ask(const char *dir, const char *path)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	enum control_said said = CONTROL_GONE;
	int fd = control_fd();

	if (fd < 0)
		return CONTROL_CANNOT;	/* a person has a command for this */
	(void)buf_addstr(&text, "Allow delegated jobs to work in this directory, and all below it?\n\n");
	answer_foreign(&text, dir, strlen(dir), 4096, NULL);
	(void)buf_addf(&text, "\n\nIt is added to " ROOTS " in %s.", path);
	if (!buf_ok(&text) || control_ask(fd, "allow_root", "Allow it", text.p, &said) < 0)
		return CONTROL_GONE;
	return said;
}

int
widen(struct buf *out, const char *cwd)
{
	CLEANUP(buf) struct buf message = BUF_INIT;
	CLEANUP(free) char *path = codexfile_global();
	CLEANUP(free) char *dir = NULL;
	CLEANUP(fd) int fd = guard_cwd_person(cwd, &dir, &message);
	enum control_said said = CONTROL_CANNOT;
	bool done = false;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "config_path", path);
	if (fd >= 0 && path) {
		said = ask(dir, path);
		jsonw_mstr(&w, "answer", control_said_name(said));
	}
	if (said == CONTROL_ACCEPT)
		done = change(&w, path, dir, &message);
	else
		jsonw_mbool(&w, "changed", false);
	if (fd >= 0 && !done) {
		(void)buf_addstr(&message, message.len ? ". " : said == CONTROL_CANNOT ?
			"This client cannot ask its user. " : "The user did not say yes. ");
		(void)buf_addstr(&message, "Only the user can allow it, with: jobdir setup --write "
			"--allow-root=");
		(void)shquote(&message, dir);
	}
	jsonw_mstr(&w, "message", message.p);
	jsonw_end(&w);
	if (buf_ok(out) && buf_ok(&message))
		return 0;
	errno = ENOMEM;
	return -1;
}
