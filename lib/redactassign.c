/* SPDX-License-Identifier: MIT */
/* redactassign: names and their values, and logins in headers. */
#include "redactassign.h"

#include <string.h>

#include "redactchar.h"
#include "secret.h"

enum {
	NAME_REACH = 64,	/* bytes of a name looked at on either side of its anchor */
	BLANKS = 16,
	QUOTE_DEPTH = 16,	/* backslashes before a quote: JSON in JSON in JSON … */
};

static bool
is_name(char c)
{
	return redact_is_alnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static void
skip_blanks(struct redact_at *a)
{
	for (size_t n = 0; n < BLANKS && (redact_peek(a) == ' ' || redact_peek(a) == '\t'); n++)
		a->pos++;
}

/* Backslashes and a quote, if they are there; the number of backslashes, or -1. */
static int
take_quote(struct redact_at *a, char *quote)
{
	struct redact_at b = *a;
	int depth = 0;

	while (depth < QUOTE_DEPTH && redact_peek(&b) == '\\')
		b.pos++, depth++;
	a->more = b.more;
	if (redact_peek(&b) != '"' && redact_peek(&b) != '\'' && redact_peek(&b) != '`') {
		a->more = b.more;
		return -1;
	}
	*quote = redact_peek(&b);
	b.pos++;
	*a = b;
	return depth;
}

struct name {
	size_t start, end;
	enum redact_promise promise;
};

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
	if (contains(p, n, "pass") || contains(p, n, "pwd"))
		return PROMISE_PASSWORD;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (contains(p, n, plain[i]))
			return PROMISE_TOKEN;
	return PROMISE_KEY;
}

/* The whole name around the anchor. */
static void
find_name(struct redact_at *a, size_t anchor, size_t len, struct name *out)
{
	const char *p = a->t->p;
	size_t s = anchor;

	while (s > 0 && anchor - s < NAME_REACH && is_name(p[s - 1]))
		s--;
	/* "\nTOKEN=" in a string: the n is not of the name. */
	if (s < anchor && strchr("nrt", p[s]) && redact_backslashes(a->t, s) % 2)
		s++;
	a->pos = anchor + len;
	while (a->pos - anchor < NAME_REACH && is_name(redact_peek(a)))
		a->pos++;
	out->start = s;
	out->end = a->pos;
}

/* From the end of the name to the value; false: this is no assignment. */
static bool
find_value(struct redact_at *a, const struct name *name, bool *json)
{
	const char *p = a->t->p;
	bool option = p[name->start] == '-' && name->end - name->start > 2 && p[name->start + 1] == '-';
	char quote = '\0';
	bool quoted = take_quote(a, &quote) >= 0;

	if (quoted && redact_peek(a) == ']')
		a->pos++;
	if (!quoted && name->start && p[name->start - 1] == '<' && redact_peek(a) == '>') {
		a->pos++;
		return true;
	}
	if (option && redact_peek(a) == ' ') {
		skip_blanks(a);
		return redact_peek(a) != '-';
	}
	skip_blanks(a);
	*json = quoted && redact_peek(a) == ':';
	if (redact_peek(a) == ':') {
		a->pos++;
		if (redact_peek(a) == ':')
			return false;
		if (redact_peek(a) == '=')
			a->pos++;
	} else if (redact_peek(a) == '=') {
		a->pos++;
		if (redact_peek(a) == '=' || redact_peek(a) == '>')
			a->pos++;
	} else {
		return false;
	}
	skip_blanks(a);
	return true;
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
			skip_blanks(&b);
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

static enum redact_verdict
unquoted(struct redact_at *a, const struct name *name, bool scheme, struct redact_span *out)
{
	bool open;
	size_t start = a->pos, end = redact_run_of(a->t, start, SET_VALUE, &open);

	if (open)
		return REDACT_MORE;
	/* A call, an index, a template: code, not a value. */
	if (end < a->t->len && strchr("([{", a->t->p[end]))
		return REDACT_NONE;
	while (end > start && strchr(".:", a->t->p[end - 1]))
		end--;
	if (!redact_looks_secret(a->t->p + start, end - start, scheme ? PROMISE_HEADER : name->promise))
		return REDACT_NONE;
	*out = (struct redact_span){ start, end, NULL };
	return REDACT_MATCH;
}

enum redact_verdict
redact_match_assignment(const struct redact_text *t, size_t at, size_t len, struct redact_span *out)
{
	struct redact_at a = { t, at, false };
	struct name name;
	bool json = false, scheme;
	char quote = '\0';
	size_t start, end;
	int depth;

	find_name(&a, at, len, &name);
	if (a.more)
		return REDACT_MORE;
	/* Most names are followed by nothing that assigns: that is cheaper to see than the name. */
	if (!find_value(&a, &name, &json) || a.more)
		return a.more ? REDACT_MORE : REDACT_NONE;
	if (!secret_name(t->p + name.start, name.end - name.start))
		return REDACT_NONE;
	name.promise = promise_of(t->p + name.start, name.end - name.start);
	depth = take_quote(&a, &quote);
	scheme = skip_scheme(&a);
	if (a.more)
		return REDACT_MORE;
	if (depth < 0)	/* a bare value after "name": is a number; it stays, or the JSON breaks */
		return json ? REDACT_NONE : unquoted(&a, &name, scheme, out);
	start = a.pos;
	end = quoted_end(&a, quote, depth);
	if (end == t->len && !t->final && end - start < REDACT_OPEN)
		return REDACT_MORE;
	if (!redact_looks_secret(t->p + start, end - start, scheme ? PROMISE_HEADER : name.promise))
		return REDACT_NONE;
	*out = (struct redact_span){ start, end, NULL };
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
	*out = (struct redact_span){ start, end, NULL };
	return REDACT_MATCH;
}

