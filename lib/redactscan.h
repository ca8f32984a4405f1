/* SPDX-License-Identifier: MIT */
/*
 * redactscan: where in a text a rule or a value may begin: the places that
 * are looked at closely. Four bytes are looked up at once, in vectors of 32
 * where the processor has them; what is left is looked up exactly. Pure.
 */
#ifndef JOBDIR_REDACTSCAN_H
#define JOBDIR_REDACTSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redactrule.h"

enum { REDACT_PAIR_RULE = 1, REDACT_PAIR_VALUE = 2, REDACT_PLACES = 4, REDACT_SHELVES = 3, REDACT_FOUR = 18 };

struct redact_scan {
	/* Eight buckets a shelf: a bit per bucket by half a byte, twice: for vectors. */
	uint8_t low[REDACT_SHELVES][REDACT_PLACES][32], high[REDACT_SHELVES][REDACT_PLACES][32];
	uint8_t pairs[65536];	/* REDACT_PAIR_*, by the two bytes at a position */
	uint8_t first[256];	/* … by the first of them */
	uint32_t four[(1 << REDACT_FOUR) / 32];	/* a bit per four bytes that begin a rule, hashed */
	bool values;
	bool wide;		/* the processor has the vectors */
	const uint16_t *head;	/* of the index */
};

/* What begins: the rules of the index, and the pairs that are marked in s->pairs for values. */
void redact_scan_init(struct redact_scan *s, const struct redact_index *x);

/* What may begin at p[at], of n bytes that are there: REDACT_PAIR_*. */
uint8_t redact_scan_bits(const struct redact_scan *s, const char *p, size_t at, size_t n);

/* The next position from at on that may begin something; n if none. */
size_t redact_scan_next(const struct redact_scan *s, const char *p, size_t at, size_t n);

#endif
