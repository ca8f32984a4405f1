/* SPDX-License-Identifier: MIT */
/*
 * schema: a hostile schema (the bytes up to the first NUL) and a hostile value
 * (those behind it). Counting and wording agree, and the words are text that
 * can stand in an answer.
 */
#include "schema.h"

#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "jsonw.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

#define MUST(c) ((c) ? (void)0 : abort())

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	const char *text = (const char *)p, *nul = len ? memchr(text, 0, len) : NULL;
	size_t first = nul ? (size_t)(nul - text) : len;
	struct buf why = BUF_INIT, quoted = BUF_INIT;
	struct json s, v, q;
	int problems;

	if (!nul || json_parse(&s, text, first, NULL))
		return 0;
	if (!json_parse(&v, nul + 1, len - first - 1, NULL)) {
		problems = schema_check(&s, 0, &v, 0, &why);
		MUST(!problems == !why.len);
		MUST(!problems == !schema_check(&s, 0, &v, 0, NULL));
		MUST(!jsonw_quote(&quoted, why.p, why.len));
		MUST(json_parse(&q, quoted.p, quoted.len, NULL) == JSON_OK);
		json_release(&q);
		json_release(&v);
	}
	json_release(&s);
	buf_release(&why);
	buf_release(&quoted);
	return 0;
}
