/* SPDX-License-Identifier: MIT */
/*
 * The redactor against a naive one that sees the whole text, on texts made of
 * what rules and encodings look like; the fuzzer does the same for longer.
 */
#include "../fuzz/redactnaive.h"
#include "../fuzz/redactplant.h"
#include "redact.h"
#include "t.h"

enum { TEXTS = 400 };

static void
cut(const struct buf *in, unsigned seed, struct buf *out)
{
	struct redact *r = redact_new(plant_values, sizeof plant_values - 1);

	if (!r)
		exit(111);
	for (size_t i = 0; i < in->len;) {
		size_t n = 1 + plant_any(&seed, plant_any(&seed, 2) ? 5 : 120);

		n = n < in->len - i ? n : in->len - i;
		if (redact_feed(r, in->p + i, n, out) < 0 ||
		    (plant_any(&seed, 3) == 0 && redact_pause(r, out) < 0))
			exit(111);
		i += n;
	}
	if (redact_finish(r, out) < 0)
		exit(111);
	redact_free(r);
}

int
main(void)
{
	for (unsigned i = 1; i <= TEXTS; i++) {
		struct buf in CLEANUP(buf) = BUF_INIT, want CLEANUP(buf) = BUF_INIT, got CLEANUP(buf) = BUF_INIT;

		for (unsigned k = 0; k < 1 + i % 5; k++)
			plant(&in, i * 31 + k);
		naive_redact(in.p, in.len, plant_texts, "V_KEY", &want);
		cut(&in, i, &got);
		if (got.len != want.len || memcmp(got.p, want.p, got.len)) {
			printf("# text %u: %s\n# naive: %s\n# ours:  %s\n", i, in.p, want.p, got.p);
			OK(false, "the same as the naive redactor");
		}
	}
	OK(true, "texts were compared");
	return t_done();
}
