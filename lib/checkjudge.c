/* SPDX-License-Identifier: MIT */
#include "checkjudge.h"

#include <stdlib.h>
#include <string.h>
#include "event.h"
#include "outcome.h"

#define NAMED 5				/* paths in a detail */

static bool
below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !n || (!strncmp(path, dir, n) && (!path[n] || path[n] == '/'));
}

static bool
in_scope(const struct checkspec *s, const char *path)
{
	for (size_t i = 0; i < s->npaths; i++)
		if (below(path, s->paths[i]))
			return true;
	return false;
}

static int
scope(struct checkround *r, const struct checkspec *s, const struct change *c)
{
	CLEANUP(buf) struct buf d = BUF_INIT;
	size_t out = 0;

	/* a rename is two files here, where it came from and where it went */
	for (size_t i = 0; i < c->nfiles; i++) {
		if (in_scope(s, c->files[i].path))
			continue;
		if (out++ < NAMED) {
			(void)buf_addstr(&d, out > 1 ? ", " : "outside: ");	/* sticky */
			event_short(&d, c->files[i].path, strlen(c->files[i].path), 200);
		}
	}
	if (out > NAMED)
		(void)buf_addf(&d, " and %zu more", out - NAMED);
	return buf_ok(&d) && checkrec_add(r, CHECK_SCOPE, "scope", !out, d.p) ? 0 : -1;
}

static int
limit(struct checkround *r, const char *label, const char *kind, int64_t have, int64_t max,
	const char *unit)
{
	CLEANUP(buf) struct buf d = BUF_INIT;

	(void)buf_addf(&d, "%lld %s, at most %lld", (long long)have, unit, (long long)max);
	return buf_ok(&d) && checkrec_add(r, label, kind, have <= max, d.p) ? 0 : -1;
}

int
checkjudge_change(struct checkround *r, const struct checkspec *s, const struct change *c)
{
	if (!c) {
		bool any = s->scoped || s->max_bytes >= 0 || s->max_files >= 0;

		return !any || checkrec_add(r, CHECK_SCOPE, "scope", false, "what was changed is not known")
		    ? 0 : -1;
	}
	if (s->scoped && scope(r, s, c) < 0)
		return -1;
	if (s->max_bytes >= 0 &&
	    limit(r, CHECK_SIZE, "size", c->patch_bytes, s->max_bytes, "bytes") < 0)
		return -1;
	return s->max_files < 0 ? 0 :
	    limit(r, CHECK_FILES, "files", (int64_t)c->nfiles, s->max_files, "files");
}

/* ---- the agent ---- */

/* Does this denial touch the task? A file in reach of the change, or the command of a check. */
static bool
touches(const struct checkspec *s, const struct json *d, int denial, const char *tree)
{
	static const char *const writers[] = { "Edit", "Write", "MultiEdit", "NotebookEdit" };
	CLEANUP(free) char *target = json_get_cstr(d, denial, "target");
	int tool = json_get(d, denial, "tool");
	const char *p = target;

	if (!target)
		return false;
	for (size_t i = 0; i < s->ncmds && json_is(d, tool, "Bash"); i++)
		if (strstr(target, s->cmds[i].text))
			return true;
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
		if (!json_is(d, tool, writers[i]))
			continue;
		if (*p == '/' && !below(p, tree))
			return false;	/* it may not, and need not, write there */
		p += *p == '/' ? strlen(tree) : 0;
		return !s->scoped || in_scope(s, p + strspn(p, "/"));
	}
	return false;
}

static const char *
reported(const struct json *report)
{
	int said = json_get(report, json_get(report, 0, "structured"), "status");

	return json_is(report, said, "failed") ? "it reports that it failed" :
	    json_is(report, said, "partial") ? "it reports that it did only a part" :
	    json_is(report, said, "needs_user") ? "it needs a decision of the user" : NULL;
}

int
checkjudge_agent(struct checkround *r, const struct checkspec *s, const struct json *exit,
	const struct json *report, const struct change *c, bool wanted, const char *tree)
{
	CLEANUP(free) char *reason = json_get_cstr(exit, 0, "terminal_reason");
	CLEANUP(buf) struct buf d = BUF_INIT;
	int list = json_get(report, 0, "denied"), n;
	const char *word = reported(report);

	if (!json_get_bool(exit, 0, "result", false))
		(void)buf_addstr(&d, "it ended without a result");
	else if (json_get_bool(exit, 0, "is_error", true) || !reason || strcmp(reason, "completed") != 0)
		(void)buf_addstr(&d, outcome_stop_words(reason));
	else if (word)
		(void)buf_addstr(&d, word);
	else if (wanted && c && !strcmp(c->base, c->tree))
		(void)buf_addstr(&d, "nothing was changed");
	for (n = json_type(report, list) == JSON_T_ARRAY ? json_first(report, list) : JSON_ABSENT;
	    n >= 0 && !d.len; n = json_next(report, n))
		if (touches(s, report, n, tree)) {
			CLEANUP(free) char *target = json_get_cstr(report, n, "target");

			(void)buf_addstr(&d, "permission denied for the task: ");
			event_short(&d, target ? target : "", target ? strlen(target) : 0, 120);
		}
	return buf_ok(&d) && checkrec_add(r, CHECK_AGENT, "agent", !d.len, d.p) ? 0 : -1;
}
