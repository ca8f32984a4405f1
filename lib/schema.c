/* SPDX-License-Identifier: MIT */
#include "schema.h"

#include <stdint.h>
#include <string.h>

#include "buf.h"
#include "num.h"
#include "pattern.h"

#define SAID_MAX 16		/* problems spelled out */
#define NAME_MAX_SAID 64	/* bytes of a stranger's member name repeated */

struct check {
	const struct json *s;	/* schema */
	const struct json *v;	/* value */
	struct buf *why;	/* NULL: only whether */
	struct buf *path;
	int problems;
};

static void check(struct check *c, int s, int v);

/* Begin one problem: "; path: ". False: do not spell this one out. */
static bool
problem(struct check *c)
{
	c->problems++;
	if (!c->why || c->problems > SAID_MAX)
		return false;
	if (c->problems > 1)
		(void)buf_addstr(c->why, "; ");
	(void)buf_addstr(c->why, c->path->len ? c->path->p : "input");
	(void)buf_addstr(c->why, ": ");
	return true;
}

static void
say(struct check *c, const char *reason)
{
	if (problem(c))
		(void)buf_addstr(c->why, reason);
}

/* Enter a member; returns the length to go back to. */
static size_t
enter(struct check *c, const char *name, size_t len)
{
	size_t before = c->path->len;

	if (len > NAME_MAX_SAID) {
		for (len = NAME_MAX_SAID; len && ((unsigned char)name[len] & 0xc0) == 0x80; )
			len--;
	}
	if (before)
		(void)buf_addch(c->path, '.');
	for (size_t i = 0; i < len; i++)
		(void)buf_addch(c->path, (unsigned char)name[i] < 0x20 ? '?' : name[i]);
	return before;
}

static const struct {
	const char *name;
	const char *said;
} types[] = {
	{ "string", "a string" }, { "integer", "an integer" }, { "number", "a number" },
	{ "boolean", "true or false" }, { "array", "an array" }, { "object", "an object" },
	{ "null", "null" },
};

static void
say_limit(struct check *c, int s, const char *keyword, const char *words)
{
	int n = json_get(c->s, s, keyword);
	size_t len;
	const char *raw = json_raw(c->s, n, &len);

	if (n >= 0 && !buf_addstr(c->why, words))
		(void)buf_add(c->why, raw, len);
}

static void
say_type(struct check *c, int s, int type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (json_is(c->s, type, types[i].name))
			(void)buf_addstr(c->why, types[i].said);
	if (json_is(c->s, type, "array") &&
	    json_is(c->s, json_get(c->s, json_get(c->s, s, "items"), "type"), "string"))
		(void)buf_addstr(c->why, " of strings");
	if (json_is(c->s, type, "integer") || json_is(c->s, type, "number")) {
		say_limit(c, s, "minimum", " from ");
		say_limit(c, s, "exclusiveMinimum", " above ");
		say_limit(c, s, "maximum", " to ");
	}
}

/* "must be a string", "must be an integer from 1 to 200", "must be one of …". */
static void
say_must_be(struct check *c, int s)
{
	int type = json_get(c->s, s, "type"), en = json_get(c->s, s, "enum");
	const char *sep = "";

	if (!problem(c))
		return;
	if (en >= 0) {
		(void)buf_addstr(c->why, "must be one of ");
		for (int n = json_first(c->s, en); n >= 0; n = json_next(c->s, n), sep = ", ") {
			(void)buf_addstr(c->why, sep);
			if (json_str(c->s, n, c->why)) {
				size_t len;
				const char *raw = json_raw(c->s, n, &len);

				(void)buf_add(c->why, raw, len);
			}
		}
		return;
	}
	(void)buf_addstr(c->why, "must be ");
	if (json_type(c->s, type) != JSON_T_ARRAY) {
		say_type(c, s, type);
		return;
	}
	for (int n = json_first(c->s, type); n >= 0; n = json_next(c->s, n), sep = " or ") {
		(void)buf_addstr(c->why, sep);
		say_type(c, s, n);
	}
}

/* ---- the keywords ---- */

static bool
is_type(struct check *c, int type, int v)
{
	int64_t i;

	switch (json_type(c->v, v)) {
	case JSON_T_STRING:
		return json_is(c->s, type, "string");
	case JSON_T_NUMBER:
		return json_is(c->s, type, "number") ||
			(json_is(c->s, type, "integer") && !json_int(c->v, v, &i));
	case JSON_T_BOOL:
		return json_is(c->s, type, "boolean");
	case JSON_T_ARRAY:
		return json_is(c->s, type, "array");
	case JSON_T_OBJECT:
		return json_is(c->s, type, "object");
	case JSON_T_NULL:
		return json_is(c->s, type, "null");
	case JSON_T_ABSENT:
		break;
	}
	return false;
}

static bool
has_type(struct check *c, int s, int v)
{
	int type = json_get(c->s, s, "type");

	if (type < 0)
		return true;
	if (json_type(c->s, type) != JSON_T_ARRAY)
		return is_type(c, type, v);
	for (int n = json_first(c->s, type); n >= 0; n = json_next(c->s, n))
		if (is_type(c, n, v))
			return true;
	return false;
}

static bool
in_enum(struct check *c, int en, int v)
{
	for (int n = json_first(c->s, en); n >= 0; n = json_next(c->s, n))
		if (json_equal(c->s, n, c->v, v))
			return true;
	return false;
}

static bool
in_range(struct check *c, int s, int v)
{
	double x, limit;

	if (json_num(c->v, v, &x))
		return false;
	if (!json_num(c->s, json_get(c->s, s, "minimum"), &limit) && x < limit)
		return false;
	if (!json_num(c->s, json_get(c->s, s, "exclusiveMinimum"), &limit) && x <= limit)
		return false;
	return json_num(c->s, json_get(c->s, s, "maximum"), &limit) || x <= limit;
}

static const char *
misfit(const struct json *d, int pattern, const char *p, size_t len)
{
	CLEANUP(buf) struct buf re = BUF_INIT;

	if (pattern < 0)	/* a command could only see the part before a NUL */
		return memchr(p, '\0', len) ? "must not contain U+0000" : NULL;
	(void)json_str(d, pattern, &re);	/* no memory: none of ours, which refuses */
	return pattern_misfit(re.p, re.len, p, len);
}

static bool
blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static int64_t
characters(const char *p, size_t len)
{
	int64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)p[i] & 0xc0) != 0x80;
	return n;
}

static void
check_string(struct check *c, int s, int v)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	int64_t min = json_get_int(c->s, s, "minLength", 0);
	int64_t max = json_get_int(c->s, s, "maxLength", INT64_MAX);
	const char *bad;
	size_t from = 0, to;

	if (json_str(c->v, v, &text)) {
		say(c, "cannot be read");
		return;
	}
	for (to = text.len; to && blank(text.p[to - 1]); )
		to--;
	while (from < to && blank(text.p[from]))
		from++;
	if (characters(text.p + from, to - from) < min) {
		if (to == from)
			say(c, "must not be empty");
		else if (problem(c))
			(void)buf_addf(c->why, "must have at least %lld characters",
				(long long)min);
	} else if (characters(text.p, text.len) > max) {
		if (problem(c))
			(void)buf_addf(c->why, "must have at most %lld characters",
				(long long)max);
	} else {
		bad = misfit(c->s, json_get(c->s, s, "pattern"), text.p, text.len);
		if (bad)
			say(c, bad);
	}
}

static void
check_array(struct check *c, int s, int v)
{
	int64_t len = (int64_t)json_len(c->v, v), i = 0;
	int64_t min = json_get_int(c->s, s, "minItems", 0);
	int64_t max = json_get_int(c->s, s, "maxItems", INT64_MAX);
	int items = json_get(c->s, s, "items");

	if (len < min && problem(c))
		(void)buf_addf(c->why, "must have at least %lld elements", (long long)min);
	if (len > max && problem(c))
		(void)buf_addf(c->why, "must have at most %lld elements", (long long)max);
	if (items < 0)
		return;
	for (int n = json_first(c->v, v); n >= 0; n = json_next(c->v, n), i++) {
		size_t back = c->path->len;

		(void)buf_addf(c->path, back ? ".%lld" : "%lld", (long long)i);
		check(c, items, n);
		buf_setlen(c->path, back);
	}
}

static void
check_object(struct check *c, int s, int v)
{
	int props = json_get(c->s, s, "properties"), required = json_get(c->s, s, "required");
	int more = json_get(c->s, s, "additionalProperties");
	bool closed = json_type(c->s, more) == JSON_T_BOOL && !json_true(c->s, more);

	for (int n = json_first(c->s, required); n >= 0; n = json_next(c->s, n)) {
		CLEANUP(free) char *name = json_cstr(c->s, n);
		size_t back;

		if (!name || json_get(c->v, v, name) >= 0)
			continue;
		back = enter(c, name, strlen(name));
		say(c, "required");
		buf_setlen(c->path, back);
	}
	for (int n = json_first(c->v, v); n >= 0; n = json_next(c->v, n)) {
		CLEANUP(buf) struct buf name = BUF_INIT;
		int prop = JSON_ABSENT;
		size_t back;

		if (json_str(c->v, n, &name))
			continue;
		if (strlen(name.p) == name.len)
			prop = json_get(c->s, props, name.p);
		if (prop < 0 && !closed)
			continue;
		back = enter(c, name.p, name.len);
		if (prop >= 0)
			check(c, prop, json_value(c->v, n));
		else
			say(c, "unknown member");
		buf_setlen(c->path, back);
	}
}

static bool
fits(struct check *c, int s, int v)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	struct check sub = { .s = c->s, .v = c->v, .path = &path };

	check(&sub, s, v);
	return sub.problems == 0;
}

static int
fitting(struct check *c, int list, int v)
{
	int n = 0;

	for (int x = json_first(c->s, list); x >= 0; x = json_next(c->s, x))
		n += fits(c, x, v);
	return n;
}

static void
check_combined(struct check *c, int s, int v)
{
	int one = json_get(c->s, s, "oneOf"), any = json_get(c->s, s, "anyOf");
	int all = json_get(c->s, s, "allOf"), not = json_get(c->s, s, "not");

	for (int n = json_first(c->s, all); n >= 0; n = json_next(c->s, n))
		check(c, n, v);
	if ((one >= 0 && fitting(c, one, v) != 1) || (any >= 0 && fitting(c, any, v) == 0) ||
	    (not >= 0 && fits(c, not, v))) {
		if (problem(c) && json_str(c->s, json_get(c->s, s, "description"), c->why))
			(void)buf_addstr(c->why, "does not fit together");
	}
}

static void
check(struct check *c, int s, int v)
{
	int en = json_get(c->s, s, "enum"), cn = json_get(c->s, s, "const");

	if (!c->why && c->problems)
		return;
	if (!has_type(c, s, v) || (en >= 0 && !in_enum(c, en, v))) {
		say_must_be(c, s);
		return;
	}
	if (cn >= 0 && !json_equal(c->s, cn, c->v, v)) {
		say(c, "has the wrong value");
		return;
	}
	switch (json_type(c->v, v)) {
	case JSON_T_STRING:
		check_string(c, s, v);
		break;
	case JSON_T_NUMBER:
		if (!in_range(c, s, v))
			say_must_be(c, s);
		break;
	case JSON_T_ARRAY:
		check_array(c, s, v);
		break;
	case JSON_T_OBJECT:
		check_object(c, s, v);
		break;
	default:
		break;
	}
	check_combined(c, s, v);
}

int
schema_check(const struct json *schema, int s, const struct json *value, int v, struct buf *why)
{
	CLEANUP(buf) struct buf path = BUF_INIT;
	struct check c = { .s = schema, .v = value, .why = why, .path = &path };

	check(&c, s, v);
	if (why && c.problems > SAID_MAX)
		(void)buf_addf(why, "; and %d more", c.problems - SAID_MAX);
	return c.problems;
}
