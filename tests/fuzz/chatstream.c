/* SPDX-License-Identifier: MIT */
/*
 * chatstream: any bytes as a provider's stream, and as its whole answer. What
 * comes out is whole, well-formed events (chatdigest.h says BAD else), the same
 * whatever the pieces; a reply is JSON.
 */
#include "chatstream.h"

#include <errno.h>
#include "../unit/chatdigest.h"
#include "chatctx.h"
#include "chatreply.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

static const struct chatctx ctx = { .model = (char *)"m", .estimate = 5 };

static void
feed(const char *p, size_t len, size_t piece, struct buf *out)
{
	struct chatstream s;
	int r = 0;

	chatstream_init(&s, &ctx, "id");
	for (size_t n; r == 0 && len > 0; p += n, len -= n) {
		char *own;

		n = piece < len ? piece : len;
		own = memcpy(malloc(n), p, n);
		r = chatstream_feed(&s, own, n, out);
		free(own);
	}
	if (r == 0)
		r = chatstream_end(&s, out);
	if (r < 0 && (errno != EPROTO || !s.err.status || chatstream_fail(&s, &s.err, out) < 0))
		abort();
	chatstream_release(&s);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t len)
{
	struct buf a = BUF_INIT, b = BUF_INIT, text = BUF_INIT;
	struct chatusage u;
	struct chaterr e;
	struct json d;

	feed((const char *)p, len, len ? len : 1, &a);
	feed((const char *)p, len, 1, &b);
	if (a.len != b.len || memcmp(a.p, b.p, a.len))
		abort();
	digest(a.p, a.len, &text);
	if (strstr(text.p, "BAD ") && !memmem(p, len, "BAD ", 4) && !memmem(p, len, "\\u", 2))
		abort();
	buf_reset(&a);
	if (chatreply_write(&a, (const char *)p, len, &ctx, "id", &u, &e) == 0) {
		if (json_parse(&d, a.p, a.len, NULL) != JSON_OK)
			abort();
		json_release(&d);
	} else if (errno != EPROTO || !e.status) {
		abort();
	}
	buf_release(&a);
	buf_release(&b);
	buf_release(&text);
	return 0;
}
