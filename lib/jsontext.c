/* SPDX-License-Identifier: MIT */
/* jsontext: the meaning of raw JSON strings. */
#include "jsontext.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"

#define FEW 16			/* names that are faster compared pairwise than sorted */

/* A raw string being read as bytes; piece holds the rest of a decoded escape. */
struct reader {
	const char *p, *end;
	unsigned char piece[4];
	int have, used;
};

static unsigned
hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static int
encode(unsigned c, unsigned char out[4])
{
	if (c < 0x80) {
		out[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (unsigned char)(0xc0 | c >> 6);
		out[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (unsigned char)(0xe0 | c >> 12);
		out[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (unsigned char)(0xf0 | c >> 18);
	out[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

/* At a backslash: what it says into piece. */
static void
read_escape(struct reader *r)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = strchr(from, r->p[1]);
	unsigned c, low;

	r->used = 0;
	if (r->p[1] != 'u') {
		r->piece[0] = (unsigned char)(at ? to[at - from] : r->p[1]);
		r->have = 1;
		r->p += 2;
		return;
	}
	c = hex4(r->p + 2);
	r->p += 6;
	if (c >= 0xd800 && c < 0xdc00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u' &&
	    (low = hex4(r->p + 2)) >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		r->p += 6;
	} else if (c >= 0xd800 && c < 0xe000) {
		c = 0xfffd;
	}
	r->have = encode(c, r->piece);
}

/* The next byte of the meaning, or -1. */
static int
read_byte(struct reader *r)
{
	if (r->used < r->have)
		return r->piece[r->used++];
	if (r->p == r->end)
		return -1;
	if (*r->p != '\\')
		return (unsigned char)*r->p++;
	read_escape(r);
	return r->piece[r->used++];
}

int
jsontext_decode(const char *raw, size_t len, struct buf *out)
{
	struct reader r = { .p = raw, .end = raw + len };

	if (buf_grow(out, len) < 0)	/* decoding never makes it longer */
		return -1;
	while (r.p < r.end) {
		size_t left = (size_t)(r.end - r.p);
		const char *escape = memchr(r.p, '\\', left);
		size_t run = escape ? (size_t)(escape - r.p) : left;

		if (buf_add(out, r.p, run) < 0)
			return -1;
		r.p += run;
		if (!escape)
			break;
		read_escape(&r);
		if (buf_add(out, r.piece, (size_t)r.have) < 0)
			return -1;
	}
	return 0;
}

bool
jsontext_equal(const char *raw, size_t len, const char *s, size_t n)
{
	struct reader r = { .p = raw, .end = raw + len };

	if (len < n)
		return false;
	if (len == n && memcmp(raw, s, n) == 0)
		return !memchr(raw, '\\', len);
	if (!memchr(raw, '\\', len))
		return false;
	for (size_t i = 0; i < n; i++)
		if (read_byte(&r) != (unsigned char)s[i])
			return false;
	return read_byte(&r) < 0;
}

/* The first eight bytes of the meaning as a number that sorts like them. */
static uint64_t
head_of(const char *raw, size_t len)
{
	struct reader r = { .p = raw, .end = raw + len };
	uint64_t head = 0;

	for (int i = 0; i < 8; i++) {
		int c = read_byte(&r);

		head = head << 8 | (c < 0 ? 0 : (unsigned)c);
	}
	return head;
}

void
jsontext_name(struct jsontext_name *out, const char *raw, size_t len, int node)
{
	bool escaped = memchr(raw, '\\', len) != NULL;
	uint64_t head = 0;

	if (escaped) {
		head = head_of(raw, len);
	} else if (len >= 8) {
		memcpy(&head, raw, 8);
		head = be64toh(head);
	} else {
		for (size_t i = 0; i < len; i++)
			head |= (uint64_t)(unsigned char)raw[i] << (56 - 8 * i);
	}
	*out = (struct jsontext_name){ head, raw, (unsigned)len, node, escaped };
}

/* Order of the meanings, byte by byte. */
static int
compare(const struct jsontext_name *a, const struct jsontext_name *b)
{
	struct reader x = { .p = a->raw, .end = a->raw + a->len };
	struct reader y = { .p = b->raw, .end = b->raw + b->len };
	int c, e;

	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	if (!a->escaped && !b->escaped) {
		c = memcmp(a->raw, b->raw, a->len < b->len ? a->len : b->len);
		return c ? c : (a->len > b->len) - (a->len < b->len);
	}
	do {
		c = read_byte(&x);
		e = read_byte(&y);
	} while (c == e && c >= 0);
	return (c > e) - (c < e);
}

static int
compare_v(const void *a, const void *b)
{
	return compare(a, b);
}

int
jsontext_twice(struct jsontext_name *v, size_t n)
{
	if (n <= FEW) {
		for (size_t i = 1; i < n; i++)
			for (size_t j = 0; j < i; j++)
				if (v[i].head == v[j].head && compare(&v[i], &v[j]) == 0)
					return v[i].node;
		return -1;
	}
	qsort(v, n, sizeof *v, compare_v);
	for (size_t i = 1; i < n; i++)
		if (compare(&v[i - 1], &v[i]) == 0)
			return v[i].node > v[i - 1].node ? v[i].node : v[i - 1].node;
	return -1;
}
