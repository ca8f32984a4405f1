/* SPDX-License-Identifier: MIT */
/*
 * chatcheck: what strict providers of chat completions refuse in a request.
 * Part of chatmodel.
 */
#ifndef JOBDIR_TESTS_CHATCHECK_H
#define JOBDIR_TESTS_CHATCHECK_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "json.h"

struct chatcheck {
	bool demand;			/* messages with calls must hold their reasoning */
	bool extra;			/* and calls what came with them */
	bool other;			/* which is called "reasoning" */
	bool details;			/* messages with calls hold reasoning_details, each text whole */
};

static bool
check_bad(struct buf *why, const char *words)
{
	if (!why->len)
		(void)buf_addstr(why, words);	/* no words: the request passes, and the test fails */
	return false;
}

static bool
check_members(const struct json *d, struct buf *why)
{
	static const char *const known[] = { "model", "messages", "tools", "tool_choice",
	    "parallel_tool_calls", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop",
	    "response_format", "reasoning_effort", "stream", "stream_options" };
	const size_t count = sizeof known / sizeof *known;

	for (int n = json_first(d, 0); n >= 0; n = json_next(d, n)) {
		size_t i = 0;

		while (i < count && !json_is(d, n, known[i]))
			i++;
		if (i == count)
			return check_bad(why, "an unknown member");
	}
	return true;
}

static bool
check_tools(const struct json *d, struct buf *why)
{
	int tools = json_get(d, 0, "tools");

	if (json_type(d, tools) != JSON_T_ABSENT && json_len(d, tools) == 0)
		return check_bad(why, "empty tools");
	for (int n = json_first(d, tools); n >= 0; n = json_next(d, n)) {
		int f = json_get(d, n, "function"), params = json_get(d, f, "parameters");
		char *name = json_get_cstr(d, f, "name");
		bool good = name && *name && strlen(name) <= 64 && name[strspn(name,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';

		free(name);
		if (!good)
			return check_bad(why, "a tool's name");
		if (!json_is(d, json_get(d, params, "type"), "object") || json_get(d, params, "$schema") >= 0)
			return check_bad(why, "a tool's parameters");
	}
	return true;
}

static bool
check_content(const struct json *d, int msg, bool calls, struct buf *why)
{
	int content = json_get(d, msg, "content");
	size_t len = 0;

	(void)json_raw(d, content, &len);
	if (json_type(d, content) == JSON_T_STRING)
		return len > 2 || calls ? true : check_bad(why, "empty content");
	if (calls && json_type(d, content) == JSON_T_NULL)
		return true;
	if (json_type(d, content) != JSON_T_ARRAY || !json_is(d, json_get(d, msg, "role"), "user") || !json_len(d, content))
		return check_bad(why, "content that is no string");
	for (int n = json_first(d, content); n >= 0; n = json_next(d, n)) {
		char *url = json_cstr(d, json_path(d, n, "image_url.url"));
		bool picture = url && !strncmp(url, "data:image/", 11) && strstr(url, ";base64,");

		free(url);
		(void)json_raw(d, json_get(d, n, "text"), &len);
		if (!picture && len <= 2)
			return check_bad(why, "a part that is neither text nor picture");
	}
	return true;
}

static bool
check_call(const struct json *d, int call, const struct chatcheck *c, struct buf *why)
{
	char *args = json_cstr(d, json_path(d, call, "function.arguments"));
	char *name = json_cstr(d, json_path(d, call, "function.name"));
	char *extra = json_cstr(d, json_path(d, call, "extra_content.google.thought_signature"));
	struct json a = { 0 };
	bool object = args && json_parse(&a, args, strlen(args), NULL) == JSON_OK &&
		json_type(&a, 0) == JSON_T_OBJECT, same = extra && name && !strcmp(extra, name);

	json_release(&a);
	free(args);
	free(name);
	free(extra);
	if (!object)
		return check_bad(why, "arguments that are no object");
	if (c->extra && !same)
		return check_bad(why, "a call without what came with it");
	return true;
}

/* Ids of calls must differ in the whole request. */
static bool
check_ids(const struct json *d, int call, struct buf *ids, struct buf *why)
{
	size_t len = 0;
	const char *raw = json_raw(d, json_get(d, call, "id"), &len);

	if (!raw || len < 3 || len > 66)
		return check_bad(why, "a call's id");
	if (memmem(ids->p, ids->len, raw, len))
		return check_bad(why, "two calls of one id");
	return buf_add(ids, raw, len) == 0;
}

/* At most one text, then what was sealed; and nothing said twice. */
static bool
check_details(const struct json *d, int m, struct buf *why)
{
	int all = json_get(d, m, "reasoning_details"), first = json_first(d, all);
	int last = first >= 0 && json_next(d, first) >= 0 ? json_next(d, first) : first;

	if (json_type(d, all) == JSON_T_ARRAY && last >= 0 && json_next(d, last) < 0 &&
	    json_is(d, json_get(d, last, "data"), "sealed") && json_get(d, m, "reasoning") < 0 &&
	    (last == first || json_type(d, json_get(d, first, "text")) == JSON_T_STRING))
		return true;
	return check_bad(why, "a call without the details of its reasoning");
}

static bool
check_messages(const struct json *d, const struct chatcheck *c, struct buf *ids, struct buf *why)
{
	int messages = json_get(d, 0, "messages"), call = JSON_ABSENT, count = 0;
	const char *before = "";

	for (int m = json_first(d, messages); m >= 0; m = json_next(d, m), count++) {
		int role = json_get(d, m, "role"), calls = json_get(d, m, "tool_calls");

		if (call >= 0) {
			if (!json_is(d, role, "tool") ||
			    !json_equal(d, json_get(d, call, "id"), d, json_get(d, m, "tool_call_id")))
				return check_bad(why, "a call that is not answered, or not in order");
			call = json_next(d, call);
			before = "tool";
			if (!check_content(d, m, false, why))
				return false;
			continue;
		}
		if (json_is(d, role, "system") ? count > 0 : json_is(d, role, "user") ? !strcmp(before, "user") :
		    json_is(d, role, "assistant") ? !strcmp(before, "assistant") || !*before : true)
			return check_bad(why, "a message that may not stand there");
		before = json_is(d, role, "system") ? "" : json_is(d, role, "user") ? "user" : "assistant";
		if (!check_content(d, m, calls >= 0, why))
			return false;
		if (calls >= 0 && json_len(d, calls) == 0)
			return check_bad(why, "empty tool_calls");
		if (c->demand && calls >= 0 && json_type(d, json_get(d, m, c->other ? "reasoning" : "reasoning_content")) != JSON_T_STRING)
			return check_bad(why, "a call without its reasoning");
		if (c->details && calls >= 0 && !check_details(d, m, why))
			return false;
		for (int n = json_first(d, calls); n >= 0; n = json_next(d, n))
			if (!check_call(d, n, c, why) || !check_ids(d, n, ids, why))
				return false;
		call = json_first(d, calls);
	}
	if (call >= 0 || !*before)
		return check_bad(why, "a call without answer at the end, or no message");
	return true;
}

/* What is wrong with it is appended to why: nothing if it is right. */
static void
chatcheck(const struct json *d, const struct chatcheck *c, struct buf *why)
{
	struct buf ids CLEANUP(buf) = BUF_INIT;

	if (check_members(d, why) && check_tools(d, why))
		(void)check_messages(d, c, &ids, why);
}

/* The client says "Working directory: PATH" somewhere; as it stood, or NULL. */
static char *
chatcheck_cwd(const struct json *d)
{
	static const char key[] = "orking directory: ";
	const char *p = memmem(d->text, d->len, key, sizeof key - 1), *end = d->text + d->len;
	size_t n = 0;

	if (!p)
		return NULL;
	p += sizeof key - 1;
	while (p + n < end && p[n] != '"' && p[n] != '\\' && p[n] != '<')
		n++;
	return strndup(p, n);
}

#endif
