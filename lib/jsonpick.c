/* SPDX-License-Identifier: MIT */
/* jsonpick: walking over validated JSON; nothing here checks grammar again. */
#include "jsonpick.h"

#include <string.h>
#include "jsontext.h"
#include "num.h"

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* At the opening quote; behind the closing one. */
static const char *
skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : end;
}

/* At an opening bracket; behind its closing one. */
static const char *
skip_container(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		char c = *p;

		if (c == '"') {
			p = skip_string(p, end);
			continue;
		}
		p++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			break;
	}
	return p;
}

static const char *
skip_value(const char *p, const char *end)
{
	if (p == end)
		return p;
	if (*p == '"')
		return skip_string(p, end);
	if (*p == '{' || *p == '[')
		return skip_container(p, end);
	while (p < end && !memchr(",]} \n\r\t", *p, 7))
		p++;
	return p;
}

struct jsonpick
jsonpick_whole(const char *text, size_t len)
{
	const char *end = text + len, *p = skip_blanks(text, end);

	return p == end ? JSONPICK_ABSENT :
		(struct jsonpick){ p, (size_t)(skip_value(p, end) - p) };
}

struct jsonpick
jsonpick_in(struct jsonpick v)
{
	if (!v.p || v.len < 2 || (*v.p != '{' && *v.p != '['))
		return JSONPICK_ABSENT;
	return (struct jsonpick){ v.p + 1, v.len - 2 };
}

/* The next value; it stands at the comma behind it, or at the end. */
static bool
take(struct jsonpick *it, struct jsonpick *value)
{
	const char *end = it->p + it->len, *p = skip_blanks(it->p, end), *q;

	if (p < end && *p == ',')
		p = skip_blanks(p + 1, end);
	if (p >= end)
		return false;
	q = skip_value(p, end);
	*value = (struct jsonpick){ p, (size_t)(q - p) };
	*it = (struct jsonpick){ q, (size_t)(end - q) };
	return true;
}

bool
jsonpick_member(struct jsonpick *it, struct jsonpick *name, struct jsonpick *value)
{
	const char *p, *end;

	if (!it->p || !take(it, name))
		return false;
	end = it->p + it->len;
	p = skip_blanks(it->p, end);
	if (p == end || *p != ':')
		return false;
	p++;
	*it = (struct jsonpick){ p, (size_t)(end - p) };
	return take(it, value);
}

bool
jsonpick_element(struct jsonpick *it, struct jsonpick *value)
{
	return it->p && take(it, value);
}

struct jsonpick
jsonpick_get(struct jsonpick object, const char *name)
{
	struct jsonpick it, n, v;

	if (jsonpick_kind(object) != '{')
		return JSONPICK_ABSENT;
	for (it = jsonpick_in(object); jsonpick_member(&it, &n, &v);)
		if (jsonpick_is(n, name))
			return v;
	return JSONPICK_ABSENT;
}

struct jsonpick
jsonpick_first(struct jsonpick array)
{
	struct jsonpick it = jsonpick_in(array), v;

	return jsonpick_kind(array) == '[' && jsonpick_element(&it, &v) ? v : JSONPICK_ABSENT;
}

char
jsonpick_kind(struct jsonpick v)
{
	return (char)(v.p && v.len ? *v.p : '\0');
}

struct jsonpick
jsonpick_text(struct jsonpick v)
{
	return jsonpick_kind(v) == '"' && v.len >= 2 ?
		(struct jsonpick){ v.p + 1, v.len - 2 } : JSONPICK_ABSENT;
}

bool
jsonpick_is(struct jsonpick v, const char *s)
{
	struct jsonpick t = jsonpick_text(v);

	return t.p && jsontext_equal(t.p, t.len, s, strlen(s));
}

bool
jsonpick_int(struct jsonpick v, int64_t *out)
{
	char text[24], kind = jsonpick_kind(v);
	const char *dot;
	size_t n;

	if (kind != '-' && (kind < '0' || kind > '9'))
		return false;
	dot = memchr(v.p, '.', v.len);
	n = dot ? (size_t)(dot - v.p) : v.len;
	for (size_t i = n + 1; i < v.len; i++)
		if (v.p[i] != '0')
			return false;
	if (n >= sizeof text)
		return false;
	memcpy(text, v.p, n);
	text[n] = '\0';
	return num_parse(text, INT64_MIN, INT64_MAX, out) == 0;
}
