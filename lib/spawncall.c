/* SPDX-License-Identifier: MIT */
#include "spawncall.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "caller.h"
#include "home.h"
#include "json.h"
#include "proc.h"
#include "sha256.h"
#include "strv.h"

#define ANSWER_MAX (1 << 20)

static int
run_json(const char *const *argv, const struct buf *in, const struct proc_fd *fds, struct buf *text,
	struct json *doc, struct buf *why)
{
	CLEANUP(buf) struct buf err = BUF_INIT;
	struct proc_spec spec = { .argv = (char *const *)argv, .cwd_fd = -1, .fds = fds, .nfds = 1 };
	int status;

	if (proc_run(&spec, in->p, in->len, text, ANSWER_MAX, &err, -1, &status) < 0)
		return buf_addf(why, "cannot run '%s': %s", argv[0], strerror(errno)), -1;
	buf_setlen(&err, strcspn(err.p, "\n"));
	errno = ECANCELED;
	if (status != 0)
		return buf_addf(why, "%s", err.len ? err.p : "jobdir-spawn failed"), -1;
	if (json_parse(doc, text->p, text->len, NULL) != JSON_OK)
		return buf_addf(why, "'%s' did not answer with JSON", argv[0]), -1;
	return 0;
}

/* fixed, and what a person asked of the walls; strv_free() it. */
static char **
make_argv(const char *const *fixed, const char *const *walls)
{
	struct strv v = { 0 };

	for (; *fixed; fixed++)
		strv_push(&v, *fixed);
	for (; walls && *walls; walls++) {
		CLEANUP(buf) struct buf option = BUF_INIT;

		(void)buf_addf(&option, "--%s", *walls);	/* sticky: buf_steal tells */
		strv_own(&v, buf_steal(&option));
	}
	return strv_finish(&v);
}

char *
spawncall(const struct spawncall *c, bool *deduped, struct buf *why)
{
	CLEANUP(buf) struct buf text = BUF_INIT, note = BUF_INIT;
	CLEANUP(free) char *cmd = home_command("spawn");
	CLEANUP(fd) int params = proc_memfd("params", c->params->p, c->params->len);
	char recipe[32], cwd[PATH_MAX + 8], limit[40], hash[65], state[80];
	const struct proc_fd fds[] = { { params, 3 } };
	struct json doc;
	char *id, **argv = NULL;
	int got;

	(void)snprintf(recipe, sizeof(recipe), "--recipe=%s", c->recipe);	/* all fit */
	(void)snprintf(cwd, sizeof(cwd), "--cwd=%s", c->cwd);
	(void)snprintf(limit, sizeof(limit), "--timeout=%lldms", (long long)c->timeout_ms);
	sha256_hex(c->state->p, c->state->len, hash);
	(void)snprintf(state, sizeof(state), "--state=%s", hash);
	const char *const fixed[] = { cmd, recipe, cwd, limit, state, "--dedupe", "--json",
		"--params=/dev/fd/3", "--prompt=-", NULL };

	/* Who asks has said so already, where there is an answer to say it in. */
	if (caller_narrow(&note, why) < 0)
		return NULL;
	if (!cmd || params < 0 || !(argv = make_argv(fixed, c->walls))) {
		(void)buf_addf(why, "cannot prepare the job: %s", strerror(errno));
		return NULL;
	}
	got = run_json((const char *const *)argv, c->prompt, fds, &text, &doc, why);
	strv_free(argv);
	if (got < 0)
		return NULL;
	id = json_get_cstr(&doc, 0, "job_id");
	*deduped = json_get_bool(&doc, 0, "deduped", false);
	json_release(&doc);
	if (!id) {
		(void)buf_addstr(why, "jobdir-spawn named no job");
		errno = EBADMSG;
	}
	return id;
}
