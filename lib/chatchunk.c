/* SPDX-License-Identifier: MIT */
/* chatchunk: one walk over a chunk, no tree: they come by the hundred thousand. */
#include "chatchunk.h"

#include <string.h>

#define NAMED(n, s) ((n).len == sizeof(s) + 1 && !memcmp((n).p + 1, s, sizeof(s) - 1))

/* A string, array or object that holds something. */
static bool
holds(struct jsonpick v, char kind)
{
	return jsonpick_kind(v) == kind && v.len > 2;
}

static void
read_delta(struct chatchunk *c, struct jsonpick delta)
{
	struct jsonpick it = jsonpick_in(delta), n, v;

	if (jsonpick_kind(delta) != '{')
		return;
	while (jsonpick_member(&it, &n, &v)) {
		if (NAMED(n, "content")) {
			if (holds(v, '"') || holds(v, '['))
				c->content = v;
		} else if (NAMED(n, "reasoning_content")) {
			if (holds(v, '"')) {
				c->thinking = v;
				c->from = CHATSIGN_CONTENT;
			}
		} else if (NAMED(n, "reasoning")) {
			/* Some send both names: once is enough. */
			if (holds(v, '"') && !c->thinking.p) {
				c->thinking = v;
				c->from = CHATSIGN_PLAIN;
			}
		} else if (NAMED(n, "reasoning_details")) {
			if (holds(v, '['))
				c->details = v;
		} else if (NAMED(n, "tool_calls")) {
			if (holds(v, '['))
				c->calls = v;
		} else if (NAMED(n, "function_call")) {
			if (holds(v, '{'))
				c->function = v;
		} else if (NAMED(n, "refusal")) {
			if (holds(v, '"'))
				c->refusal = v;
		}
	}
}

static void
read_choice(struct chatchunk *c, struct jsonpick choice)
{
	struct jsonpick it = jsonpick_in(choice), n, v;

	while (jsonpick_member(&it, &n, &v)) {
		if (NAMED(n, "delta") || NAMED(n, "message"))
			read_delta(c, v);
		else if (NAMED(n, "finish_reason") && holds(v, '"'))
			c->finish = v;
		else if (NAMED(n, "usage") && holds(v, '{'))
			c->usage = v;
		else if (NAMED(n, "error") && (holds(v, '{') || holds(v, '"')))
			c->error = true;
	}
}

/* The first choice, or rather the one that says it is. */
static struct jsonpick
find_choice(struct jsonpick choices)
{
	struct jsonpick it = jsonpick_in(choices), v;
	int64_t index;

	while (jsonpick_element(&it, &v))
		if (jsonpick_kind(v) == '{' &&
		    (!jsonpick_int(jsonpick_get(v, "index"), &index) || index == 0))
			return v;
	return JSONPICK_ABSENT;
}

void
chatchunk_read(struct chatchunk *c, const char *text, size_t len)
{
	struct jsonpick whole = jsonpick_whole(text, len), it = jsonpick_in(whole), n, v;
	bool chunk = false, message = false;

	*c = (struct chatchunk){ 0 };
	if (jsonpick_kind(whole) != '{') {
		c->error = true;
		return;
	}
	while (jsonpick_member(&it, &n, &v)) {
		if (NAMED(n, "choices")) {
			chunk |= jsonpick_kind(v) == '[';
			read_choice(c, find_choice(v));
		} else if (NAMED(n, "usage")) {
			chunk |= jsonpick_kind(v) == '{';
			if (holds(v, '{'))
				c->usage = v;
		} else if (NAMED(n, "x_groq")) {
			if (holds(jsonpick_get(v, "usage"), '{'))
				c->usage = jsonpick_get(v, "usage");
		} else if (NAMED(n, "error")) {
			c->error |= holds(v, '{') || holds(v, '"');
		} else if (NAMED(n, "message") || NAMED(n, "detail") || NAMED(n, "msg")) {
			message = true;
		}
	}
	/* Errors also come bare; objects that are neither are nothing. */
	c->error |= message && !chunk;
}

enum chatstop
chatchunk_stop(struct jsonpick finish)
{
	static const struct {
		const char *word;
		enum chatstop stop;
	} words[] = {
		{ "length", CHATSTOP_LENGTH }, { "max_tokens", CHATSTOP_LENGTH },
		{ "MAX_TOKENS", CHATSTOP_LENGTH }, { "max_output_tokens", CHATSTOP_LENGTH },
		{ "model_length", CHATSTOP_CONTEXT },
		{ "model_context_window_exceeded", CHATSTOP_CONTEXT },
		{ "content_filter", CHATSTOP_REFUSAL }, { "SAFETY", CHATSTOP_REFUSAL },
		{ "sensitive", CHATSTOP_REFUSAL }, { "refusal", CHATSTOP_REFUSAL },
		{ "error", CHATSTOP_BROKEN }, { "network_error", CHATSTOP_BROKEN },
		{ "insufficient_system_resource", CHATSTOP_BROKEN },
		{ "abort", CHATSTOP_BROKEN }, { "aborted", CHATSTOP_BROKEN },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (jsonpick_is(finish, words[i].word))
			return words[i].stop;
	return finish.p ? CHATSTOP_END : CHATSTOP_NONE;
}
