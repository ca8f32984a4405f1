/* SPDX-License-Identifier: MIT */
/*
 * redact: however a text is cut, the same comes out; what was JSON stays
 * JSON; a known value is gone. The first byte seeds the cuts.
 */
#include "redact.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);

static const char values[] = "A_KEY=s3cr3t-Value-42\0B_KEY=ab\\cd/ef gh\0C_KEY=aaaaaaaa\0"
	"D_KEY=n\nx\\u00e9\xc3\xa9" "abc\0";

#define MUST(c) ((c) ? (void)0 : abort())

static void
redact_cut(const char *p, size_t len, unsigned seed, struct buf *out)
{
	struct redact *r = redact_new(values, sizeof values - 1);

	MUST(r);
	while (len) {
		size_t n = len;

		if (seed) {
			seed = seed * 1103515245u + 12345u;
			n = 1 + (seed >> 16) % (seed & 0x8000 ? 7 : 200);
			n = n < len ? n : len;
		}
		MUST(redact_feed(r, p, n, out) == 0);
		if (seed & 0x4000)
			MUST(redact_pause(r, out) == 0);
		p += n;
		len -= n;
	}
	MUST(redact_finish(r, out) == 0);
	redact_free(r);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct buf whole CLEANUP(buf) = BUF_INIT, cut CLEANUP(buf) = BUF_INIT;
	const char *p = (const char *)data + 1;
	struct json d;
	enum json_error e;

	if (!len--)
		return 0;
	redact_cut(p, len, 0, &whole);
	redact_cut(p, len, data[0] + 1u, &cut);
	MUST(whole.len == cut.len && !memcmp(whole.p, cut.p, cut.len));
	MUST(!memmem(whole.p, whole.len, "s3cr3t-Value-42", 15));
	MUST(!memmem(whole.p, whole.len, "aaaaaaaa", 8));
	e = json_parse(&d, p, len, NULL);
	json_release(&d);
	if (e != JSON_OK)
		return 0;
	e = json_parse(&d, whole.p, whole.len, NULL);
	json_release(&d);
	/* Two secrets may have been the names of two members. */
	MUST(e == JSON_OK || e == JSON_E_DUPLICATE);
	return 0;
}
