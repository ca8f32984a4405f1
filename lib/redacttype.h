/* SPDX-License-Identifier: MIT */
/*
 * redacttype: what the matchers of the redactor are given and answer.
 *
 * A matcher looks at the text from the anchor on, back by at most
 * REDACT_CONTEXT bytes and forward by at most REDACT_OPEN, and its answer is
 * a function of that text alone: it asks for MORE whenever bytes that have
 * not come yet could change it.
 */
#ifndef JOBDIR_REDACTTYPE_H
#define JOBDIR_REDACTTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REDACT_CONTEXT = 256,
	REDACT_OPEN = 64 << 10,
};

/*
 * What was seen of an endless run of characters: [start, end) are of one set.
 * A text full of anchors is so read once, not once per anchor. It saves work
 * and changes no answer.
 */
struct redact_run {
	size_t start, end;
};

/* A part of the stream; final: nothing comes after it. */
struct redact_text {
	const char *p;
	size_t len;
	bool final;
	struct redact_run *runs;	/* one per enum redact_set, or NULL */
};

struct redact_rule;

struct redact_span {
	size_t start, end;
	const char *rule;
	const struct redact_rule *row;	/* NULL: a known value */
};

enum redact_verdict { REDACT_NONE, REDACT_MORE, REDACT_MATCH };

struct redact_rule {
	const char *name;
	const char *anchor;	/* small letters where either case matches */
	const char *shape;	/* of what follows it (redactshape.h), or "" */
	uint8_t kind;		/* which matcher */
	uint8_t check;		/* what else it must be */
};

#endif
