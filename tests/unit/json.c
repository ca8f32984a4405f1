/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include "buf.h"
#include "json_cases.h"
#include "jsonw.h"
#include "t.h"

/*
 * Parse from memory of exactly this size, so that a sanitizer sees a read past
 * its end, and never with a NUL behind.
 */
static enum json_error
parse_exact(const char *text, size_t len, size_t *where)
{
	char *copy = malloc(len + !len);
	struct json d;
	enum json_error e;

	if (!copy)
		exit(111);
	memcpy(copy, text, len);
	e = json_parse(&d, copy, len, where);
	if (e != JSON_OK && (d.count || d.nodes))
		e = (enum json_error)-1;	/* an error must leave it empty */
	json_release(&d);
	free(copy);
	return e;
}

static void
suite(const struct json_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t where = (size_t)-1;
		enum json_error e = parse_exact(c[i].text, c[i].len, &where);

		if (!OK(e == c[i].error && where <= c[i].len, c[i].name))
			printf("# got %s at %zu\n", json_strerror(e), where);
	}
}

/* No part of a valid text but a scalar or trailing blanks may be cut off; none may crash. */
static void
cut_short(void)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		const struct json_case *c = &accepted[i];
		size_t end = c->len;

		while (end > 0 && strchr(" \t\r\n", c->text[end - 1]))
			end--;
		if (!strchr("]}\"", c->text[end - 1]))
			continue;
		for (size_t len = 0; len < end; len++)
			wrong += parse_exact(c->text, len, NULL) == JSON_OK;
	}
	EQ(wrong, 0, "every proper prefix of a valid text is refused");
}

/* Any byte of any case replaced by any byte: no crash, and what passes is sound. */
static void
mutated(void)
{
	int passed = 0, bad = 0;

	for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		const struct json_case *c = &accepted[i];
		char text[512];

		for (size_t at = 0; at < c->len; at++)
			for (int b = 0; b < 256; b += 1 + (b > 128) * 8) {
				struct json d;
				size_t len;

				memcpy(text, c->text, c->len);
				text[at] = (char)b;
				if (json_parse(&d, text, c->len, NULL) == JSON_OK) {
					passed++;
					bad += !json_raw(&d, 0, &len) || len > c->len;
				}
				json_release(&d);
			}
	}
	OK(passed > 1000 && bad == 0, "changed bytes");
}

static size_t
nest(char *text, char open, size_t n)
{
	const char *o = open == '[' ? "[" : "{\"a\":", *c = open == '[' ? "]" : "}";
	size_t len = 0;

	for (size_t i = 0; i < n; i++, len += strlen(o))
		memcpy(text + len, o, strlen(o));
	if (open == '{')
		text[len++] = '0';
	for (size_t i = 0; i < n; i++)
		text[len++] = *c;
	return len;
}

static void
depth(void)
{
	char *text = malloc(1 << 20), brackets[300];
	size_t len, where = 0;

	if (!text)
		exit(111);
	len = nest(text, '[', JSON_DEPTH);
	EQ(parse_exact(text, len, NULL), JSON_OK, "128 arrays");
	len = nest(text, '[', JSON_DEPTH + 1);
	EQ(parse_exact(text, len, &where), JSON_E_DEPTH, "129 arrays");
	EQ(where, JSON_DEPTH, "at the 129th");
	len = nest(text, '{', JSON_DEPTH);
	EQ(parse_exact(text, len, NULL), JSON_OK, "128 objects");
	len = nest(text, '{', JSON_DEPTH + 1);
	EQ(parse_exact(text, len, NULL), JSON_E_DEPTH, "129 objects");
	memset(text, '[', 1 << 20);
	EQ(parse_exact(text, 1 << 20, NULL), JSON_E_DEPTH, "n_structure_100000_opening_arrays");
	for (len = 0; len + 5 < 1 << 20; len += 5)
		memcpy(text + len, "[{\"\":", 5);
	EQ(parse_exact(text, len, NULL), JSON_E_DEPTH, "n_structure_open_array_object");
	memset(brackets, '[', sizeof brackets);
	brackets[0] = brackets[299] = '"';
	EQ(parse_exact(brackets, 300, NULL), JSON_OK, "brackets in a string have no depth");
	for (len = 0; len < 1 << 19; len += 3)
		memcpy(text + len, len ? "[]," : " [ ", 3);
	memcpy(text + len - 1, "]", 1);
	EQ(parse_exact(text, len, NULL), JSON_OK, "many shallow arrays");
	free(text);
}

static void
limits(void)
{
	char *text = malloc((size_t)JSON_MAX + 1);
	size_t where;
	struct json d;

	if (!text)
		exit(111);
	memset(text, ' ', (size_t)JSON_MAX + 1);
	text[0] = '7';
	EQ(json_parse(&d, text, JSON_MAX, NULL), JSON_OK, "the largest text");
	json_release(&d);
	EQ(json_parse(&d, text, (size_t)JSON_MAX + 1, &where), JSON_E_SIZE, "one byte more");
	EQ(json_parse(&d, NULL, 0, &where), JSON_E_EMPTY, "no text at all");
	free(text);
	EQ(parse_exact("{\"a\":1,\"b\":2,\"a\":3}", 19, &where), JSON_E_DUPLICATE, "a duplicate");
	EQ(where, 13, "is pointed at");
	EQ(parse_exact("[1,2,x]", 7, &where), JSON_E_SYNTAX, "a wrong value");
	EQ(where, 5, "is pointed at");
	IS(json_strerror(JSON_E_DUPLICATE), "duplicate member name", "errors have names");
	IS(json_strerror(JSON_E_MEMORY), "out of memory", "to the last");
	IS(json_strerror((enum json_error)99), "unknown error", "and beyond");
}

/* n members "k<i>", the last one named as told; compared by sorting when many. */
static enum json_error
wide(int n, const char *last)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	for (int i = 0; i < n; i++)
		(void)buf_addf(&b, "%s\"some/long/prefix/%d\":%d", i ? "," : "{", i * 7919 % n, i);
	(void)buf_addf(&b, ",\"%s\":0}", last);
	return parse_exact(b.p, b.len, NULL);
}

static void
duplicates(void)
{
	for (int n = 10; n <= 40; n += 3)
		if (wide(n, "other") != JSON_OK ||
		    wide(n, "some/long/prefix/3") != JSON_E_DUPLICATE ||
		    wide(n, "some\\/long\\u002fprefix/3") != JSON_E_DUPLICATE)
			EQ(n, 0, "duplicates among few");
	EQ(wide(100000, "other"), JSON_OK, "100,000 different names");
	EQ(wide(100000, "some/long/prefix/99999"), JSON_E_DUPLICATE, "one twice among them");
	EQ(wide(100000, "\\u0073ome/long/prefix/5"), JSON_E_DUPLICATE, "also when escaped");
	EQ(wide(100000, "some/long/prefix/5\\u0000"), JSON_OK, "a NUL makes it another name");
}

static const char doc_text[] =
	" { \"n\" : null , \"t\":true,\"f\":false, \"i\":-42, \"d\":1.5e3,"
	"\"s\":\"a\\u00e9\\n\\ud834\\udd1e\","
	"\"z\":\"x\\u0000y\", \"a\":[1,[2,3],{\"x\":\"y\"},\"l\"],"
	"\"o\":{\"p\":{\"q\":[10,20]},\"e\":{}},"
	"\"big\":9223372036854775808, \"max\":9223372036854775807, \"min\":-9223372036854775808,"
	"\"k\\u0065y\":1, \"huge\":1e999, \"lone\":\"\\ud800x\", \"empty\":[],"
	"\"near\":\"\\ud834\\nDD1E\\ud834\\ud834\\udd1e\" } ";

static void
looking(const struct json *d)
{
	size_t len;
	const char *raw;
	int sum = 0, names = 0, a = json_get(d, 0, "a");

	EQ(json_type(d, 0), JSON_T_OBJECT, "the root");
	EQ(json_len(d, 0), 17, "its members");
	EQ(json_len(d, a), 4, "elements");
	EQ(json_len(d, json_get(d, 0, "s")), 0, "a string has none");
	EQ(json_len(d, json_get(d, 0, "o")), 2, "members");
	IS(json_type_name(json_type(d, json_get(d, 0, "n"))), "null", "null");
	IS(json_type_name(json_type(d, json_get(d, 0, "t"))), "boolean", "true");
	IS(json_type_name(json_type(d, json_get(d, 0, "f"))), "boolean", "false");
	IS(json_type_name(json_type(d, json_get(d, 0, "i"))), "number", "number");
	IS(json_type_name(json_type(d, json_get(d, 0, "s"))), "string", "string");
	IS(json_type_name(json_type(d, a)), "array", "array");
	IS(json_type_name(json_type(d, json_get(d, 0, "nope"))), "absent", "absent");
	for (int n = json_first(d, 0); n >= 0; n = json_next(d, n))
		names += json_type(d, n) == JSON_T_STRING && json_value(d, n) == n + 1;
	EQ(names, 17, "every member is visited");
	for (int n = json_first(d, a); n >= 0; n = json_next(d, n))
		sum = sum * 10 + (int)json_type(d, n);
	EQ(sum, 3564, "every element is visited, in order, inner ones are not");
	EQ(json_first(d, json_get(d, 0, "empty")), JSON_ABSENT, "nothing in an empty array");
	EQ(json_next(d, json_get(d, 0, "i")), JSON_ABSENT, "a member's value has no sibling");
	EQ(json_value(d, json_get(d, 0, "s")), JSON_ABSENT, "a value has no value");
	OK(json_is(d, json_at(d, a, 3), "l"), "at");
	EQ(json_at(d, a, 4), JSON_ABSENT, "at past the end");
	EQ(json_at(d, 0, 0), JSON_ABSENT, "at of an object");
	EQ(json_get(d, a, "l"), JSON_ABSENT, "get of an array");
	EQ(json_get_int(d, 0, "key", -1), 1, "names are compared decoded");
	EQ(json_get(d, 0, "k\\u0065y"), JSON_ABSENT, "and only decoded");
	EQ(json_get(d, json_get(d, json_get(d, 0, "nope"), "x"), "y"), JSON_ABSENT,
		"absent chains");
	raw = json_raw(d, json_path(d, 0, "o.p.q"), &len);
	OK(len == 7 && !memcmp(raw, "[10,20]", 7), "raw of a container");
	raw = json_raw(d, json_path(d, 0, "a.3"), &len);
	OK(len == 3 && !memcmp(raw, "\"l\"", 3), "raw of a string");
	OK(!json_raw(d, JSON_ABSENT, &len) && len == 0, "raw of what is absent");
	EQ(json_type(d, d->count), JSON_T_ABSENT, "a node out of range");
	EQ(json_path(d, 0, ""), 0, "the empty path");
	OK(json_is(d, json_path(d, 0, "a.2.x"), "y"), "a path");
	EQ(json_path(d, 0, "o.p.q.2"), JSON_ABSENT, "a path past the end");
	EQ(json_path(d, 0, "a.01"), JSON_ABSENT, "an index with a leading zero");
	EQ(json_path(d, 0, "a.-1"), JSON_ABSENT, "a negative index");
	EQ(json_path(d, 0, "a.99999999999999999999999999"), JSON_ABSENT, "a long index");
	EQ(json_path(d, 0, "i.0"), JSON_ABSENT, "a path through a number");
}

static void
reading(const struct json *d)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	int64_t i = 5;
	double x = 5;
	bool t = false;
	char *s;

	(void)buf_addstr(&b, ">");
	EQ(json_str(d, json_get(d, 0, "s"), &b), 0, "a string");
	IS(b.p, ">a\xc3\xa9\n\xf0\x9d\x84\x9e", "is decoded and appended");
	buf_reset(&b);
	EQ(json_str(d, json_get(d, 0, "z"), &b), 0, "a string with a NUL");
	OK(b.len == 3 && !memcmp(b.p, "x\0y", 3), "has it");
	errno = 0;
	OK(!json_cstr(d, json_get(d, 0, "z")) && errno == EINVAL, "which no C string can");
	buf_reset(&b);
	EQ(json_str(d, json_get(d, 0, "lone"), &b), 0, "a lone surrogate");
	IS(b.p, "\xef\xbf\xbdx", "is U+FFFD");
	OK(json_is(d, json_get(d, 0, "near"), "\xef\xbf\xbd\nDD1E\xef\xbf\xbd\xf0\x9d\x84\x9e"),
		"only a low surrogate completes a high one");
	errno = 0;
	OK(json_str(d, json_get(d, 0, "i"), &b) == -1 && errno == EINVAL, "a number is no string");
	s = json_get_cstr(d, json_path(d, 0, "a.2"), "x");
	IS(s, "y", "a C string");
	free(s);
	OK(!json_get_cstr(d, 0, "nope"), "an absent one");
	OK(!json_is(d, json_get(d, 0, "z"), "x"), "a NUL does not end a comparison");
	OK(json_is(d, json_get(d, 0, "s"), "a\xc3\xa9\n\xf0\x9d\x84\x9e"), "is, escaped");
	OK(json_int(d, json_get(d, 0, "i"), &i) == 0 && i == -42, "an integer");
	OK(json_int(d, json_get(d, 0, "max"), &i) == 0 && i == INT64_MAX, "the largest");
	OK(json_int(d, json_get(d, 0, "min"), &i) == 0 && i == INT64_MIN, "the smallest");
	OK(json_int(d, json_get(d, 0, "big"), &i) == -1 && errno == ERANGE, "one more");
	OK(json_int(d, json_get(d, 0, "d"), &i) == -1 && errno == EINVAL, "a fraction");
	OK(json_int(d, json_get(d, 0, "s"), &i) == -1 && errno == EINVAL, "a string");
	OK(json_num(d, json_get(d, 0, "d"), &x) == 0 && x > 1499.9 && x < 1500.1, "a double");
	OK(json_num(d, json_get(d, 0, "huge"), &x) == -1 && errno == ERANGE, "infinite");
	OK(json_num(d, json_get(d, 0, "t"), &x) == -1 && errno == EINVAL, "a boolean");
	OK(json_bool(d, json_get(d, 0, "t"), &t) == 0 && t, "true");
	OK(json_bool(d, json_get(d, 0, "f"), &t) == 0 && !t, "false");
	OK(json_bool(d, json_get(d, 0, "n"), &t) == -1 && errno == EINVAL, "null is no boolean");
	OK(json_true(d, json_get(d, 0, "t")) && !json_true(d, json_get(d, 0, "i")) &&
		!json_true(d, JSON_ABSENT), "the literal true");
	EQ(json_get_int(d, 0, "i", 7), -42, "get_int");
	EQ(json_get_int(d, 0, "nope", 7), 7, "its default");
	OK(json_get_bool(d, 0, "t", false) && json_get_bool(d, 0, "nope", true), "get_bool");
}

static int
equal(const char *a, const char *b)
{
	struct json x, y;
	int r = -1;

	if (json_parse(&x, a, strlen(a), NULL) == JSON_OK &&
	    json_parse(&y, b, strlen(b), NULL) == JSON_OK) {
		r = json_equal(&x, 0, &y, 0);
		if (json_equal(&y, 0, &x, 0) != r)
			r = -2;
		json_release(&y);
	}
	json_release(&x);
	return r;
}

static void
comparing(void)
{
	EQ(equal("{\"a\":1,\"b\":[true,null]}", " {\"b\" : [true, null], \"\\u0061\":1}"), 1,
		"member order, blanks and escapes do not matter");
	EQ(equal("{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"a\":1,\"b\":2}"), 1, "rotated members");
	EQ(equal("{\"a\":1}", "{\"a\":1,\"b\":2}"), 0, "one member more");
	EQ(equal("{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}"), 0, "other values");
	EQ(equal("{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}"), 0, "another name");
	EQ(equal("[1,2]", "[2,1]"), 0, "element order matters");
	EQ(equal("[1,2]", "[1,2,3]"), 0, "one element more");
	EQ(equal("[]", "{}"), 0, "types");
	EQ(equal("1", "1.0"), 0, "numbers by text");
	EQ(equal("true", "false"), 0, "booleans");
	EQ(equal("null", "null"), 1, "null");
	EQ(equal("\"\\u0041\"", "\"A\""), 1, "strings decoded");
	EQ(equal("\"a\\u0000\"", "\"a\""), 0, "strings whole");
}

int
main(void)
{
	struct json d;

	suite(refused, sizeof refused / sizeof *refused);
	suite(accepted, sizeof accepted / sizeof *accepted);
	cut_short();
	mutated();
	depth();
	limits();
	duplicates();
	EQ(json_parse(&d, doc_text, sizeof doc_text - 1, NULL), JSON_OK, "a document");
	looking(&d);
	reading(&d);
	json_release(&d);
	json_release(&d);
	EQ(json_get(&d, 0, "a"), JSON_ABSENT, "a released document is empty");
	comparing();
	return t_done();
}
