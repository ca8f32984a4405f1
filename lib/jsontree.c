/* SPDX-License-Identifier: MIT */
/*
 * jsontree: what is where in a JSON text.
 *
 * A node is the index of a jsmn token. jsmn's parent links are of no use once
 * it is done; link_nodes() turns each into the index of the next sibling (of
 * an element: the next element; of a member's name: the next name; -1: the
 * last one, or a member's value). A member's value follows its name directly.
 */
#include "jsontree.h"

#include <stdlib.h>
#include <string.h>
#include "jsonscan.h"
#include "jsontext.h"
#include "num.h"

#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#define JSMN_STATIC
#include <jsmn.h>
#define next_of parent			/* after link_nodes() */

static const jsmntok_t *
at(const struct json *d, int node)
{
	return node >= 0 && node < d->count ? (const jsmntok_t *)d->nodes + node : NULL;
}

static const jsmntok_t *
at_type(const struct json *d, int node, jsmntype_t type)
{
	const jsmntok_t *t = at(d, node);

	return t && t->type == type ? t : NULL;
}

/* ---- parsing ---- */

/* Parents become next siblings. Containers end before what is not in them. */
static void
link_nodes(jsmntok_t *t, int count)
{
	int open[JSON_DEPTH + 1], last[JSON_DEPTH + 1], depth = -1;

	for (int i = 0; i < count; i++) {
		while (depth >= 0 && t[open[depth]].end <= t[i].start)
			depth--;
		/* A value's parent is its name: not a sibling of anything. */
		if (depth >= 0 && t[i].parent == open[depth]) {
			if (last[depth] >= 0)
				t[last[depth]].next_of = i;
			last[depth] = i;
		}
		t[i].next_of = -1;
		if (t[i].type == JSMN_OBJECT || t[i].type == JSMN_ARRAY) {
			open[++depth] = i;
			last[depth] = -1;
		}
	}
}

/* jsmn wants a delimiter behind a primitive, so a lone one is not its business. */
static void
lone_primitive(jsmntok_t *t, const char *text, size_t start, size_t len)
{
	while (memchr(" \t\r\n", text[len - 1], 4))
		len--;
	*t = (jsmntok_t){
		.type = JSMN_PRIMITIVE, .start = (int)start, .end = (int)len, .parent = -1,
	};
}

/* The text is valid and has count nodes: nothing here can fail but memory. */
static enum json_error
tokenise(struct json *d, size_t count)
{
	jsmntok_t *t = malloc(count * sizeof *t);
	jsmn_parser parser;
	size_t start = 0;
	int n = 1;

	if (!t)
		return JSON_E_MEMORY;
	d->nodes = t;
	while (memchr(" \t\r\n", d->text[start], 4))
		start++;
	if (memchr("{[\"", d->text[start], 3)) {
		jsmn_init(&parser);
		n = jsmn_parse(&parser, d->text, d->len, t, (unsigned)count);
	} else {
		lone_primitive(t, d->text, start, d->len);
	}
	if (n != (int)count)
		return JSON_E_SYNTAX;
	d->count = n;
	link_nodes(t, n);
	return JSON_OK;
}

/* The names of one object into v, which has room. */
static size_t
collect_names(const struct json *d, int object, struct jsontext_name *v)
{
	size_t n = 0;

	for (int m = json_first(d, object); m >= 0; m = json_next(d, m)) {
		const jsmntok_t *t = at(d, m);

		jsontext_name(&v[n++], d->text + t->start, (size_t)(t->end - t->start), m);
	}
	return n;
}

static enum json_error
check_names(const struct json *d, size_t *where)
{
	struct jsontext_name few[32], *v = few, *more;
	size_t cap = sizeof few / sizeof *few;
	enum json_error e = JSON_OK;

	for (int i = 0; i < d->count && e == JSON_OK; i++) {
		size_t n = at_type(d, i, JSMN_OBJECT) ? json_len(d, i) : 0;
		int twice;

		if (n < 2)
			continue;
		if (n > cap) {
			more = realloc(v == few ? NULL : v, n * sizeof *v);
			if (!more) {
				e = JSON_E_MEMORY;
				break;
			}
			v = more;
			cap = n;
		}
		twice = jsontext_twice(v, collect_names(d, i, v));
		if (twice >= 0) {
			*where = (size_t)at(d, twice)->start - 1;
			e = JSON_E_DUPLICATE;
		}
	}
	if (v != few)
		free(v);
	return e;
}

enum json_error
json_parse(struct json *doc, const char *text, size_t len, size_t *where)
{
	enum json_error e;
	size_t count, offset = 0;

	*doc = (struct json){ .text = text, .len = len };
	if (len == 0)
		e = JSON_E_EMPTY;
	else if (len > JSON_MAX)
		e = JSON_E_SIZE;
	else
		e = json_scan(text, len, &count, &offset);
	if (e == JSON_OK)
		e = tokenise(doc, count);
	if (e == JSON_OK)
		e = check_names(doc, &offset);
	if (e != JSON_OK)
		json_release(doc);
	if (where)
		*where = offset;
	return e;
}

void
json_release(struct json *doc)
{
	free(doc->nodes);
	*doc = (struct json){ 0 };
}

/* ---- looking ---- */

enum json_type
json_type(const struct json *d, int node)
{
	const jsmntok_t *t = at(d, node);

	if (!t)
		return JSON_T_ABSENT;
	switch (t->type) {
	case JSMN_OBJECT:
		return JSON_T_OBJECT;
	case JSMN_ARRAY:
		return JSON_T_ARRAY;
	case JSMN_STRING:
		return JSON_T_STRING;
	default:
		break;
	}
	switch (d->text[t->start]) {
	case 't':
	case 'f':
		return JSON_T_BOOL;
	case 'n':
		return JSON_T_NULL;
	default:
		return JSON_T_NUMBER;
	}
}

const char *
json_type_name(enum json_type t)
{
	static const char *const names[] = {
		"absent", "null", "boolean", "number", "string", "array", "object",
	};
	_Static_assert(sizeof names / sizeof *names == JSON_T_OBJECT + 1, "one name per type");

	return (unsigned)t <= JSON_T_OBJECT ? names[t] : names[0];
}

size_t
json_len(const struct json *d, int node)
{
	const jsmntok_t *t = at(d, node);

	return t && (t->type == JSMN_OBJECT || t->type == JSMN_ARRAY) ? (size_t)t->size : 0;
}

int
json_first(const struct json *d, int node)
{
	return json_len(d, node) > 0 ? node + 1 : JSON_ABSENT;
}

int
json_next(const struct json *d, int node)
{
	const jsmntok_t *t = at(d, node);

	return t ? t->next_of : JSON_ABSENT;
}

int
json_value(const struct json *d, int name_node)
{
	const jsmntok_t *t = at_type(d, name_node, JSMN_STRING);

	return t && t->size ? name_node + 1 : JSON_ABSENT;
}

static bool
means(const struct json *d, const jsmntok_t *t, const char *s, size_t len)
{
	return jsontext_equal(d->text + t->start, (size_t)(t->end - t->start), s, len);
}

static int
member(const struct json *d, int object, const char *name, size_t len)
{
	if (!at_type(d, object, JSMN_OBJECT))
		return JSON_ABSENT;
	for (int n = json_first(d, object); n >= 0; n = json_next(d, n))
		if (means(d, at(d, n), name, len))
			return json_value(d, n);
	return JSON_ABSENT;
}

bool
json_is(const struct json *d, int node, const char *s)
{
	const jsmntok_t *t = at_type(d, node, JSMN_STRING);

	return t && means(d, t, s, strlen(s));
}

int
json_get(const struct json *d, int object, const char *name)
{
	return member(d, object, name, strlen(name));
}

int
json_at(const struct json *d, int array, size_t i)
{
	int n = at_type(d, array, JSMN_ARRAY) ? json_first(d, array) : JSON_ABSENT;

	while (n >= 0 && i-- > 0)
		n = json_next(d, n);
	return n;
}

int
json_path(const struct json *d, int node, const char *path)
{
	while (*path && node >= 0) {
		size_t len = strcspn(path, ".");
		char index[24];
		int64_t i;

		if (json_type(d, node) == JSON_T_OBJECT) {
			node = member(d, node, path, len);
		} else {
			if (len >= sizeof index)
				return JSON_ABSENT;
			memcpy(index, path, len);
			index[len] = '\0';
			node = num_parse(index, 0, INT64_MAX, &i) == 0 ?
				json_at(d, node, (size_t)i) : JSON_ABSENT;
		}
		path += len + (path[len] == '.');
	}
	return node;
}

const char *
json_raw(const struct json *d, int node, size_t *len)
{
	const jsmntok_t *t = at(d, node);
	int quote = t && t->type == JSMN_STRING;

	*len = t ? (size_t)(t->end - t->start + 2 * quote) : 0;
	return t ? d->text + t->start - quote : NULL;
}
