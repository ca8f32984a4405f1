/* SPDX-License-Identifier: MIT */
/*
 * json: reading RFC 8259 JSON. The document and its nodes are in jsontree.h,
 * which comes with this; here are the values of nodes.
 */
#ifndef JOBDIR_JSON_H
#define JOBDIR_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include "jsontree.h"

struct buf;

/*
 * json_str: append the decoded string; 0, or -1 with errno EINVAL (not a
 * string) or ENOMEM. \u0000 decodes to a NUL byte: callers that need a C
 * string use json_cstr, which refuses it (EINVAL) and returns malloc'd memory
 * or NULL.
 */
int json_str(const struct json *d, int node, struct buf *out);
char *json_cstr(const struct json *d, int node);
/* Integers within int64_t, written without fraction or exponent. */
int json_int(const struct json *d, int node, int64_t *out);
int json_num(const struct json *d, int node, double *out);
int json_bool(const struct json *d, int node, bool *out);
bool json_true(const struct json *d, int node);	/* is the literal true */
/* Same value: objects without regard to member order, numbers by text. */
bool json_equal(const struct json *a, int x, const struct json *b, int y);

/* Decode helpers with a default, for members of our own files. */
int64_t json_get_int(const struct json *d, int obj, const char *name, int64_t dflt);
bool json_get_bool(const struct json *d, int obj, const char *name, bool dflt);
char *json_get_cstr(const struct json *d, int obj, const char *name); /* NULL if absent */

#endif
