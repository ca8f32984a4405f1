/* SPDX-License-Identifier: MIT */
/*
 * jsontree: parsing RFC 8259 JSON. jsmn tokenises; we validate.
 *
 * jsmn is a tokeniser: it accepts much that is not JSON and is quadratic in
 * depth. So json_parse() caps the size, makes one validating walk (jsonscan.h:
 * nesting up to JSON_DEPTH, grammar, numbers, UTF-8, escapes, trailing data),
 * lets jsmn (strict, parent links) tokenise what is proven valid, and refuses
 * members whose decoded names are the same. What it accepts is exactly RFC 8259
 * without duplicate names; so a \u surrogate without its other half passes (any
 * JavaScript program that cuts a string sends such) and decodes to U+FFFD. Pure.
 *
 * A node is an int. JSON_ABSENT (-1) is the node of what is not there: every
 * accessor takes it and answers "nothing", so look-ups chain:
 *
 *	json_str(&d, json_get(&d, json_get(&d, 0, "end"), "state"), &b)
 *
 * The root is node 0. The document borrows the text: it must outlive it and
 * not change.
 */
#ifndef JOBDIR_JSONTREE_H
#define JOBDIR_JSONTREE_H

#include <stdbool.h>
#include <stddef.h>
#include "jsonscan.h"

#define JSON_ABSENT (-1)
#define JSON_MAX (64u << 20)		/* most bytes accepted */

enum json_type {
	JSON_T_ABSENT, JSON_T_NULL, JSON_T_BOOL, JSON_T_NUMBER,
	JSON_T_STRING, JSON_T_ARRAY, JSON_T_OBJECT,
};

struct json {
	const char *text;
	size_t len;
	void *nodes;			/* private */
	int count;
};

/*
 * Parse. Returns JSON_OK, or an error and the byte offset of it in *where
 * (if not NULL); on error doc is empty (safe to release). text need not be
 * NUL-terminated.
 */
enum json_error json_parse(struct json *doc, const char *text, size_t len,
	size_t *where);
void json_release(struct json *doc);

enum json_type json_type(const struct json *d, int node);
const char *json_type_name(enum json_type t);	/* "string", "absent", … */

/* Members and elements. json_len: number of members or elements, else 0. */
size_t json_len(const struct json *d, int node);
int json_get(const struct json *d, int object, const char *name);
int json_at(const struct json *d, int array, size_t i);
/*
 * Iteration: for (n = json_first(d, x); n >= 0; n = json_next(d, n)).
 * In an object n is the member's name (a string node) and json_value(d, n)
 * its value; in an array n is the element.
 */
int json_first(const struct json *d, int node);
int json_next(const struct json *d, int node);
int json_value(const struct json *d, int name_node);
/* A dotted path of names and array indexes: "params.files.0". */
int json_path(const struct json *d, int node, const char *path);

/* The raw JSON text of a node (strings with their quotes). */
const char *json_raw(const struct json *d, int node, size_t *len);
/* The string equals s. */
bool json_is(const struct json *d, int node, const char *s);

#endif
