/* SPDX-License-Identifier: MIT */
/* chattool: tools, their names and schemas. */
#include "chattool.h"

#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "chatctx.h"
#include "gwprofile.h"
#include "json.h"
#include "jsonw.h"
#include "num.h"

#define TOOL_NAME 64			/* what OpenAI takes */
#define DEEP 60				/* nesting of schemas that is looked at */

/* ---- names ---- */

static bool
good(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '-';
}

/* The acceptable form of a name into out; false: it is that already. */
static bool
accept_name(const struct buf *name, char out[TOOL_NAME + 1])
{
	char hash[17];
	uint64_t h = num_fnv1a(name->p, name->len);
	size_t n = 0;

	while (n < name->len && good(name->p[n]))
		n++;
	if (n == name->len && n > 0 && n <= TOOL_NAME) {
		memcpy(out, name->p, n + 1);
		return false;
	}
	for (n = 0; n < name->len && n < TOOL_NAME - 9; n++)
		out[n] = (char)(good(name->p[n]) ? name->p[n] : '_');
	num_hex(hash, &h, sizeof h);
	out[n] = '_';
	memcpy(out + n + 1, hash, 8);
	out[n + 9] = '\0';
	return true;
}

void
chattool_name(struct jsonw *w, const struct json *d, int name)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	char theirs[TOOL_NAME + 1];

	if (json_str(d, name, &b) < 0)
		buf_reset(&b);		/* no string: a name made of nothing */
	(void)accept_name(&b, theirs);
	jsonw_more(w, theirs, strlen(theirs));
}

static int
map_name(struct chatctx *ctx, const struct json *d, int name)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	char theirs[TOOL_NAME + 1];
	struct chatname *more, own = { 0 };

	if (json_str(d, name, &b) < 0)
		return -1;
	if (!accept_name(&b, theirs))
		return 0;
	more = reallocarray(ctx->names, ctx->nnames + 1, sizeof *more);
	if (!more)
		return -1;
	ctx->names = more;
	own.ours = buf_steal(&b);
	own.theirs = own.ours ? strdup(theirs) : NULL;
	if (!own.theirs) {
		free(own.ours);
		return -1;
	}
	ctx->names[ctx->nnames++] = own;
	return 0;
}

/* ---- schemas ---- */

/* Keywords that say nothing about the value, or that some provider refuses. */
static bool
dropped(const struct json *d, int name, const struct gwprofile *p)
{
	static const char *const always[] = { "$schema", "$id", "$comment", "$anchor" };
	static const char *const plain[] = {
		"additionalProperties", "default", "exclusiveMinimum", "exclusiveMaximum", "pattern",
		"patternProperties", "propertyNames", "examples", "const", "if", "then", "else", "not",
	};

	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (json_is(d, name, always[i]))
			return true;
	for (size_t i = 0; p->plain_schema && i < sizeof plain / sizeof *plain; i++)
		if (json_is(d, name, plain[i]))
			return true;
	return false;
}

/* Classes and look-around, which not every provider's expressions have. */
static bool
odd_pattern(const struct json *d, int value)
{
	static const char *const odd[] = { "\\p{", "\\P{", "(?=", "(?!", "(?<" };
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (json_str(d, value, &b) < 0)
		return true;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (memmem(b.p, b.len, odd[i], strlen(odd[i])))
			return true;
	return false;
}

static bool
odd_format(const struct json *d, int value, const struct gwprofile *p)
{
	return p->plain_schema && !json_is(d, value, "enum") && !json_is(d, value, "date-time");
}

static void write_schema(struct jsonw *w, const struct json *d, int node,
	const struct gwprofile *p, int depth);

/* Members that are schemas by name: properties, $defs. */
static void
write_named(struct jsonw *w, const struct json *d, int node, const struct gwprofile *p, int depth)
{
	jsonw_object(w);
	for (int n = json_first(d, node); n >= 0; n = json_next(d, n)) {
		struct buf name CLEANUP(buf) = BUF_INIT;

		if (json_str(d, n, &name) < 0)
			w->out->failed = true;
		jsonw_keyn(w, name.p, name.len);
		write_schema(w, d, json_value(d, n), p, depth + 1);
	}
	jsonw_end(w);
}

static void
write_keyword(struct jsonw *w, const struct json *d, int n, const struct gwprofile *p, int depth)
{
	static const char *const named[] = { "properties", "$defs", "definitions", "patternProperties",
	    "dependentSchemas" };
	static const char *const values[] = { "enum", "const", "default", "examples", "required" };
	struct buf name CLEANUP(buf) = BUF_INIT;
	int value = json_value(d, n);

	if (dropped(d, n, p) || (json_is(d, n, "pattern") && odd_pattern(d, value)) ||
	    (json_is(d, n, "format") && odd_format(d, value, p)))
		return;
	if (json_str(d, n, &name) < 0)
		w->out->failed = true;
	jsonw_keyn(w, name.p, name.len);
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (json_is(d, n, named[i]) && json_type(d, value) == JSON_T_OBJECT) {
			write_named(w, d, value, p, depth);
			return;
		}
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (json_is(d, n, values[i])) {
			jsonw_node(w, d, value);
			return;
		}
	write_schema(w, d, value, p, depth + 1);
}

static void
write_schema(struct jsonw *w, const struct json *d, int node, const struct gwprofile *p, int depth)
{
	enum json_type type = json_type(d, node);
	bool array;

	if ((type != JSON_T_OBJECT && type != JSON_T_ARRAY) || depth > DEEP) {
		jsonw_node(w, d, node);
		return;
	}
	if (type == JSON_T_ARRAY) {
		jsonw_array(w);
		for (int n = json_first(d, node); n >= 0; n = json_next(d, n))
			write_schema(w, d, n, p, depth + 1);
		jsonw_end(w);
		return;
	}
	array = json_is(d, json_get(d, node, "type"), "array");
	jsonw_object(w);
	for (int n = json_first(d, node); n >= 0; n = json_next(d, n))
		write_keyword(w, d, n, p, depth);
	if (array && json_get(d, node, "items") < 0) {
		jsonw_key(w, "items");
		jsonw_object(w);
		if (p->plain_schema)
			jsonw_mstr(w, "type", "string");
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* At the top an object with properties is demanded. */
void
chattool_schema(struct jsonw *w, const struct json *d, int schema, const struct gwprofile *p)
{
	jsonw_object(w);
	if (json_get(d, schema, "type") < 0)
		jsonw_mstr(w, "type", "object");
	for (int n = json_first(d, schema); n >= 0; n = json_next(d, n))
		write_keyword(w, d, n, p, 0);
	if (json_get(d, schema, "properties") < 0 && !json_is(d, json_get(d, schema, "type"), "array")) {
		jsonw_key(w, "properties");
		jsonw_object(w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* ---- which ---- */

/* Does a result in the history name the tool? */
static bool
referenced(const struct json *d, int name)
{
	int messages = json_get(d, 0, "messages");

	for (int m = json_first(d, messages); m >= 0; m = json_next(d, m)) {
		int content = json_get(d, m, "content");

		if (json_type(d, content) != JSON_T_ARRAY)
			continue;
		for (int b = json_first(d, content); b >= 0; b = json_next(d, b)) {
			int result = json_get(d, b, "content");

			if (json_type(d, result) != JSON_T_ARRAY)
				continue;
			for (int n = json_first(d, result); n >= 0; n = json_next(d, n))
				if (json_is(d, json_get(d, n, "type"), "tool_reference") &&
				    json_equal(d, json_get(d, n, "tool_name"), d, name))
					return true;
		}
	}
	return false;
}

static bool
wanted(const struct json *d, int tool)
{
	int name = json_get(d, tool, "name");

	return json_type(d, name) == JSON_T_STRING &&
		json_type(d, json_get(d, tool, "input_schema")) == JSON_T_OBJECT &&
		(!json_true(d, json_get(d, tool, "defer_loading")) || referenced(d, name));
}

/* The head of a function, its name included; two ends close it. */
static void
open_function(struct jsonw *w, const struct json *d, int name)
{
	jsonw_object(w);
	jsonw_mstr(w, "type", "function");
	jsonw_key(w, "function");
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_string(w);
	chattool_name(w, d, name);
	jsonw_string_end(w);
}

static void
write_tool(struct jsonw *w, const struct json *d, int tool, const struct gwprofile *p)
{
	int description = json_get(d, tool, "description");

	open_function(w, d, json_get(d, tool, "name"));
	if (json_type(d, description) == JSON_T_STRING) {
		jsonw_key(w, "description");
		jsonw_node(w, d, description);
	}
	jsonw_key(w, "parameters");
	chattool_schema(w, d, json_get(d, tool, "input_schema"), p);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_choice(struct jsonw *w, const struct json *d, const struct gwprofile *p)
{
	int choice = json_get(d, 0, "tool_choice"), type = json_get(d, choice, "type");

	if (p->choice == GW_CHOICE_ALL && json_is(d, type, "tool")) {
		jsonw_key(w, "tool_choice");
		open_function(w, d, json_get(d, choice, "name"));
		jsonw_end(w);
		jsonw_end(w);
	} else if (type >= 0) {
		bool all = p->choice == GW_CHOICE_ALL;

		jsonw_mstr(w, "tool_choice", all && json_is(d, type, "any") ? "required" :
		    all && json_is(d, type, "none") ? "none" : "auto");
	}
	if (p->parallel && json_true(d, json_get(d, choice, "disable_parallel_tool_use")))
		jsonw_mbool(w, "parallel_tool_calls", false);
}

int
chattool_write(struct jsonw *w, const struct json *d, const struct gwprofile *p,
	struct chatctx *ctx)
{
	int tools = json_get(d, 0, "tools");
	bool any = false;

	if (json_type(d, tools) != JSON_T_ARRAY || (p->choice == GW_CHOICE_AUTO &&
	    json_is(d, json_path(d, 0, "tool_choice.type"), "none")))
		return 0;
	for (int n = json_first(d, tools); n >= 0; n = json_next(d, n)) {
		if (!wanted(d, n))
			continue;
		if (!any) {
			jsonw_key(w, "tools");
			jsonw_array(w);
			any = true;
		}
		write_tool(w, d, n, p);
		if (map_name(ctx, d, json_get(d, n, "name")) < 0)
			return -1;
	}
	if (!any)
		return 0;
	jsonw_end(w);
	write_choice(w, d, p);
	return 0;
}

bool
chattool_format(struct jsonw *w, const struct gwprofile *p)
{
	bool schema = p->json == GW_JSON_SCHEMA;

	jsonw_key(w, "response_format");
	jsonw_object(w);
	jsonw_mstr(w, "type", schema ? "json_schema" : "json_object");
	if (schema) {
		jsonw_key(w, "json_schema");
		jsonw_object(w);
		jsonw_mstr(w, "name", "answer");
		jsonw_key(w, "schema");
	}
	return schema;
}

void
chattool_format_end(struct jsonw *w, bool schema)
{
	if (schema)
		jsonw_end(w);
	jsonw_end(w);
}
