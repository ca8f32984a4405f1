/* SPDX-License-Identifier: MIT */
#include "claude.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "strv.h"

static void
push_list(struct strv *s, const struct json *d, int list)
{
	if (json_type(d, list) != JSON_T_ARRAY)
		return;
	for (int n = json_first(d, list); n >= 0; n = json_next(d, n))
		strv_own(s, json_cstr(d, n));
}

/* Levels are cumulative: strict, then default, then permissive, up to the one asked for. */
static void
push_allowed(struct strv *s, const struct json *d, int mode, const char *profile)
{
	int allow = json_get(d, mode, "allow"), levels = json_get(d, 0, "levels"), n;

	for (n = json_first(d, levels); n >= 0; n = json_next(d, n)) {
		char *level CLEANUP(free) = json_cstr(d, n);

		if (!level) {
			s->failed = true;
			return;
		}
		push_list(s, d, json_get(d, allow, level));
		if (!strcmp(level, profile))
			return;
	}
}

/* Every rule for every pattern; '%' in a rule is the pattern. */
static void
push_sensitive(struct strv *s, const struct json *d, const char *policy)
{
	int all = json_get(d, 0, "sensitive"), rules = json_get(d, all, "rules");
	int list = json_get(d, all, policy), p, r;

	for (p = json_first(d, list); p >= 0; p = json_next(d, p)) {
		char *pattern CLEANUP(free) = json_cstr(d, p);

		for (r = json_first(d, rules); pattern && r >= 0; r = json_next(d, r)) {
			char *rule CLEANUP(free) = json_cstr(d, r);
			char *hole = rule ? strchr(rule, '%') : NULL;
			struct buf b = BUF_INIT;

			if (!hole)
				continue;
			(void)buf_addf(&b, "%.*s%s%s", (int)(hole - rule), rule, pattern, hole + 1);
			strv_own(s, buf_steal(&b));
		}
	}
}

static void
push_denied(struct strv *s, const struct json *d, int mode, const char *sensitive)
{
	int names = json_get(d, mode, "deny"), n;

	for (n = json_first(d, names); n >= 0; n = json_next(d, n)) {
		char *name CLEANUP(free) = json_cstr(d, n);

		if (!name)
			s->failed = true;
		else
			push_list(s, d, json_get(d, json_get(d, 0, "deny"), name));
	}
	push_sensitive(s, d, sensitive);
}

static void
push_tools(struct strv *s, const struct json *d, int mode)
{
	int list = json_get(d, mode, "tools"), n;
	struct buf b = BUF_INIT;

	for (n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		if (b.len)
			(void)buf_addch(&b, ',');
		(void)json_str(d, n, &b);	/* a damaged table: fewer tools, never more */
	}
	strv_push(s, "--tools");
	strv_own(s, buf_steal(&b));
}

static bool
known(const struct json *d, int list, const char *name)
{
	for (int n = json_first(d, list); n >= 0; n = json_next(d, n))
		if (json_is(d, n, name))
			return true;
	return false;
}

/* The limits and choices of this run. */
static void
push_choices(struct strv *s, const struct claude_run *run)
{
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (run->max_turns > 0) {
		(void)buf_addf(&b, "%lld", (long long)run->max_turns);
		strv_push2(s, "--max-turns", b.p);
		buf_reset(&b);
	}
	if (run->max_cost_usd > 0) {
		(void)buf_addf(&b, "%.6f", run->max_cost_usd);
		strv_push2(s, "--max-budget-usd", b.p);
	}
	if (run->model)
		strv_push2(s, "--model", run->model);
	if (run->resume)
		strv_push2(s, "--resume", run->resume);
	if (run->resume && run->fork)
		strv_push(s, "--fork-session");
	if (run->instructions)
		strv_push2(s, "--append-system-prompt-file", run->instructions);
	for (const char *const *a = run->add_dirs; a && *a; a++)
		strv_push2(s, "--add-dir", *a);
}

char **
claude_argv(const struct json *d, const struct claude_run *run, struct buf *why)
{
	static const char *const fixed[] = { "-p", "--input-format", "stream-json",
	    "--output-format", "stream-json", "--verbose",
	    "--setting-sources", "user", "--strict-mcp-config" };
	const char *profile = run->profile ? run->profile : "default";
	const char *sensitive = run->sensitive ? run->sensitive : "default";
	int mode = json_get(d, json_get(d, 0, "modes"), run->mode);
	struct strv s = { 0 };

	errno = EINVAL;
	if (mode == JSON_ABSENT)
		return (void)buf_addf(why, "no mode '%s'", run->mode), NULL;
	if (!known(d, json_get(d, 0, "levels"), profile))
		return (void)buf_addf(why, "no profile '%s'", profile), NULL;
	if (!strcmp(sensitive, "rules") ||
	    json_type(d, json_get(d, json_get(d, 0, "sensitive"), sensitive)) != JSON_T_ARRAY)
		return (void)buf_addf(why, "no sensitive-file policy '%s'", sensitive), NULL;
	if (run->permission && *run->permission == '-')
		return (void)buf_addstr(why, "a permission mode cannot begin with a dash"), NULL;
	if ((run->model && *run->model == '-') || (run->resume && *run->resume == '-'))
		return (void)buf_addstr(why, "a model or session cannot begin with a dash"), NULL;
	strv_push(&s, run->program);
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		strv_push(&s, fixed[i]);
	strv_push2(&s, "--permission-mode", run->permission ? run->permission : "dontAsk");
	push_tools(&s, d, mode);
	push_choices(&s, run);
	strv_push(&s, "--allowedTools");
	push_allowed(&s, d, mode, profile);
	strv_push(&s, "--disallowedTools");
	push_denied(&s, d, mode, sensitive);
	strv_push2(&s, "--json-schema", run->schema);
	return strv_finish(&s);
}

char *
claude_schema_name(const struct json *d, const char *mode)
{
	char *name = json_get_cstr(d, json_get(d, json_get(d, 0, "modes"), mode), "schema");

	if (!name)
		errno = EINVAL;
	return name;
}

char **
claude_env(const char *home, const char *tmp, int depth, const char *login, size_t n)
{
	static const char *const fixed[] = {
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
		"CLAUDE_CODE_DISABLE_BACKGROUND_TASKS=1",
		"CLAUDE_CODE_DISABLE_AUTO_MEMORY=1",
		"CLAUDE_CODE_ATTRIBUTION_HEADER=0",
		"CLAUDE_CODE_STARTUP_FAILURE_RESULTS=1",
		/* a test suite may take longer than its two minutes; the job has its own limit */
		"BASH_DEFAULT_TIMEOUT_MS=600000", "BASH_MAX_TIMEOUT_MS=1800000",
		"DISABLE_AUTOUPDATER=1", "DISABLE_TELEMETRY=1", "DISABLE_ERROR_REPORTING=1",
	};
	struct strv s = { 0 };
	struct buf b CLEANUP(buf) = BUF_INIT;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		strv_push(&s, fixed[i]);
	(void)buf_addf(&b, "CLAUDE_CONFIG_DIR=%s", home);
	strv_push(&s, b.p);
	buf_reset(&b);
	(void)buf_addf(&b, "TMPDIR=%s", tmp);
	strv_push(&s, b.p);
	buf_reset(&b);
	(void)buf_addf(&b, "BRIDGE_DEPTH=%d", depth);
	strv_push(&s, b.p);
	if (!buf_ok(&b))
		s.failed = true;
	for (const char *p = login; p && p < login + n; p += strlen(p) + 1)
		if (*p)
			strv_push(&s, p);
	return strv_finish(&s);
}
