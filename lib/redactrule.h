/* SPDX-License-Identifier: MIT */
/*
 * redactrule: the patterns of the redactor: one table of rules, each found by
 * an anchor (a fixed text) and judged by a matcher written by hand. Pure.
 */
#ifndef JOBDIR_REDACTRULE_H
#define JOBDIR_REDACTRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redacttype.h"

struct redact_rule {
	const char *name;
	const char *anchor;		/* lower case if icase */
	bool icase;
	uint8_t kind;			/* which matcher */
	uint8_t set;			/* characters of a token */
	uint8_t check;			/* what else a token must be */
	uint16_t min, max;		/* characters after the anchor; max 0: no limit */
};

const struct redact_rule *redact_rules(size_t *n);

/* Mark in pairs[65536] (first byte + 256 * second) with bit what can begin a rule. */
void redact_rules_pairs(uint8_t *pairs, uint8_t bit);

/* The rules by the first byte of their anchor: 1 + the first, 1 + the next; 0: no more. */
enum { REDACT_RULES_MAX = 255 };
struct redact_index {
	uint8_t head[256];
	uint8_t next[REDACT_RULES_MAX];
};
void redact_rules_index(struct redact_index *x);

/*
 * Judge every rule whose anchor stands at position at; at most max spans are
 * given (in *n). covered: the position lies in what is taken out already;
 * assignments are not looked for in there.
 */
enum redact_verdict redact_rules_match(const struct redact_index *x, const struct redact_text *t,
	size_t at, bool covered, struct redact_span *out, size_t max, size_t *n);

#endif
