/* SPDX-License-Identifier: MIT */
/* redactassign: names and their values, and logins in headers. */
#include "redactassign.h"

#include <string.h>

#include "redactchar.h"
#include "redactname.h"
#include "redactshape.h"
#include "secret.h"

static bool
contains(const char *p, size_t n, const char *word)
{
	size_t w = strlen(word);

	for (size_t i = 0; i + w <= n; i++) {
		size_t k = 0, j = i;

		/* api_key, api-key and apikey are one */
		while (k < w && j < n && (redact_lower(p[j]) == word[k] ||
		    (k && (p[j] == '_' || p[j] == '-')))) {
			k += redact_lower(p[j]) == word[k];
			j++;
		}
		if (k == w)
			return true;
	}
	return false;
}

static enum redact_promise
promise_of(const char *p, size_t n)
{
	static const char *const plain[] = {
		"token", "secret", "apikey", "accesskey", "privatekey", "authkey", "credential",
	};

	if (contains(p, n, "authorization"))
		return PROMISE_HEADER;
	if (contains(p, n, "cookie"))
		return PROMISE_COOKIE;
	if (contains(p, n, "pass") || contains(p, n, "pwd"))
		return PROMISE_PASSWORD;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (contains(p, n, plain[i]))
			return PROMISE_TOKEN;
	return PROMISE_KEY;
}

/* A hash of ours that is called a token; who has it can do nothing that he could not do without. */
static bool
is_ours(const char *p, size_t n)
{
	return n == 13 && !memcmp(p, "preview_token", n);
}

/* "Bearer ", "Basic ", … at the beginning of a value. */
static bool
skip_scheme(struct redact_at *a)
{
	static const char *const schemes[] = {
		"bearer", "basic", "token", "digest", "negotiate", "apikey",
	};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		struct redact_at b = *a;
		const char *s = schemes[i];

		while (*s && redact_lower(redact_peek(&b)) == *s)
			b.pos++, s++;
		if (!*s && redact_peek(&b) == ' ') {
			redact_skip_blanks(&b);
			*a = b;
			return true;
		}
		a->more = a->more || b.more;
	}
	return false;
}

/*
 * A quote behind n backslashes: does it end a value whose opening quote had
 * depth of them? Each level of quoting doubles the backslashes of what is in
 * it and adds one to a quote. The answer is how many of the backslashes belong
 * to the quote, -1 if it is part of the value.
 */
static int
closes(size_t n, int depth)
{
	for (int k = 0; k <= depth; k = 2 * k + 1)
		if (n % (2 * (size_t)k + 2) == (size_t)k)
			return k;
	return -1;
}

/* The end of a quoted value: its closing quote, or the end of the line. */
static size_t
quoted_end(struct redact_at *a, char quote, int depth)
{
	size_t start = a->pos;

	while (a->pos - start < REDACT_OPEN) {
		size_t n = 0;
		int k;

		while (redact_peek(a) == '\\' && n < REDACT_CONTEXT / 2)
			a->pos++, n++;
		if (a->pos >= a->t->len)
			return a->t->len;
		if (redact_peek(a) == '\n')
			return a->pos;
		k = redact_peek(a) == quote ? closes(n, depth) : -1;
		if (k >= 0)
			return a->pos - (size_t)k;
		a->pos++;
	}
	return a->pos;
}

/* !vault, !secret: a tag of YAML; the value is elsewhere. */
static bool
is_tag(const char *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i] < 'a' || p[i] > 'z')
			return false;
	return n > 1 && *p == '!';
}

static enum redact_verdict
unquoted(struct redact_at *a, enum redact_promise promise, struct redact_span *out)
{
	bool open;
	size_t start = a->pos, end = redact_run_of(a->t, start,
	    promise == PROMISE_COOKIE ? SET_COOKIE : SET_VALUE, &open);

	if (open)
		return REDACT_MORE;
	/* A call, an index, a template: code, not a value. */
	if (end < a->t->len && strchr("([{", a->t->p[end]))
		return REDACT_NONE;
	while (end > start && strchr(".:", a->t->p[end - 1]))
		end--;
	if (is_tag(a->t->p + start, end - start))
		return REDACT_NONE;
	if (!redact_looks_secret(a->t->p + start, end - start, promise))
		return REDACT_NONE;
	*out = (struct redact_span){ .start = start, .end = end };
	return REDACT_MATCH;
}

enum redact_verdict
redact_match_assignment(const struct redact_text *t, size_t at, size_t len, struct redact_span *out)
{
	struct redact_at a = { t, at, false };
	struct redact_name name;
	bool json = false;
	enum redact_promise promise;
	char quote = '\0';
	size_t start, end;
	int depth;

	redact_name_find(&a, at, len, &name);
	if (a.more)
		return REDACT_MORE;
	/* Most names are followed by nothing that assigns: that is cheaper to see than the name. */
	if (!redact_value_find(&a, &name, &json) || a.more)
		return a.more ? REDACT_MORE : REDACT_NONE;
	if (!secret_name(t->p + name.start, name.end - name.start) ||
	    is_ours(t->p + name.start, name.end - name.start))
		return REDACT_NONE;
	promise = promise_of(t->p + name.start, name.end - name.start);
	depth = redact_open_quote(&a, &quote);
	if (skip_scheme(&a))
		promise = PROMISE_HEADER;
	if (a.more)
		return REDACT_MORE;
	if (depth < 0)	/* a bare value after "name": is a number; it stays, or the JSON breaks */
		return json ? REDACT_NONE : unquoted(&a, promise, out);
	start = a.pos;
	end = quoted_end(&a, quote, depth);
	if (end == t->len && !t->final && end - start < REDACT_OPEN)
		return REDACT_MORE;
	if (!redact_looks_secret(t->p + start, end - start, promise))
		return REDACT_NONE;
	*out = (struct redact_span){ .start = start, .end = end };
	return REDACT_MATCH;
}

/* An object id, a checksum or a UUID: only a name that is plain about it makes that a secret. */
static bool
is_id(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!redact_in(SET_HEX, (unsigned char)p[i]) && p[i] != '-')
			return false;
	return true;
}

enum redact_verdict
redact_match_near(const struct redact_text *t, size_t at, size_t len, const char *shape,
	struct redact_span *out)
{
	struct redact_at a = { t, at, false };
	struct redact_name name;
	enum redact_verdict v;
	bool json = false;
	char quote = '\0';
	size_t end;

	redact_name_find(&a, at, len, &name);
	if (a.more)
		return REDACT_MORE;
	if (!redact_value_find(&a, &name, &json) || a.more)
		return a.more ? REDACT_MORE : REDACT_NONE;
	if (redact_open_quote(&a, &quote) < 0 && json)
		return a.more ? REDACT_MORE : REDACT_NONE;
	if (a.more)
		return REDACT_MORE;
	v = redact_shape_match(shape, t, a.pos, NULL, &end);
	if (v != REDACT_MATCH)
		return v;
	if (end == t->len && !t->final)
		return REDACT_MORE;
	if (end < t->len && (redact_in(SET_BASE64, (unsigned char)t->p[end]) ||
	    strchr(".:@([{", t->p[end])))
		return REDACT_NONE;
	if (is_id(t->p + a.pos, end - a.pos) && !secret_name(t->p + name.start, name.end - name.start))
		return REDACT_NONE;
	if (!redact_looks_secret(t->p + a.pos, end - a.pos, PROMISE_TOKEN))
		return REDACT_NONE;
	*out = (struct redact_span){ .start = a.pos, .end = end };
	return REDACT_MATCH;
}

enum redact_verdict
redact_match_bearer(const struct redact_text *t, size_t at, size_t len, struct redact_span *out)
{
	bool open, digit = false;
	size_t start = at + len, end;

	if (!redact_edge(t, at))
		return REDACT_NONE;
	end = redact_run_of(t, start, SET_VALUE, &open);
	if (open)
		return REDACT_MORE;
	for (size_t i = start; i < end; i++)
		digit = digit || (t->p[i] >= '0' && t->p[i] <= '9');
	if (!digit || end - start < 16 || !redact_looks_secret(t->p + start, end - start, PROMISE_HEADER))
		return REDACT_NONE;
	*out = (struct redact_span){ .start = start, .end = end };
	return REDACT_MATCH;
}

