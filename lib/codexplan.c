/* SPDX-License-Identifier: MIT */
#include "codexplan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "codexconf.h"
#include "codexedit.h"
#include "guard.h"
#include "home.h"
#include "jobroot.h"
#include "path.h"
#include "repo.h"

/* The state root when it is not where a server of Codex would look by itself. */
static int
unusual_state(char **out, struct buf *why)
{
	CLEANUP(buf) struct buf usual = BUF_INIT;
	CLEANUP(free) char *state = home_state();
	const char *home = getenv("HOME");

	*out = NULL;
	if (!state) {
		CLEANUP(free) char *words = root_why(errno);

		(void)buf_addstr(why, words ? words : strerror(ENOMEM));
		return -1;
	}
	if (!home || buf_addf(&usual, "%s/.local/state/jobdir", home) || strcmp(state, usual.p))
		*out = steal_ptr(&state);
	return 0;
}

/* The variable of the environment, else that of the section before. */
static char *
said(const struct codexedit *e, const char *name)
{
	const char *env = getenv(name);

	if (env && *env)
		return strdup(env);
	return e ? codexedit_env(e, name) : NULL;
}

static bool
has_root(const struct buf *list, const char *root)
{
	for (const char *p = list->p; *p;) {
		size_t n = strcspn(p, ":,");

		if (n == strlen(root) && !memcmp(p, root, n))
			return true;
		p += n + (p[n] != '\0');
	}
	return false;
}

char *
codexplan_roots(const struct codexedit *e, char *const *more, size_t n, struct buf *why)
{
	static const char *const usual[] = { "projects", "work", "codex-claude" };
	CLEANUP(free) char *now = e ? codexedit_env(e, "CODEX_CLAUDE_ALLOW_ROOTS") : NULL;
	const char *env = getenv("CODEX_CLAUDE_ALLOW_ROOTS"), *home = getenv("HOME");
	CLEANUP(buf) struct buf list = BUF_INIT;

	if (now || env)
		(void)buf_addstr(&list, now ? now : env);
	for (size_t i = 0; !now && !env && home && i < 3; i++)
		(void)buf_addf(&list, "%s%s/%s", i ? ":" : "", home, usual[i]);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(free) char *path = NULL;
		CLEANUP(fd) int fd = guard_cwd_person(more[i], &path, why);

		if (fd < 0) {
			errno = EINVAL;
			return NULL;
		}
		if (strpbrk(path, ":,")) {
			(void)buf_addf(why, "'%s': ':' and ',' stand between the allowed directories",
				path);
			errno = EINVAL;
			return NULL;
		}
		if (!has_root(&list, path))
			(void)buf_addf(&list, "%s%s", list.len ? ":" : "", path);
	}
	return buf_steal(&list);
}

int
codexplan_fill(struct codexconf *c, const struct codexedit *e, char *const *roots, size_t n,
	struct buf *others, struct buf *why)
{
	CLEANUP(free) char *server = home_command("mcp");
	char *state;

	if (!server)
		return -1;
	if (faccessat(AT_FDCWD, server, X_OK, AT_EACCESS)) {
		(void)buf_addstr(why, "jobdir-mcp is not installed beside this program");
		errno = ENOENT;
		return -1;
	}
	if (unusual_state(&state, why) || (e && codexedit_others(e, codexconf_vars, others)))
		return -1;
	if (!state && e)
		state = codexedit_env(e, "JOBDIR_STATE");
	c->state = state;
	c->claude = said(e, "CLAUDE_BIN");
	/* What was once allowed stays so, whatever this shell has. */
	c->roots = n ? codexplan_roots(e, roots, n, why) :
		e ? codexedit_env(e, "CODEX_CLAUDE_ALLOW_ROOTS") : NULL;
	if (n && !c->roots)
		return -1;
	if (!c->roots)
		c->roots = said(NULL, "CODEX_CLAUDE_ALLOW_ROOTS");
	c->server = steal_ptr(&server);
	c->others = others->p;
	return 0;
}

void
codexplan_release(struct codexconf *c)
{
	free((void *)c->state);
	free((void *)c->claude);
	free((void *)c->roots);
	free((void *)c->server);
}

char *
codexplan_project(struct buf *why)
{
	CLEANUP(fd) int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free) char *dir = here < 0 ? NULL : path_of_fd(here);
	CLEANUP(buf) struct buf path = BUF_INIT;
	CLEANUP(buf) struct buf ignore = BUF_INIT;
	struct git_repo repo;

	if (!dir) {
		(void)buf_addf(why, "the working directory: %s", strerror(errno));
		return NULL;
	}
	if (git_discover(dir, &repo, &ignore)) {
		(void)buf_addf(&path, "%s/.codex/config.toml", dir);
	} else {
		(void)buf_addf(&path, "%s/.codex/config.toml", repo.root);
		git_repo_release(&repo);
	}
	return buf_steal(&path);
}
