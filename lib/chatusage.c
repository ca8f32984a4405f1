/* SPDX-License-Identifier: MIT */
/* chatusage: numbers of tokens, as many providers name them. */
#include "chatusage.h"

#include "buf.h"
#include "jsonpick.h"

/* The first of the names that holds a number above 0; else 0. */
static int64_t
number(struct jsonpick o, const char *const *names)
{
	int64_t v;

	for (; *names; names++)
		if (jsonpick_int(jsonpick_get(o, *names), &v) && v > 0)
			return v;
	return 0;
}

void
chatusage_take(struct chatusage *u, const char *json, size_t len)
{
	static const char *const in[] = { "prompt_tokens", "input_tokens", NULL };
	static const char *const out[] = { "completion_tokens", "output_tokens", NULL };
	static const char *const hit[] = { "prompt_cache_hit_tokens", "cached_tokens", NULL };
	static const char *const think[] = { "reasoning_tokens", NULL };
	static const char *const all[] = { "total_tokens", NULL };
	struct jsonpick o = jsonpick_whole(json, len);
	int64_t prompt = number(o, in), output = number(o, out), total = number(o, all);
	int64_t cached = number(jsonpick_get(o, "prompt_tokens_details"), hit);
	int64_t reasoning = number(jsonpick_get(o, "completion_tokens_details"), think);

	if (!prompt && !output)
		return;
	if (!cached)
		cached = number(o, hit);
	if (cached > prompt)
		cached = prompt;
	/* Some do not count reasoning as completion; the total always does. */
	if (prompt && total > prompt && total - prompt > output)
		output = total - prompt;
	u->known = true;
	if (prompt) {
		u->input = prompt - cached;
		u->cached = cached;
	}
	if (output)
		u->output = output;
	if (reasoning)
		u->reasoning = reasoning < u->output ? reasoning : u->output;
}

void
chatusage_write(struct buf *out, const struct chatusage *u)
{
	int64_t input = u->input, cached = u->cached;

	if (input == 0 && cached > 0) {
		input = 1;
		cached--;
	}
	(void)buf_addf(out, "{\"input_tokens\":%lld,\"cache_creation_input_tokens\":0,"
	    "\"cache_read_input_tokens\":%lld,\"output_tokens\":%lld", (long long)input,
	    (long long)cached, (long long)u->output);	/* sticky, here and below */
	if (u->reasoning > 0)
		(void)buf_addf(out, ",\"output_tokens_details\":{\"thinking_tokens\":%lld}",
		    (long long)u->reasoning);
	(void)buf_addch(out, '}');
}
