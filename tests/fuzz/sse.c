/* SPDX-License-Identifier: MIT */
/* sse: the same events whole and byte by byte, and none larger than the bound. */
#include "sse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

static int
all(const char *p, size_t len, size_t piece, size_t max, struct buf *out)
{
	struct sse_event ev;
	struct sse s;
	int r = 0;

	sse_init(&s, max);
	for (size_t n; len > 0 && r >= 0; len -= n) {
		size_t left = n = piece < len ? piece : len;
		char *own = malloc(n);
		const char *q = memcpy(own, p, n);

		while ((r = sse_next(&s, &q, &left, &ev)) == 1) {
			if (ev.len > max || strlen(ev.type) >= sizeof s.type)
				abort();
			(void)buf_addf(out, "%s=", ev.type);
			(void)buf_add(out, ev.data, ev.len);
			(void)buf_addch(out, '\n');
		}
		free(own);
		p += n;
	}
	if (r >= 0 && (r = sse_last(&s, &ev)) == 1)
		(void)buf_add(out, ev.data, ev.len);
	sse_release(&s);
	return r;
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	int x = all((const char *)p, len, len ? len : 1, 1 << 20, &a);
	int y = all((const char *)p, len, 1, 1 << 20, &b);

	if (x != y || a.len != b.len || memcmp(a.p, b.p, a.len))
		abort();
	(void)all((const char *)p, len, 3, 16, &b);	/* both answers are fine */
	buf_release(&a);
	buf_release(&b);
	return 0;
}
