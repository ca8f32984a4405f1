/* SPDX-License-Identifier: MIT */
/*
 * jsonpick: members of a JSON text without a tree, for small texts that come in
 * great numbers.
 *
 * The text must have passed json_scan(). A value is a piece of that text, raw;
 * p NULL: absent, and every function takes that. Nothing is allocated.
 *
 *	struct jsonpick v, name, it = jsonpick_whole(text, len);
 *	for (it = jsonpick_in(it); jsonpick_member(&it, &name, &v);) …
 */
#ifndef JOBDIR_JSONPICK_H
#define JOBDIR_JSONPICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonpick {
	const char *p;
	size_t len;
};
#define JSONPICK_ABSENT ((struct jsonpick){ 0 })

/* The value of a whole text: without the blanks around it. */
struct jsonpick jsonpick_whole(const char *text, size_t len);
/* What stands inside an object or array, to be iterated; else absent. */
struct jsonpick jsonpick_in(struct jsonpick v);
bool jsonpick_member(struct jsonpick *it, struct jsonpick *name, struct jsonpick *value);
bool jsonpick_element(struct jsonpick *it, struct jsonpick *value);

/* The member of that name, the first element: absent if there is none. */
struct jsonpick jsonpick_get(struct jsonpick object, const char *name);
struct jsonpick jsonpick_first(struct jsonpick array);

/* First byte of the value: one of {["tfn-0…9; 0 if absent. */
char jsonpick_kind(struct jsonpick v);
/* A string: what stands between its quotes; else absent. */
struct jsonpick jsonpick_text(struct jsonpick v);
bool jsonpick_is(struct jsonpick v, const char *s);
/* A number without fraction, or with a fraction of zeros. */
bool jsonpick_int(struct jsonpick v, int64_t *out);

#endif
