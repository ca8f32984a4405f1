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

#endif
