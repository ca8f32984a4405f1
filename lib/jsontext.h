/* SPDX-License-Identifier: MIT */
/*
 * jsontext: what the text between the quotes of a JSON string means.
 *
 * Below jsontree.h. Raw text must have passed json_scan(). Escapes are
 * decoded to UTF-8; a surrogate without its other half, which JSON can spell
 * and UTF-8 cannot, becomes U+FFFD.
 */
#ifndef JOBDIR_JSONTEXT_H
#define JOBDIR_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Append the decoded text. 0, or -1 with ENOMEM. */
int jsontext_decode(const char *raw, size_t len, struct buf *out);

/* Does raw mean the n bytes at s? Allocates nothing. */
bool jsontext_equal(const char *raw, size_t len, const char *s, size_t n);

/* A member name among others of its object. */
struct jsontext_name {
	uint64_t head;		/* the first bytes, to tell most names apart */
	const char *raw;
	unsigned len;
	int node;
	bool escaped;
};
void jsontext_name(struct jsontext_name *out, const char *raw, size_t len, int node);
/*
 * The node of a name that means the same as an earlier one, or -1. Sorts v
 * when there are many.
 */
int jsontext_twice(struct jsontext_name *v, size_t n);

#endif
