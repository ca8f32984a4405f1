/* SPDX-License-Identifier: MIT */
/* json: the values of nodes. */
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "jsontext.h"
#include "num.h"

static int
refuse(int err)
{
	errno = err;
	return -1;
}

int
json_str(const struct json *d, int node, struct buf *out)
{
	size_t len;
	const char *raw = json_raw(d, node, &len);

	if (json_type(d, node) != JSON_T_STRING)
		return refuse(EINVAL);
	return jsontext_decode(raw + 1, len - 2, out);
}

char *
json_cstr(const struct json *d, int node)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (json_str(d, node, &b) < 0)
		return NULL;
	if (memchr(b.p, '\0', b.len)) {
		errno = EINVAL;
		return NULL;
	}
	return buf_steal(&b);
}

int
json_int(const struct json *d, int node, int64_t *out)
{
	char text[24];
	size_t len;
	const char *raw = json_raw(d, node, &len);

	if (json_type(d, node) != JSON_T_NUMBER)
		return refuse(EINVAL);
	for (size_t i = 0; i < len; i++)
		if (memchr(".eE", raw[i], 3))
			return refuse(EINVAL);
	if (len >= sizeof text)
		return refuse(ERANGE);
	memcpy(text, raw, len);
	text[len] = '\0';
	return num_parse(text, INT64_MIN, INT64_MAX, out);
}

int
json_num(const struct json *d, int node, double *out)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	size_t len;
	const char *raw = json_raw(d, node, &len);
	double x;

	if (json_type(d, node) != JSON_T_NUMBER)
		return refuse(EINVAL);
	if (buf_add(&text, raw, len) < 0)
		return -1;
	x = strtod(text.p, NULL);
	if (!isfinite(x))
		return refuse(ERANGE);
	*out = x;
	return 0;
}

int
json_bool(const struct json *d, int node, bool *out)
{
	size_t len;
	const char *raw = json_raw(d, node, &len);

	if (json_type(d, node) != JSON_T_BOOL)
		return refuse(EINVAL);
	*out = *raw == 't';
	return 0;
}

bool
json_true(const struct json *d, int node)
{
	bool b;

	return json_bool(d, node, &b) == 0 && b;
}

static bool
same_string(const struct json *a, int x, const struct json *b, int y)
{
	CLEANUP(buf) struct buf s = BUF_INIT;
	CLEANUP(buf) struct buf t = BUF_INIT;

	return json_str(a, x, &s) == 0 && json_str(b, y, &t) == 0 &&
		s.len == t.len && memcmp(s.p, t.p, s.len) == 0;
}

static bool
same_array(const struct json *a, int x, const struct json *b, int y)
{
	x = json_first(a, x);
	y = json_first(b, y);
	while (x >= 0 && y >= 0 && json_equal(a, x, b, y)) {
		x = json_next(a, x);
		y = json_next(b, y);
	}
	return x < 0 && y < 0;
}

/* The member of object y that is named like the member at; -1: none. */
static int
namesake(const struct json *a, int name, const struct json *b, int y)
{
	for (int n = json_first(b, y); n >= 0; n = json_next(b, n))
		if (same_string(a, name, b, n))
			return n;
	return JSON_ABSENT;
}

/* Members mostly come in the same order; a search starts where they do not. */
static bool
same_object(const struct json *a, int x, const struct json *b, int y)
{
	int m = json_first(b, y);

	if (json_len(a, x) != json_len(b, y))
		return false;
	for (int n = json_first(a, x); n >= 0; n = json_next(a, n)) {
		if (m < 0 || !same_string(a, n, b, m))
			m = namesake(a, n, b, y);
		if (m < 0 || !json_equal(a, json_value(a, n), b, json_value(b, m)))
			return false;
		m = json_next(b, m);
	}
	return true;
}

bool
json_equal(const struct json *a, int x, const struct json *b, int y)
{
	enum json_type type = json_type(a, x);
	const char *p, *q;
	size_t n, m;

	if (type != json_type(b, y))
		return false;
	switch (type) {
	case JSON_T_ABSENT:
		return true;
	case JSON_T_OBJECT:
		return same_object(a, x, b, y);
	case JSON_T_ARRAY:
		return same_array(a, x, b, y);
	case JSON_T_STRING:
		return same_string(a, x, b, y);
	default:
		p = json_raw(a, x, &n);
		q = json_raw(b, y, &m);
		return n == m && memcmp(p, q, n) == 0;
	}
}

int64_t
json_get_int(const struct json *d, int obj, const char *name, int64_t dflt)
{
	int64_t v;

	return json_int(d, json_get(d, obj, name), &v) == 0 ? v : dflt;
}

bool
json_get_bool(const struct json *d, int obj, const char *name, bool dflt)
{
	bool b;

	return json_bool(d, json_get(d, obj, name), &b) == 0 ? b : dflt;
}

char *
json_get_cstr(const struct json *d, int obj, const char *name)
{
	return json_cstr(d, json_get(d, obj, name));
}
