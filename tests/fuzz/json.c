/* SPDX-License-Identifier: MIT */
/*
 * json: hostile bytes. What is refused leaves an empty document; what is
 * accepted can be walked, read, and written again as something equal; any
 * bytes can be written as a string and read back.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "jsonw.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

/* Every node is reached once, in order, by iteration alone. */
static int
walk(const struct json *d, int node, int expect)
{
	size_t n = 0, len;
	const char *raw = json_raw(d, node, &len);

	MUST(node == expect);
	MUST(raw >= d->text && len > 0 && raw + len <= d->text + d->len);
	expect++;
	for (int m = json_first(d, node); m >= 0; m = json_next(d, m), n++) {
		if (json_type(d, node) == JSON_T_OBJECT) {
			MUST(m == expect++ && json_type(d, m) == JSON_T_STRING);
			MUST(json_value(d, m) == m + 1);
			expect = walk(d, json_value(d, m), expect);
		} else {
			expect = walk(d, m, expect);
		}
	}
	MUST(n == json_len(d, node));
	return expect;
}

static void
read_values(const struct json *d, struct buf *b)
{
	for (int i = 0; i < d->count; i++) {
		int64_t n;
		double x;
		char *s = json_cstr(d, i);

		buf_reset(b);
		MUST((json_str(d, i, b) == 0) == (json_type(d, i) == JSON_T_STRING));
		MUST(!s || json_is(d, i, s));
		(void)json_int(d, i, &n);
		(void)json_num(d, i, &x);
		free(s);
	}
}

/* Members are found by their decoded names. */
static void
look_up(const struct json *d, struct buf *b)
{
	for (int m = json_type(d, 0) == JSON_T_OBJECT ? json_first(d, 0) : JSON_ABSENT;
	    m >= 0; m = json_next(d, m)) {
		char *s = json_cstr(d, m);

		MUST(!s || json_get(d, 0, s) == json_value(d, m));
		free(s);
	}
	buf_reset(b);
}

static void
write_again(const struct json *d, struct buf *b)
{
	struct jsonw w;
	struct json again;

	buf_reset(b);
	jsonw_init(&w, b);
	jsonw_node(&w, d, 0);
	MUST(buf_ok(b) && b->len <= d->len);
	MUST(json_parse(&again, b->p, b->len, NULL) == JSON_OK);
	MUST(again.count == d->count && json_equal(d, 0, &again, 0));
	json_release(&again);
}

static void
quote(const char *text, size_t len, struct buf *b)
{
	CLEANUP(buf) struct buf once = BUF_INIT;
	CLEANUP(buf) struct buf twice = BUF_INIT;
	struct json d;

	buf_reset(b);
	MUST(jsonw_quote(b, text, len) == 0);
	MUST(json_parse(&d, b->p, b->len, NULL) == JSON_OK);
	MUST(json_str(&d, 0, &once) == 0);
	MUST(jsonw_quote(&twice, once.p, once.len) == 0);
	MUST(twice.len == b->len && !memcmp(twice.p, b->p, b->len));
	json_release(&d);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	const char *text = (const char *)p;
	size_t where = (size_t)-1;
	struct json d;

	if (json_parse(&d, text, len, &where) == JSON_OK) {
		MUST(walk(&d, 0, 0) == d.count);
		read_values(&d, &b);
		look_up(&d, &b);
		write_again(&d, &b);
	} else {
		MUST(where <= len && d.count == 0 && !d.nodes);
	}
	json_release(&d);
	quote(text, len, &b);
	return 0;
}
