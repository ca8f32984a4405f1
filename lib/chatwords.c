/* SPDX-License-Identifier: MIT */
/* chatwords: what an error body says. */
#include "chatwords.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "chatctx.h"
#include "event.h"
#include "jsonpick.h"
#include "jsonscan.h"
#include "jsontext.h"

#define TEXT_MAX 800			/* bytes of a provider's words */

static const char *const phrases[][24] = {
	[CHATWORDS_CONTEXT] = {
		"context_length_exceeded", "context length", "context window", "context size",
		"context limit", "context_window", "prompt is too long", "prompt too long",
		"input is too long", "too many tokens", "reduce the length",
		"maximum number of tokens", "input token count", "maximum prompt length",
		"exceeded model token limit", "range of input length", "exceeds max length",
		"exceeds the maximum length", "tokens exceed", "token limit exceeded",
	},
	[CHATWORDS_QUOTA] = {
		"insufficient_quota", "exceeded your current quota", "insufficient balance",
		"insufficient_balance", "insufficient credits", "credit balance",
		"billing_hard_limit", "payment required", "arrears", "recharge",
	},
	[CHATWORDS_RATE] = { "rate limit", "rate_limit", "too many requests", "throttl" },
	[CHATWORDS_BUSY] = { "overload", "capacity", "busy" },
};

static bool
says(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n && list[i]; i++)
		if (strcasestr(text, list[i]))
			return true;
	return false;
}

bool
chatwords_say(const struct chatwords *w, enum chatwords_topic topic)
{
	const char *const *list = phrases[topic];
	size_t n = sizeof phrases[0] / sizeof *phrases[0];

	return says(w->text.p, list, n) || says(w->codes.p, list, n);
}

/* ---- finding the words ---- */

static bool
add_text(struct buf *out, struct jsonpick v)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	struct jsonpick t = jsonpick_text(v);

	if (!t.len || jsontext_decode(t.p, t.len, &b) < 0)
		return false;
	if (out->len)
		(void)buf_addstr(out, ": ");	/* sticky; short then */
	event_short(out, b.p, b.len, TEXT_MAX);
	return true;
}

static void
add_code(struct chatwords *w, struct jsonpick v)
{
	struct jsonpick t = jsonpick_text(v);
	int64_t n;

	if (jsonpick_int(v, &n) || (t.len && jsonpick_int(t, &n)))
		w->code = n;
	else if (t.len && t.len < 200) {
		(void)buf_addch(&w->codes, ' ');	/* sticky; less is recognised then */
		(void)buf_add(&w->codes, t.p, t.len);
	}
}

static void
read_object(struct chatwords *w, struct jsonpick o)
{
	static const char *const names[] = { "message", "msg", "detail", "error_msg", "error_message" };
	static const char *const codes[] = { "code", "type", "status", "error_code" };
	bool found = false;

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		add_code(w, jsonpick_get(o, codes[i]));
	for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
		struct jsonpick v = jsonpick_get(o, names[i]);

		if (jsonpick_kind(v) == '[')
			v = jsonpick_first(v);
		found = add_text(&w->text, jsonpick_kind(v) == '{' ? jsonpick_get(v, "msg") : v);
		if (!found && jsonpick_kind(v) == '{')
			found = add_text(&w->text, jsonpick_get(v, "message"));
	}
	/* A router's error says what its provider said here. */
	(void)add_text(&w->text, jsonpick_get(jsonpick_get(o, "metadata"), "raw"));
}

static void
read_json(struct chatwords *w, struct jsonpick v)
{
	struct jsonpick e;

	if (jsonpick_kind(v) == '[')
		v = jsonpick_first(v);
	e = jsonpick_get(v, "error");
	if (jsonpick_kind(e) == '{')
		read_object(w, e);
	else
		(void)add_text(&w->text, e);
	if (!w->text.len)
		read_object(w, v);
	if (!w->text.len)
		(void)add_text(&w->text, v);
}

static void
read_page(struct chatwords *w, const char *body, size_t len)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	const char *title, *end;

	w->page = true;
	if (buf_add(&b, body, len) < 0)
		return;
	title = strcasestr(b.p, "<title>");
	end = title ? strcasestr(title, "</title>") : NULL;
	if (end)
		event_short(&w->text, title + 7, (size_t)(end - title) - 7, 200);
}

void
chatwords_read(struct chatwords *w, const char *body, size_t len)
{
	size_t count, where, i = 0;

	*w = (struct chatwords){ .text = BUF_INIT, .codes = BUF_INIT };
	while (i < len && isspace((unsigned char)body[i]))
		i++;
	if (i == len)
		return;
	if (json_scan(body, len, &count, &where) == JSON_OK)
		read_json(w, jsonpick_whole(body, len));
	else if (body[i] == '<')
		read_page(w, body, len < 65536 ? len : 65536);
	else
		event_short(&w->text, body, len, TEXT_MAX);
}

void
chatwords_release(struct chatwords *w)
{
	buf_release(&w->text);
	buf_release(&w->codes);
}

/* ---- numbers in words ---- */

/* At a digit: the number, which may have thousands separators. */
static int64_t
number_at(const char **p)
{
	int64_t v = 0;

	for (;; ++*p) {
		if (isdigit((unsigned char)**p)) {
			if (v > INT64_C(1000000000))
				return v;
			v = v * 10 + (**p - '0');
		} else if (**p != ',' || !isdigit((unsigned char)(*p)[1]) ||
		    !isdigit((unsigned char)(*p)[2]) || !isdigit((unsigned char)(*p)[3])) {
			return v;
		}
	}
}

/* The first number at most 24 bytes behind one of the phrases; 0: none. */
static int64_t
number_behind(const char *text, const char *const *list)
{
	for (; *list; list++) {
		const char *p = strcasestr(text, *list), *end;

		if (!p)
			continue;
		p += strlen(*list);
		end = p + strnlen(p, 24);
		while (p < end && !isdigit((unsigned char)*p))
			p++;
		if (p < end)
			return number_at(&p);
	}
	return 0;
}

/* The number directly before one of the phrases; 0: none. */
static int64_t
number_before(const char *text, const char *const *list)
{
	for (; *list; list++) {
		const char *p = strcasestr(text, *list), *q = p;

		while (q && q > text && (isdigit((unsigned char)q[-1]) || q[-1] == ','))
			q--;
		while (q && q < p && *q == ',')
			q++;
		if (q && q < p)
			return number_at(&q);
	}
	return 0;
}

static int64_t
largest(const char *text, int64_t below)
{
	int64_t most = 0;

	while (*text) {
		int64_t v;

		if (!isdigit((unsigned char)*text)) {
			text++;
			continue;
		}
		v = number_at(&text);
		while (isdigit((unsigned char)*text))
			text++;		/* of a number too long to be a count */
		if (v > most && v < below)
			most = v;
	}
	return most;
}

int64_t
chatwords_delay(const struct chatwords *w)
{
	const char *p = strcasestr(w->text.p, "try again in "), *q = strcasestr(w->text.p, "retry in ");
	char *end;
	double x;

	if (!p && !q)
		return -1;
	p = p ? p + strlen("try again in ") : q + strlen("retry in ");
	x = isdigit((unsigned char)*p) ? strtod(p, &end) : -1;
	if (x < 0 || x > 1e6)
		return -1;
	while (*end == ' ')
		end++;
	if (!strncmp(end, "ms", 2))
		return (int64_t)x;
	if (*end == 'm')
		return (int64_t)(x * 60000);
	return *end == 's' ? (int64_t)(x * 1000) : -1;
}

bool
chatwords_context(const struct chatwords *w, const struct chatctx *ctx, struct buf *out)
{
	static const char *const most[] = {
		"[1, ", "maximum context length", "context window", "context limit", "context length",
		"context size", "maximum prompt length", "token limit", "tokens allowed", "input length",
		"maximum of", "limit of", "limit is", "max ", "> ", NULL,
	};
	static const char *const given[] = {
		" in the messages", " in your prompt", " in the prompt", " input tokens",
		" of text input", " from the input", NULL,
	};
	static const char *const wanted[] = {
		" in the completion", " for the completion", " in the output", " output tokens", NULL,
	};
	static const char *const refused[] = { "too large: ", NULL };
	const char *text = w->text.p;
	int64_t max, input, output, tokens;

	if (!chatwords_say(w, CHATWORDS_CONTEXT))
		return false;
	max = number_behind(text, most);
	input = number_before(text, given);
	output = number_before(text, wanted);
	if (!output)
		output = number_behind(text, refused);
	if (max > 1 && input && output && input < max && input + output > max) {
		/* sticky, here and below */
		(void)buf_addf(out, "input length and `max_tokens` exceed context limit: "
		    "%lld + %lld > %lld", (long long)input, (long long)output, (long long)max);
		return true;
	}
	tokens = largest(text, INT64_MAX);
	if (max < 1000 && ctx && ctx->window)
		max = ctx->window;
	if (max < 1000)
		max = largest(text, tokens);
	if (max < 1000)			/* no limit is said: any below what we sent */
		max = ctx && ctx->estimate > 1 ? ctx->estimate - 1 : 100000;
	if (tokens <= max)
		tokens = ctx && ctx->estimate > max ? ctx->estimate : max + 1;
	(void)buf_addf(out, "prompt is too long: %lld tokens > %lld maximum",
	    (long long)tokens, (long long)max);
	return true;
}
