/* SPDX-License-Identifier: MIT */
/*
 * httphead: the head of an HTTP/1 request, read strictly. Pure. What two
 * programs could read differently is refused, never interpreted: bare CR or LF,
 * folded lines, space before a colon, control bytes, a length given twice, with
 * a transfer coding or in another shape than digits.
 *
 *	switch (got = httphead_parse(&h, bytes, n)) {
 *	case HTTPHEAD_OK:	h.len bytes are the head
 *	case HTTPHEAD_MORE:	all well so far
 *	default:		an HTTP status; close after it
 *
 * The spans point into the bytes that were given.
 */
#ifndef JOBDIR_HTTPHEAD_H
#define JOBDIR_HTTPHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTPHEAD_OK = 0,
	HTTPHEAD_MORE = 1,
	HTTPHEAD_MAX = 32 << 10,	/* bytes of a head; more: 431 */
	HTTPHEAD_TARGET_MAX = 4 << 10,	/* more: 414 */
	HTTPHEAD_FIELDS = 100,		/* more: 431 */
};

struct httphead_span {
	const char *p;
	size_t len;
};

struct httphead_field {
	struct httphead_span name, value;
};

struct httphead {
	struct httphead_span method, target;
	int minor;			/* of HTTP/1 */
	int64_t content_length;		/* -1: none */
	bool chunked;
	struct httphead_field field[HTTPHEAD_FIELDS];
	size_t nfields;
	size_t len;			/* with its empty line */
};

/* HTTPHEAD_OK, HTTPHEAD_MORE, or 400, 414, 417, 431, 501 or 505. */
int httphead_parse(struct httphead *h, const char *p, size_t len);

/* The value of a field (name in lower case), NULL if absent; *count (may be NULL): how often. */
const struct httphead_span *httphead_find(const struct httphead *h, const char *name, int *count);
bool httphead_is(struct httphead_span s, const char *text);		/* exactly */
bool httphead_like(struct httphead_span s, const char *lower);		/* in any case */

#endif
