/* SPDX-License-Identifier: MIT */
/*
 * reportcut: any JSON value for an answer: as deep and as long as the limits
 * say, its texts made data (answer.h).
 */
#ifndef JOBDIR_REPORTCUT_H
#define JOBDIR_REPORTCUT_H

#include <stdbool.h>
#include <stddef.h>
#include "json.h"

struct jsonw;

/* How much: bytes of one text, elements of one list, files of the change. */
struct report_limits {
	size_t text, list, files;
};

struct report_cut {
	const struct report_limits *l;
	const char *where;		/* the file that has it whole */
	const char *const *skip;	/* members left out at the top; NULL-terminated; or NULL */
	bool ours;			/* no agent wrote it */
};

/* depth: 0 for the whole. */
void report_value(struct jsonw *w, const struct json *d, int node, const struct report_cut *c,
	int depth);
/* A member, if it is there. */
void report_member(struct jsonw *w, const struct json *d, int obj, const char *name,
	const struct report_cut *c);
/* Words of ours with a name in them; name NULL: an element. */
void report_words(struct jsonw *w, const char *name, const char *s);

#endif
