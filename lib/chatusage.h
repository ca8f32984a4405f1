/* SPDX-License-Identifier: MIT */
/*
 * chatusage: the token bill of one answer, in a provider's words and in ours.
 */
#ifndef JOBDIR_CHATUSAGE_H
#define JOBDIR_CHATUSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct chatusage {
	bool known;		/* the provider said it; else all is estimated */
	int64_t input;		/* prompt tokens, without the cached ones */
	int64_t cached;		/* prompt tokens read from a cache */
	int64_t output;		/* all that was written, reasoning included */
	int64_t reasoning;	/* of these */
};

/*
 * Take a usage object (valid JSON text); what is no usage (null, {}) changes
 * nothing. Later ones replace earlier ones, but a number never becomes 0.
 */
void chatusage_take(struct chatusage *u, const char *json, size_t len);

/*
 * Append {"input_tokens":…,…} as Anthropic has it. The client keeps its estimate
 * where it sees a 0, so a wholly cached prompt counts one token as input.
 */
void chatusage_write(struct buf *out, const struct chatusage *u);

#endif
