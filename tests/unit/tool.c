/* SPDX-License-Identifier: MIT */
/*
 * Every manifest in lib/tools is whole, honest, within what clients take, and
 * says nothing that schema_check() would ignore.
 */
#include "tool.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "home.h"
#include "jsonw.h"
#include "pattern.h"
#include "t.h"

#define SCHEMA_MAX 5000		/* bytes; Codex strips descriptions beyond */
#define DEFAULTS_MAX 9000	/* what models read of the six default tools */

static const char *const defaults[] = {
	"claude_setup", "claude_task", "claude_job_wait", "claude_result", "claude_apply",
	"claude_cleanup",
};
static const char *const advanced[] = {
	"claude_jobs", "claude_job_result", "claude_job_cancel", "claude_job_cleanup",
	"claude_export", "claude_implement", "claude_query", "claude_review", "claude_review_gate",
	"claude_run_inspect", "claude_runs", "claude_status", "claude_workspace_status",
};
static const char *const worker[] = {
	"start", "get", "wait", "tail", "cancel", "apply", "analyze", "send",
};
static const char *const keywords[] = {
	"type", "const", "enum", "properties", "required", "additionalProperties", "items",
	"minItems", "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
	"exclusiveMinimum", "oneOf", "anyOf", "allOf", "not", "description",
};

/* One of the kind that lib/pattern understands: some single byte repeated fits it. */
static bool
is_known_pattern(const struct json *d, int v)
{
	char *pattern = json_cstr(d, v), text[65];
	bool fits = false;

	for (int c = '!'; pattern && c <= '~' && !fits; c++)
		for (size_t n = 1; n <= 64 && !fits; n += 63) {
			memset(text, c, n);
			fits = !pattern_misfit(pattern, strlen(pattern), text, n);
		}
	free(pattern);
	return fits;
}

static bool
is_one(const struct json *d, int name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_is(d, name, list[i]))
			return true;
	return false;
}

/* Only keywords that are understood, all the way down; described: members have a description. */
static bool
is_sound(const struct json *d, int s, bool described)
{
	for (int n = json_first(d, s); n >= 0; n = json_next(d, n)) {
		int v = json_value(d, n);

		if (!is_one(d, n, keywords, sizeof keywords / sizeof *keywords))
			return false;
		if (json_is(d, n, "pattern") && !is_known_pattern(d, v))
			return false;
		if (json_is(d, n, "properties"))
			for (int m = json_first(d, v); m >= 0; m = json_next(d, m)) {
				int p = json_value(d, m);

				if (!is_sound(d, p, false) ||
				    (described && json_get(d, p, "description") < 0))
					return false;
			}
		if ((json_is(d, n, "items") || json_is(d, n, "not")) && !is_sound(d, v, false))
			return false;
		if (json_is(d, n, "oneOf") || json_is(d, n, "anyOf") || json_is(d, n, "allOf"))
			for (int m = json_first(d, v); m >= 0; m = json_next(d, m))
				if (!is_sound(d, m, false))
					return false;
	}
	return true;
}

static size_t
compact_size(const struct tool *t, const char *member)
{
	struct buf b = BUF_INIT;
	struct jsonw w;
	size_t len, size;
	const char *raw = json_raw(&t->doc, tool_get(t, member), &len);

	jsonw_init(&w, &b);
	jsonw_raw(&w, raw, len);
	size = b.len;
	buf_release(&b);
	return size;
}

/* What Codex shows of a tool before it is used. */
static size_t
shown_size(const struct tool *t)
{
	return compact_size(t, "name") + compact_size(t, "description") +
		compact_size(t, "inputSchema");
}

static void
check_annotations(const struct tool *t, const char *name)
{
	const struct json *d = &t->doc;
	int a = tool_get(t, "annotations");
	static const char *const hints[] = {
		"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint",
	};
	bool reads = json_true(d, json_get(d, a, "readOnlyHint"));
	bool destroys = json_true(d, json_get(d, a, "destructiveHint"));
	static const char *const ends[] = { "claude_apply", "claude_cleanup", "claude_job_cancel",
		"claude_export", "claude_job_cleanup", "apply", "cancel" };
	static const char *const begins[] = { "claude_setup", "claude_task", "claude_implement", "claude_query",
		"claude_review", "claude_review_gate", "start", "send" };
	bool changes = false, makes = false;

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		changes = changes || !strcmp(name, ends[i]);
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		makes = makes || !strcmp(name, begins[i]);

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		EQ(json_type(d, json_get(d, a, hints[i])), JSON_T_BOOL, hints[i]);
	OK(!(reads && destroys), "what reads does not destroy");
	EQ(destroys, changes, "those that change or end something say so");
	EQ(reads, !changes && !makes, "the others read, but for those that start or steer");
}

static size_t
check_tool(const char *name)
{
	struct tool t;
	const struct json *d = &t.doc;
	size_t shown;
	int in, out;

	printf("# %s\n", name);
	if (!OK(!tool_load(&t, name), "the manifest is whole"))
		return 0;
	in = tool_get(&t, "inputSchema");
	out = tool_get(&t, "outputSchema");
	OK(json_is(d, tool_get(&t, "name"), name), "name");
	EQ(json_type(d, tool_get(&t, "title")), JSON_T_STRING, "title");
	bool delegate = !strncmp(name, "claude_", 7);
	OK(json_is(d, tool_get(&t, "toolset"), delegate ? "delegate" : "worker"), "toolset");
	EQ(json_type(d, json_path(d, 0, "run.0")), JSON_T_STRING, "run");
	OK(json_is(d, json_get(d, in, "type"), "object"), "input is an object");
	EQ(json_type(d, json_get(d, in, "additionalProperties")), JSON_T_BOOL, "input is closed");
	OK(!json_true(d, json_get(d, in, "additionalProperties")), "to unknown members");
	OK(json_get(d, in, "oneOf") < 0 && json_get(d, in, "anyOf") < 0 &&
		json_get(d, in, "not") < 0, "nothing that model APIs refuse at the top");
	EQ(json_path(d, in, "properties.cwd") >= 0, delegate, "cwd");
	OK(is_sound(d, in, true), "input: only what is checked, all described");
	OK(json_is(d, json_get(d, out, "type"), "object"), "output is an object");
	/* Said in full or not at all: the default tools have little room. */
	OK(json_get(d, out, "properties") < 0 ||
		json_path(d, out, "properties.error.properties.code") >= 0, "with error");
	OK(json_get(d, out, "required") < 0, "nothing required: an error has only error");
	OK(is_sound(d, out, false), "output: only what is checked");
	for (int r = json_first(d, tool_get(&t, "rules")); r >= 0; r = json_next(d, r))
		OK(json_get(d, r, "description") >= 0 && is_sound(d, r, false), "a rule with words");
	OK(compact_size(&t, "inputSchema") < SCHEMA_MAX, "input under 5,000 bytes");
	check_annotations(&t, name);
	shown = shown_size(&t);
	printf("# %zu bytes shown\n", shown);
	tool_release(&t);
	return shown;
}

static const char *
checked(const char *name, const char *args)
{
	static struct buf why = BUF_INIT;
	struct tool t;
	struct json v;

	buf_reset(&why);
	if (tool_load(&t, name) || json_parse(&v, args, strlen(args), NULL))
		return "cannot load";
	tool_check(&t, &v, 0, &why);
	json_release(&v);
	tool_release(&t);
	return why.p;
}

static void
rules(void)
{
	IS(checked("claude_task", "{\"cwd\":\"/w\",\"task\":\"x\"}"), "", "a task");
	IS(checked("claude_task", "{\"cwd\":\"/w\",\"job_id\":\"job-1\"}"), "", "or a job");
	IS(checked("claude_task", "{\"cwd\":\"/w\"}"), "input: give task, for a new job, "
		"or job_id, for an existing one", "not nothing");
	IS(checked("claude_task", "{\"cwd\":\"/w\",\"task\":\" \"}"), "task: must not be empty",
		"nor a blank");
	IS(checked("claude_task", "{\"cwd\":\"/w\",\"task\":\"x\",\"max_turns\":3,\"mode\":\"x\"}"),
		"max_turns: unknown member; mode: must be one of auto, read, review, write",
		"the reference refuses max_turns too");
	IS(checked("claude_apply", "{\"cwd\":\"/w\",\"job_id\":\"j\",\"preview\":true,"
		"\"cleanup\":true}"), "input: preview and cleanup exclude each other",
		"preview with cleanup");
	IS(checked("claude_apply", "{\"cwd\":\"/w\",\"job_id\":\"j\",\"preview\":false,"
		"\"cleanup\":true,\"confirmed_by_user\":true}"), "", "landing with cleanup");
	IS(checked("claude_apply", "{\"cwd\":\"/w\",\"job_id\":\"j\",\"worktree_path\":\"/t\"}"),
		"input: give the job by either worktree_path or job_id", "one job");
	IS(checked("claude_cleanup", "{\"cwd\":\"/w\",\"older_than_hours\":0.5}"), "",
		"half an hour");
	IS(checked("claude_jobs", "{\"cwd\":\"/w\",\"limit\":201}"),
		"limit: must be an integer from 1 to 200", "a limit");
}

static void
names(void)
{
	struct tool t;

	OK(tool_name_valid("claude_task"), "a name");
	OK(!tool_name_valid("") && !tool_name_valid("../x") && !tool_name_valid("A") &&
		!tool_name_valid("a.b") && !tool_name_valid("9a") && !tool_name_valid("_a"),
		"no names");
	OK(tool_load(&t, "../tools/claude_task") == -1 && errno == EINVAL, "no way out");
	OK(tool_load(&t, "no_such_tool") == -1 && errno == ENOENT, "no such tool");
}

/* A manifest that is in neither list would be checked by nobody. */
static int
count_manifests(void)
{
	struct buf path = BUF_INIT;
	char *data = home_data();
	DIR *dir;
	int n = 0;

	buf_addf(&path, "%s/tools", data ? data : "lib");
	dir = opendir(path.p);
	for (struct dirent *e; dir && (e = readdir(dir)); )
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	free(data);
	buf_release(&path);
	return n;
}

/* send comes with its command. */
static bool
has_manifest(const char *name)
{
	struct tool t;
	bool has = !tool_load(&t, name) || errno != ENOENT;

	tool_release(&t);
	return has;
}

int
main(void)
{
	size_t total = 0, nworker = 0, ndefault = sizeof defaults / sizeof *defaults;
	size_t nadvanced = sizeof advanced / sizeof *advanced;

	for (size_t i = 0; i < ndefault; i++)
		total += check_tool(defaults[i]);
	for (size_t i = 0; i < nadvanced; i++)
		(void)check_tool(advanced[i]);
	printf("# %zu bytes in all\n", total);
	OK(total <= DEFAULTS_MAX, "the default tools together are at most 9 kB");
	for (size_t i = 0; i < sizeof worker / sizeof *worker; i++)
		if (has_manifest(worker[i])) {
			(void)check_tool(worker[i]);
			nworker++;
		}
	EQ(count_manifests(), ndefault + nadvanced + nworker, "every manifest is looked at");
	rules();
	names();
	return t_done();
}
