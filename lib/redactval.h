/* SPDX-License-Identifier: MIT */
/*
 * redactval: finding known values in a text, whatever encoding they are in:
 * raw; JSON, once or twice; shell quotes; URL; HTML; hexadecimal, also with
 * blanks between; base64, both alphabets, at any of the three alignments,
 * also broken into lines. The text is decoded as it is compared, so an
 * encoding may leave alone or escape what it likes. Pure.
 */
#ifndef JOBDIR_REDACTVAL_H
#define JOBDIR_REDACTVAL_H

#include <stdint.h>

#include "redacttype.h"

struct redact_values;

/*
 * values: NAME=VALUE strings, each ended by NUL, n bytes in all; the bytes
 * are copied. Values of fewer than 8 bytes are left out. A value of several
 * lines counts as a whole and by its longer lines. NULL+ENOMEM.
 */
struct redact_values *redact_values_new(const char *values, size_t n);
void redact_values_free(struct redact_values *v);	/* wipes; NULL is fine */

/* As redact_rules_pairs(). */
void redact_values_pairs(const struct redact_values *v, uint8_t *pairs, uint8_t bit);

/* The longest value that begins at position at. */
enum redact_verdict redact_values_match(const struct redact_values *v,
	const struct redact_text *t, size_t at, struct redact_span *out);

#endif
