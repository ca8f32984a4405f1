/* SPDX-License-Identifier: MIT */
#include "spawncall.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "buf.h"
#include "caller.h"
#include "home.h"
#include "json.h"
#include "proc.h"
#include "sha256.h"
#include "strv.h"

#define ANSWER_MAX (1 << 20)

/* The length of "jobdir-spawn: " and "--continue: " at its beginning. */
static size_t
strspn_name(const char *line)
{
	static const char *const names[] = { "jobdir-spawn: ", "--continue: " };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (!strncmp(line + n, names[i], strlen(names[i])))
			n += strlen(names[i]);
	return n;
}

static int
run_json(const char *const *argv, bool which, const struct buf *in, const struct proc_fd *fds,
	struct buf *text, struct json *doc, struct buf *why)
{
	CLEANUP(buf) struct buf err = BUF_INIT;
	struct proc_spec spec = { .argv = (char *const *)argv, .cwd_fd = -1, .fds = fds, .nfds = 1 };
	int status;

	if (proc_run(&spec, in->p, in->len, text, ANSWER_MAX, &err, -1, &status) < 0)
		return buf_addf(why, "cannot run '%s': %s", argv[0], strerror(errno)), -1;
	buf_setlen(&err, strcspn(err.p, "\n"));
	errno = ECANCELED;
	if (status != 0) {
		/* spawn's own status says whether it was about the job to go on with (jobdir-spawn(1)) */
		int code = which && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		size_t own = code == 1 || code == 100 ? strspn_name(err.p) : 0;

		(void)buf_addf(why, "%s", err.len ? err.p + own : "jobdir-spawn failed");
		errno = code == 1 ? ECHILD : code == 100 ? ESRCH : ECANCELED;
		return -1;
	}
	if (json_parse(doc, text->p, text->len, NULL) != JSON_OK)
		return buf_addf(why, "'%s' did not answer with JSON", argv[0]), -1;
	return 0;
}

/* fixed, its name, what it goes on with, and what a person asked of the walls; strv_free() it. */
static char **
make_argv(const char *const *fixed, const struct spawncall *c)
{
	const char *const *walls = c->walls;
	struct strv v = { 0 };

	for (; *fixed; fixed++)
		strv_push(&v, *fixed);
	if (c->name) {
		CLEANUP(buf) struct buf option = BUF_INIT;

		(void)buf_addf(&option, "--name=%s", c->name);	/* sticky: buf_steal tells */
		strv_own(&v, buf_steal(&option));
	}
	if (c->which) {
		CLEANUP(buf) struct buf option = BUF_INIT;

		(void)buf_addf(&option, "--continue=%s", c->which);	/* sticky: buf_steal tells */
		strv_own(&v, buf_steal(&option));
	}
	if (c->fork)
		strv_push(&v, "--fork");
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
	if (!cmd || params < 0 || !(argv = make_argv(fixed, c))) {
		(void)buf_addf(why, "cannot prepare the job: %s", strerror(errno));
		return NULL;
	}
	got = run_json((const char *const *)argv, c->which, c->prompt, fds, &text, &doc, why);
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
