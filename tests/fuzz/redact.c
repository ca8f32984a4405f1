/* SPDX-License-Identifier: MIT */
/*
 * redact: what comes out is what a naive implementation makes of the whole
 * text (redactnaive.h), however it is cut; what was JSON stays JSON; a known
 * value is gone. The first byte seeds the cuts. The mutator plants what the
 * rules look for, and values in encodings.
 */
#include "redact.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "redactnaive.h"
#include "redactplant.h"

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t len);
size_t LLVMFuzzerMutate(unsigned char *p, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(unsigned char *p, size_t len, size_t max, unsigned seed);

enum { NAIVE_MAX = 1024 };


#define MUST(c) ((c) ? (void)0 : abort())

static void
redact_cut(const char *p, size_t len, unsigned seed, struct buf *out)
{
	struct redact *r = redact_new(plant_values, sizeof plant_values - 1);

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
	struct buf naive CLEANUP(buf) = BUF_INIT;
	const char *p = (const char *)data + 1;
	struct json d;
	enum json_error e;

	if (!len--)
		return 0;
	redact_cut(p, len, 0, &whole);
	redact_cut(p, len, data[0] + 1u, &cut);
	MUST(whole.len == cut.len && !memcmp(whole.p, cut.p, cut.len));
	if (len <= NAIVE_MAX) {
		naive_redact(p, len, plant_texts, "V_KEY", &naive);
		MUST(whole.len == naive.len && !memcmp(whole.p, naive.p, naive.len));
	}
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

/* Half of the time something of interest is put in somewhere. */
size_t
LLVMFuzzerCustomMutator(unsigned char *p, size_t len, size_t max, unsigned seed)
{
	struct buf b CLEANUP(buf) = BUF_INIT;
	size_t at, n;

	if (seed % 2)
		return LLVMFuzzerMutate(p, len, max);
	plant(&b, seed);
	at = len ? 1 + seed / 7 % len : 0;
	n = b.len < max - len ? b.len : max - len;
	if (seed / 3 % 4 == 0 && at + n <= len) {	/* over what is there */
		memcpy(p + at, b.p, n);
		return len;
	}
	memmove(p + at + n, p + at, len - at);
	memcpy(p + at, b.p, n);
	return len + n;
}
