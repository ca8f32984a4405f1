/* SPDX-License-Identifier: MIT */
/*
 * chatmsg: messages. They come in runs: an assistant's, then everything until
 * the assistant speaks again, which is first the results of its calls, then one
 * user message of all that is left.
 */
#include "chatmsg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "chatpart.h"
#include "chatsign.h"
#include "jsonpick.h"
#include "chattext.h"
#include "chattool.h"
#include "gwprofile.h"
#include "json.h"
#include "jsonw.h"

struct talk {
	struct jsonw *w;
	const struct json *d;
	const struct gwprofile *p;
	struct chatpart_call *calls;	/* of the last assistant, unanswered */
	size_t ncalls, cap;
	int64_t number;			/* calls written so far */
};

static bool
is_role(const struct json *d, int msg, const char *role)
{
	return json_is(d, json_get(d, msg, "role"), role);
}

static bool
is_type(const struct json *d, int block, const char *type)
{
	return json_is(d, json_get(d, block, "type"), type);
}

/* ---- the assistant ---- */

/* What an assistant's run of messages holds. */
struct said {
	bool text, calls, thinking, details;
	enum chatsign from;
};

static enum chatsign
read_sign(const struct json *d, int block, struct buf *extra)
{
	struct buf sign CLEANUP(buf) = BUF_INIT;

	if (json_str(d, json_get(d, block, "signature"), &sign) < 0)
		return CHATSIGN_OTHER;
	return chatsign_read(sign.p, sign.len, extra);
}

static void
look(const struct json *d, int from, int to, struct said *said)
{
	*said = (struct said){ 0 };
	for (int m = from; m != to; m = json_next(d, m)) {
		int content = json_get(d, m, "content");

		for (int n = chattext_first(d, content); n >= 0; n = chattext_next(d, content, n)) {
			struct buf extra CLEANUP(buf) = BUF_INIT;
			enum chatsign s;

			if (chattext_text(d, n) >= 0)
				said->text = true;
			else if (is_type(d, n, "tool_use"))
				said->calls = true;
			else if (is_type(d, n, "thinking") &&
			    (s = read_sign(d, n, &extra)) != CHATSIGN_CALL) {
				said->thinking = true;
				said->from = s;
				said->details |= s == CHATSIGN_DETAILS;
			}
		}
	}
}

static void
write_said(const struct talk *t, int from, int to, const struct said *said)
{
	bool first = true;

	jsonw_key(t->w, "content");
	if (!said->text && said->calls && t->p->null_content) {
		jsonw_null(t->w);
		return;
	}
	jsonw_string(t->w);
	if (!said->text && !said->calls)
		chattext_say(t->w, "(no content)");
	for (int m = from; m != to; m = json_next(t->d, m)) {
		int content = json_get(t->d, m, "content");

		for (int n = chattext_first(t->d, content); n >= 0;
		    n = chattext_next(t->d, content, n)) {
			int text = chattext_text(t->d, n);

			if (text < 0)
				continue;
			if (!first)
				chattext_say(t->w, "\n");
			chattext_add(t->w, t->d, text);
			first = false;
		}
	}
	jsonw_string_end(t->w);
}

/* What the provider's own record of its reasoning was, in order. */
static void
write_details(const struct talk *t, int from, int to)
{
	jsonw_key(t->w, "reasoning_details");
	jsonw_array(t->w);
	for (int m = from; m != to; m = json_next(t->d, m)) {
		int content = json_get(t->d, m, "content");

		for (int n = chattext_first(t->d, content); n >= 0;
		    n = chattext_next(t->d, content, n)) {
			struct buf json CLEANUP(buf) = BUF_INIT;
			struct jsonpick it, v;

			if (is_type(t->d, n, "thinking") && read_sign(t->d, n, &json) == CHATSIGN_DETAILS)
				for (it = jsonpick_in(jsonpick_whole(json.p, json.len));
				    jsonpick_element(&it, &v);)
					jsonw_raw(t->w, v.p, v.len);
		}
	}
	jsonw_end(t->w);
}

/*
 * Given: only to who gave it, under the name it came with. Demanded: always,
 * "" when there was none.
 */
static void
write_reasoning(const struct talk *t, int from, int to, const struct said *said)
{
	const char *name = t->p->reasoning;

	if (t->p->echo == GW_ECHO_NEVER || (!said->calls && t->p->echo != GW_ECHO_ALWAYS))
		return;
	if (t->p->details && said->details) {
		write_details(t, from, to);
		return;
	}
	if (t->p->echo == GW_ECHO_GIVEN) {
		name = chatsign_member(said->from);
		if (!said->thinking || !name)
			return;
	}
	jsonw_key(t->w, name);
	jsonw_string(t->w);
	for (int m = from; m != to; m = json_next(t->d, m)) {
		int content = json_get(t->d, m, "content");

		for (int n = chattext_first(t->d, content); n >= 0;
		    n = chattext_next(t->d, content, n))
			if (is_type(t->d, n, "thinking"))
				chattext_add(t->w, t->d, json_get(t->d, n, "thinking"));
	}
	jsonw_string_end(t->w);
}

static void
write_id(const struct talk *t, const struct chatpart_call *c)
{
	char id[32];

	if (t->p->ids == GW_IDS_KIMI) {
		jsonw_string(t->w);
		chattext_say(t->w, "functions.");
		chattool_name(t->w, t->d, c->name);
		(void)snprintf(id, sizeof id, ":%lld", (long long)c->number);
		chattext_say(t->w, id);
		jsonw_string_end(t->w);
		return;
	}
	(void)snprintf(id, sizeof id, "call%05lld", (long long)c->number);
	jsonw_cstr(t->w, id);
}

static int
remember(struct talk *t, int block)
{
	if (t->ncalls == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 16;
		struct chatpart_call *more = reallocarray(t->calls, cap, sizeof *more);

		if (!more)
			return -1;
		t->calls = more;
		t->cap = cap;
	}
	t->calls[t->ncalls++] = (struct chatpart_call){
		.id = json_get(t->d, block, "id"), .name = json_get(t->d, block, "name"),
		.result = JSON_ABSENT, .number = t->number++,
	};
	return 0;
}

static int
write_call(struct talk *t, int block, const struct buf *extra)
{
	int input = json_get(t->d, block, "input");
	const char *raw;
	size_t len;

	if (remember(t, block) < 0)
		return -1;
	jsonw_object(t->w);
	jsonw_key(t->w, "id");
	write_id(t, &t->calls[t->ncalls - 1]);
	jsonw_mstr(t->w, "type", "function");
	jsonw_key(t->w, "function");
	jsonw_object(t->w);
	jsonw_key(t->w, "name");
	jsonw_string(t->w);
	chattool_name(t->w, t->d, json_get(t->d, block, "name"));
	jsonw_string_end(t->w);
	jsonw_key(t->w, "arguments");
	raw = json_raw(t->d, input, &len);
	if (json_type(t->d, input) == JSON_T_OBJECT)
		jsonw_str(t->w, raw, len);
	else
		jsonw_cstr(t->w, "{}");
	jsonw_end(t->w);
	if (extra->len) {
		jsonw_key(t->w, "extra_content");
		jsonw_raw(t->w, extra->p, extra->len);
	}
	jsonw_end(t->w);
	return 0;
}

static int
write_calls(struct talk *t, int from, int to)
{
	struct buf extra CLEANUP(buf) = BUF_INIT;

	jsonw_key(t->w, "tool_calls");
	jsonw_array(t->w);
	for (int m = from; m != to; m = json_next(t->d, m)) {
		int content = json_get(t->d, m, "content");

		for (int n = chattext_first(t->d, content); n >= 0;
		    n = chattext_next(t->d, content, n)) {
			if (is_type(t->d, n, "thinking")) {
				buf_reset(&extra);
				if (read_sign(t->d, n, &extra) != CHATSIGN_CALL)
					buf_reset(&extra);
			}
			if (!is_type(t->d, n, "tool_use"))
				continue;
			if (write_call(t, n, &extra) < 0)
				return -1;
			buf_reset(&extra);
		}
	}
	jsonw_end(t->w);
	return 0;
}

static int
write_assistant(struct talk *t, int from, int to)
{
	struct said said;
	int r = 0;

	look(t->d, from, to, &said);
	t->ncalls = 0;
	jsonw_object(t->w);
	jsonw_mstr(t->w, "role", "assistant");
	write_said(t, from, to, &said);
	write_reasoning(t, from, to, &said);
	if (said.calls)
		r = write_calls(t, from, to);
	jsonw_end(t->w);
	return r;
}

/* ---- the others ---- */

/* The results belong to the calls by the client's ids; each is used once. */
static void
match_results(struct talk *t, int from, int to)
{
	size_t next = 0;

	for (int m = from; m != to; m = json_next(t->d, m)) {
		int content = json_get(t->d, m, "content");

		for (int n = chattext_first(t->d, content); n >= 0;
		    n = chattext_next(t->d, content, n)) {
			int id = json_get(t->d, n, "tool_use_id");

			if (!is_type(t->d, n, "tool_result"))
				continue;
			/* They mostly come in the order of the calls. */
			for (size_t i = 0; i < t->ncalls; i++) {
				struct chatpart_call *c = &t->calls[(next + i) % t->ncalls];

				if (c->result < 0 && json_equal(t->d, c->id, t->d, id)) {
					c->result = n;
					next = (size_t)(c - t->calls) + 1;
					break;
				}
			}
		}
	}
}

static void
write_results(struct talk *t)
{
	for (size_t i = 0; i < t->ncalls; i++) {
		jsonw_object(t->w);
		jsonw_mstr(t->w, "role", "tool");
		jsonw_key(t->w, "tool_call_id");
		write_id(t, &t->calls[i]);
		jsonw_key(t->w, "content");
		chatpart_result(t->w, t->d, t->calls[i].result, t->p);
		jsonw_end(t->w);
	}
}

static void
write_others(struct talk *t, int from, int to)
{
	match_results(t, from, to);
	write_results(t);
	chatpart_user(t->w, t->d, from, to, t->p, t->calls, t->ncalls);
	t->ncalls = 0;
}

/* ---- all ---- */

static int
check(const struct json *d, int messages, struct buf *why)
{
	size_t i = 0;

	for (int m = json_first(d, messages); m >= 0; m = json_next(d, m), i++) {
		enum json_type content = json_type(d, json_get(d, m, "content"));

		if (!is_role(d, m, "user") && !is_role(d, m, "assistant") && !is_role(d, m, "system")) {
			(void)buf_addf(why, "messages.%zu.role: user, assistant or system is required", i);
			errno = EINVAL;		/* the status says enough without why */
			return -1;
		}
		if (content != JSON_T_STRING && content != JSON_T_ARRAY) {
			(void)buf_addf(why, "messages.%zu.content: a string or an array is required", i);
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

int
chatmsg_write(struct jsonw *w, const struct json *d, const struct gwprofile *p, struct buf *why)
{
	struct talk t = { .w = w, .d = d, .p = p };
	int messages = json_get(d, 0, "messages"), m = json_first(d, messages), r;

	r = check(d, messages, why);
	while (r == 0 && m >= 0) {
		bool assistant = is_role(d, m, "assistant");
		int from = m;

		while (m >= 0 && is_role(d, m, "assistant") == assistant)
			m = json_next(d, m);
		if (assistant)
			r = write_assistant(&t, from, m);
		else
			write_others(&t, from, m);
	}
	/* A history that ends in calls: answered all the same. */
	if (r == 0)
		write_results(&t);
	free(t.calls);
	return r;
}
