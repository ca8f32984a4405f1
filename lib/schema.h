/* SPDX-License-Identifier: MIT */
/*
 * schema: does a JSON value fit a JSON Schema? The subset of 2020-12 that our
 * manifests use: type (one or several), const, enum, properties, required,
 * additionalProperties (false or true), items, minItems, maxItems, minLength,
 * maxLength, pattern (one shape; others never fit), minimum, maximum,
 * exclusiveMinimum, oneOf, anyOf, allOf, not. Other keywords say nothing. Pure.
 *
 * Stricter than the standard in two points, because requests come from models:
 * an integer is written without fraction or exponent, and minLength counts
 * without the white space around the text (blank is empty). Lengths are in
 * characters, not bytes.
 */
#ifndef JOBDIR_SCHEMA_H
#define JOBDIR_SCHEMA_H

#include "json.h"

struct buf;

/*
 * Check node v of value against node s of schema. Returns the number of
 * problems; each is appended to why as "member.path: reason", joined by "; ",
 * the value itself being called "input". A failed oneOf, anyOf or not says the
 * "description" beside it. After 16 problems the rest is only counted. why may
 * be NULL: then it stops at the first.
 */
int schema_check(const struct json *schema, int s, const struct json *value, int v,
	struct buf *why);

#endif
