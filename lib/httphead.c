/* SPDX-License-Identifier: MIT */
#include "httphead.h"

#include <string.h>

enum { BAD = 400, URI_TOO_LONG = 414, EXPECTATION = 417, TOO_LARGE = 431, NO_CODING = 501,
	VERSION = 505, METHOD_MAX = 16, LENGTH_DIGITS = 15 };

static bool
is_token(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c && strchr("!#$%&'*+-.^_`|~", c));
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

bool
httphead_is(struct httphead_span s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.p, text, s.len);
}

bool
httphead_like(struct httphead_span s, const char *text)
{
	if (s.len != strlen(text))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (lower((unsigned char)s.p[i]) != (unsigned char)text[i])
			return false;
	return true;
}

const struct httphead_span *
httphead_find(const struct httphead *h, const char *name, int *count)
{
	const struct httphead_span *found = NULL;
	int n = 0;

	for (size_t i = 0; i < h->nfields; i++) {
		if (!httphead_like(h->field[i].name, name))
			continue;
		if (!n++)
			found = &h->field[i].value;
	}
	if (count)
		*count = n;
	return found;
}

/* "METHOD target HTTP/1.x", without its CRLF; the method is a name of capitals. */
static int
request_line(struct httphead *h, const char *p, size_t len)
{
	const char *end = p + len, *sp = memchr(p, ' ', len), *sp2;

	if (!sp || sp == p || sp - p > METHOD_MAX)
		return BAD;
	for (const char *c = p; c < sp; c++)
		if (*c < 'A' || *c > 'Z')
			return BAD;
	h->method = (struct httphead_span){ p, (size_t)(sp - p) };
	p = sp + 1;
	sp2 = memchr(p, ' ', (size_t)(end - p));
	if (!sp2 || sp2 == p)
		return BAD;
	for (const char *c = p; c < sp2; c++)
		if (*c <= ' ' || *c > '~')
			return BAD;
	h->target = (struct httphead_span){ p, (size_t)(sp2 - p) };
	if (h->target.len > HTTPHEAD_TARGET_MAX)
		return URI_TOO_LONG;
	p = sp2 + 1;
	if (end - p != 8 || memcmp(p, "HTTP/", 5) || p[6] != '.')
		return BAD;
	if (p[5] != '1' || (p[7] != '0' && p[7] != '1'))
		return p[5] >= '0' && p[5] <= '9' && p[7] >= '0' && p[7] <= '9' ? VERSION : BAD;
	h->minor = p[7] - '0';
	return HTTPHEAD_OK;
}

static int
field_line(struct httphead *h, const char *p, size_t len)
{
	const char *end = p + len, *colon = memchr(p, ':', len), *v;

	if (!colon || colon == p)
		return BAD;
	for (const char *c = p; c < colon; c++)
		if (!is_token((unsigned char)*c))	/* a leading blank would be folding */
			return BAD;
	for (v = colon + 1; v < end && (*v == ' ' || *v == '\t');)
		v++;
	while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (const char *c = v; c < end; c++)
		if ((*c < ' ' && *c != '\t') || *c > '~')
			return BAD;
	if (h->nfields == HTTPHEAD_FIELDS)
		return TOO_LARGE;
	h->field[h->nfields++] = (struct httphead_field){ { p, (size_t)(colon - p) },
		{ v, (size_t)(end - v) } };
	return HTTPHEAD_OK;
}

static int
take_length(struct httphead *h, struct httphead_span v)
{
	if (!v.len || v.len > LENGTH_DIGITS)
		return BAD;
	h->content_length = 0;
	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return BAD;
		h->content_length = h->content_length * 10 + (v.p[i] - '0');
	}
	return HTTPHEAD_OK;
}

/* What the fields say together about where the message ends, and who is asked. */
static int
framing(struct httphead *h)
{
	int lengths, codings, hosts, expects;
	const struct httphead_span *length = httphead_find(h, "content-length", &lengths);
	const struct httphead_span *coding = httphead_find(h, "transfer-encoding", &codings);
	const struct httphead_span *expect = httphead_find(h, "expect", &expects);

	(void)httphead_find(h, "host", &hosts);
	if (lengths > 1 || codings > 1 || (lengths && codings) || hosts > 1 || expects > 1)
		return BAD;
	if (h->minor == 1 && !hosts)
		return BAD;
	if (length && take_length(h, *length))
		return BAD;
	if (coding && (!h->minor || !httphead_like(*coding, "chunked")))
		return h->minor && httphead_like(*coding, "gzip, chunked") ? NO_CODING : BAD;
	h->chunked = coding != NULL;
	if (expect && !httphead_like(*expect, "100-continue"))
		return EXPECTATION;
	return HTTPHEAD_OK;
}

/* Of a line that has not ended yet: is it too long already, or wrong? */
static int
unfinished(bool first, const char *p, size_t len, size_t before)
{
	const char *sp = first ? memchr(p, ' ', len) : NULL;

	for (size_t i = 0; i < len; i++)
		if (!p[i] || p[i] == '\n' || (p[i] == '\r' && i + 1 < len))
			return BAD;
	if (first && (sp ? (size_t)(sp - p) : len) > METHOD_MAX)
		return BAD;
	if (sp && (size_t)(p + len - sp) > HTTPHEAD_TARGET_MAX + 16)
		return URI_TOO_LONG;
	return before + len >= HTTPHEAD_MAX ? TOO_LARGE : HTTPHEAD_MORE;
}

int
httphead_parse(struct httphead *h, const char *p, size_t len)
{
	size_t at = 0;
	int got;

	h->content_length = -1;
	h->chunked = false;
	h->nfields = 0;
	h->len = 0;
	for (bool first = true;; first = false) {
		const char *line = p + at, *nl = memchr(line, '\n', len - at);
		size_t n = nl ? (size_t)(nl - line) : 0;

		if (!nl)
			return unfinished(first, line, len - at, at);
		if (!n || line[n - 1] != '\r')
			return BAD;
		at += n + 1;
		if (at > HTTPHEAD_MAX)
			return first && n > HTTPHEAD_TARGET_MAX ? URI_TOO_LONG : TOO_LARGE;
		if (n == 1) {
			h->len = at;
			return first ? BAD : framing(h);
		}
		got = first ? request_line(h, line, n - 1) : field_line(h, line, n - 1);
		if (got)
			return got;
	}
}
