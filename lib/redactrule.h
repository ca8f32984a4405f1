/* SPDX-License-Identifier: MIT */
/*
 * redactrule: the patterns of the redactor: one table of rules (redacttable.h)
 * and those of the user, each found by an anchor (a fixed text) and judged by
 * its shape or by a matcher written by hand. Pure.
 */
#ifndef JOBDIR_REDACTRULE_H
#define JOBDIR_REDACTRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redactchar.h"
#include "redacttype.h"

const struct redact_rule *redact_rules(size_t *n);
/* Either case of the anchor matches. */
bool redact_rule_icase(const struct redact_rule *r);
/* How and why it matches, in words for people. */
const char *redact_rule_words(const struct redact_rule *r);
/* A user's rule: the kind and the checks that it has. */
void redact_rule_plain(struct redact_rule *r);

enum {
	REDACT_RULES_MAX = 1024,	/* the user's among them */
	REDACT_ANCHOR_MIN = 3,
	REDACT_HEADS = 8192,
};

/* The rules by the first three bytes of their anchors: 1 + the first, 1 + the next; 0: no more. */
struct redact_index {
	const struct redact_rule *user;
	size_t users;
	const char *const *allowed;	/* tokens that are no secrets; ended by NULL; or NULL */
	uint16_t head[REDACT_HEADS];
	uint16_t next[REDACT_RULES_MAX];
	/* The first bytes of the anchors, in small letters: four, or three and none. */
	struct redact_first {
		uint32_t is, mask;
	} first[REDACT_RULES_MAX];
	struct redact_run run[REDACT_RULES_MAX];
	struct redact_run sets[REDACT_SETS];
};

/* user, users and allowed are set, and stay the caller's; the rest is filled in. */
void redact_index_init(struct redact_index *x);
/* n bytes of the text are forgotten. */
void redact_index_forget(struct redact_index *x, size_t n);
/* The rule at place i, or NULL behind the last. */
const struct redact_rule *redact_index_rule(const struct redact_index *x, size_t i);

/* Where in head[] rules with anchors like these three bytes are, in either case. */
static inline unsigned
redact_head(unsigned char a, unsigned char b, unsigned char c)
{
	uint32_t h = ((uint32_t)a | (uint32_t)b << 8 | (uint32_t)c << 16) | 0x202020;

	return h * 0x9e3779b1u >> 19;
}

/*
 * Judge every rule whose anchor stands at position at; at most max spans are
 * given (in *n). covered: the position lies in what is taken out already;
 * assignments are not looked for in there.
 */
enum redact_verdict redact_rules_match(struct redact_index *x, const struct redact_text *t,
	size_t at, bool covered, struct redact_span *out, size_t max, size_t *n);

#endif
