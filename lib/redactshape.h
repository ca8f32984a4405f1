/* SPDX-License-Identifier: MIT */
/*
 * redactshape: what a secret looks like: a small part of regular expressions.
 *
 *	x  \x		the character itself
 *	[a-z0-9_-]	one of these (- stands first or last)
 *	{n} {n,m} {n,}	so many of what stands before; {n,} only at the end
 *	?		the same as {0,1}
 *
 * Each part takes as much as it can and gives nothing back, so the work is
 * linear. A shape whose last part could go on is no match: 17 characters are
 * not "16 characters". Pure.
 */
#ifndef JOBDIR_REDACTSHAPE_H
#define JOBDIR_REDACTSHAPE_H

#include <stdint.h>

#include "redacttype.h"

enum { REDACT_PART_MAX = 1024 };	/* the most that a part but {n,} may take */

struct redact_part {
	uint32_t set[8];		/* a bit per character */
	unsigned min, max;		/* max 0: no limit */
};

/* The next part; moves *s on. 1, 0 at the end, -1: malformed at *s. */
int redact_shape_next(const char **s, struct redact_part *out);

static inline bool
redact_part_has(const struct redact_part *p, unsigned char c)
{
	return p->set[c / 32] >> (c % 32) & 1;
}

/* Is it one? NULL, or what is wrong (a constant), at *at. */
const char *redact_shape_fault(const char *shape, size_t *at);

/* Does it stand at at? *end: behind it. memo: of this shape alone, or NULL. */
enum redact_verdict redact_shape_match(const char *shape, const struct redact_text *t, size_t at,
	struct redact_run *memo, size_t *end);

#endif
