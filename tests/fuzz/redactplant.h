/* SPDX-License-Identifier: MIT */
/* redactplant: pieces of text that the redactor has to look at twice. */
#ifndef JOBDIR_REDACTPLANT_H
#define JOBDIR_REDACTPLANT_H

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "num.h"
#include "redactshape.h"
#include "redacttable.h"

/* All of one name: which of two values of the same length is named does not matter. */
static const char plant_values[] = "V_KEY=s3cr3t-Value-42\0V_KEY=ab\\cd/ef gh\0V_KEY=aaaaaaaa\0"
	"V_KEY=x\\u00e9\xc3\xa9" "abc\0V_KEY=aaaaaaaab<c&d'e\"f%g+h\0";
static const char *const plant_texts[] = { "s3cr3t-Value-42", "ab\\cd/ef gh", "aaaaaaaa",
	"x\\u00e9\xc3\xa9" "abc", "aaaaaaaab<c&d'e\"f%g+h", NULL };

static unsigned
plant_any(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

/* A text of the shape, mostly; sometimes one too long or too short. */
static void
plant_shape(struct buf *out, const char *shape, unsigned *seed)
{
	struct redact_part part;

	while (redact_shape_next(&shape, &part) == 1) {
		unsigned n = part.min + (part.max ? plant_any(seed, part.max - part.min + 1) : plant_any(seed, 8));
		unsigned char set[256];
		unsigned have = 0;

		for (unsigned c = 0; c < 256; c++)
			if (redact_part_has(&part, (unsigned char)c))
				set[have++] = (unsigned char)c;
		n += plant_any(seed, 16) == 0;
		n -= n && plant_any(seed, 16) == 0;
		while (n--)
			(void)buf_addch(out, (char)set[plant_any(seed, have)]);
	}
}

/* A value, each byte as it is or encoded in one way. */
static void
plant_value(struct buf *out, const char *v, unsigned *seed)
{
	static const char *const codes[] = { "%c", "%%%02X", "%%%02x", "\\u%04x", "\\x%02x", "\\\\u%04x", "\\%c",
	    "\\\\\\%c", "%02x", "%02X ", "&#%d;", "&#x%x;", "\\\\x%02x" };
	unsigned how = plant_any(seed, 16), rest = plant_any(seed, 3);
	struct buf in CLEANUP(buf) = BUF_INIT, b64 CLEANUP(buf) = BUF_INIT;

	if (how < 13) {
		for (; *v; v++)
			(void)buf_addf(out, codes[how < 8 && plant_any(seed, 3) < rest ? 0 : how], (unsigned char)*v);
		return;
	}
	for (size_t n = plant_any(seed, 80); n; n--)
		(void)buf_addch(&in, (char)plant_any(seed, 256));
	(void)buf_addstr(&in, v);
	(void)buf_addstr(&in, "tail");
	(void)num_base64(&b64, in.p, in.len);
	for (size_t i = 0; i < b64.len; i++) {
		if (i && i % 76 == 0)
			(void)buf_addstr(out, rest ? "\n" : "\\n   12\\t");
		if (rest == 2 && b64.p[i] == '/')
			(void)buf_addch(out, '\\');
		(void)buf_addch(out, b64.p[i]);
	}
}

static void
plant(struct buf *out, unsigned seed)
{
	static const char *const odd[] = { "token=", "\"password\": \"", "\\\"", "\\", "://u:", "@h/", "\n", " ", "\"",
	    "Authorization: Bearer ", "-----BEGIN PRIVATE KEY-----\n", "-----END", "MIIEvQIBADANBgkqhkiG9w0BAQ", "=",
	    "\\n", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", "api_key", ": ", "'", "\033[1m", "cookie: a=b", ".", "-",
	    "hunter22a1b2c3", "x0y1z2x3y4z5w6", "\\u00", "setenv(\"A_TOKEN\", \"" };
	const struct redact_rule *r;
	size_t n = sizeof rules / sizeof *rules;

	for (unsigned k = 1 + plant_any(&seed, 4); k; k--)
		switch (plant_any(&seed, 4)) {
		case 0:
			(void)buf_addstr(out, odd[plant_any(&seed, sizeof odd / sizeof *odd)]);
			break;
		case 1:
			plant_value(out, plant_texts[plant_any(&seed, 5)], &seed);
			break;
		default:
			r = &rules[plant_any(&seed, (unsigned)n)];
			(void)buf_addstr(out, r->anchor);
			if (r->kind == NEAR)
				(void)buf_addstr(out, plant_any(&seed, 2) ? "_key = \"" : "Token: ");
			plant_shape(out, r->shape, &seed);
			if (plant_any(&seed, 2))
				(void)buf_addstr(out, odd[plant_any(&seed, sizeof odd / sizeof *odd)]);
		}
}

#endif
