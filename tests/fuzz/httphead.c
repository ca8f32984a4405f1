/* SPDX-License-Identifier: MIT */
/* Any bytes as the head of a request: spans inside, and a part never says more than the whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "httphead.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct httphead_span s, const char *p, size_t len)
{
	if (s.p < p || s.p + s.len > p + len || memchr(s.p, '\n', s.len) || memchr(s.p, 0, s.len))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct httphead h, part;
	char *p = malloc(size ? size : 1);
	int whole, got;

	if (!p)
		return 0;
	if (size)
		memcpy(p, data, size);
	whole = httphead_parse(&h, p, size);
	if (whole == HTTPHEAD_OK) {
		if (h.len > size || h.len > HTTPHEAD_MAX || (h.chunked && h.content_length >= 0))
			abort();
		inside(h.method, p, h.len);
		inside(h.target, p, h.len);
		for (size_t i = 0; i < h.nfields; i++) {
			inside(h.field[i].name, p, h.len);
			inside(h.field[i].value, p, h.len);
		}
	}
	for (size_t i = 0; i < size; i += 1 + size / 16) {
		got = httphead_parse(&part, p, i);
		/* A refusal stays one; a complete head stays the same. */
		if ((got > HTTPHEAD_MORE && whole <= HTTPHEAD_MORE) || (got == HTTPHEAD_OK &&
		    (whole != HTTPHEAD_OK || part.len != h.len)))
			abort();
	}
	free(p);
	return 0;
}
