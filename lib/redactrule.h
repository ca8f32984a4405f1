/* SPDX-License-Identifier: MIT */
/*
 * redactrule: the patterns of the redactor: one table of rules, each found by
 * an anchor (a fixed text) and judged by a matcher written by hand. Pure.
 *
 * A matcher looks at the text from the anchor on, back by at most
 * REDACT_CONTEXT bytes and forward by at most REDACT_OPEN, and its answer is
 * a function of that text alone: it asks for MORE whenever bytes that have
 * not come yet could change it.
 */
#ifndef JOBDIR_REDACTRULE_H
#define JOBDIR_REDACTRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REDACT_CONTEXT = 256,
	REDACT_OPEN = 64 << 10,
};

/* A part of the stream; final: nothing comes after it. */
struct redact_text {
	const char *p;
	size_t len;
	bool final;
};

struct redact_span {
	size_t start, end;
	const char *rule;
};

enum redact_verdict { REDACT_NONE, REDACT_MORE, REDACT_MATCH };

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
