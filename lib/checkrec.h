/* SPDX-License-Identifier: MIT */
/*
 * checkrec: checks.json, what checks found in each round. The only code that knows its members.
 */
#ifndef JOBDIR_CHECKREC_H
#define JOBDIR_CHECKREC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "json.h"

struct buf;
struct job;
struct jsonw;

struct checkone {
	char *label, *kind;		/* kind: scope, size, files, command, agent */
	bool passed;
	char *detail;			/* or NULL */
	char *log;			/* file below the job, or NULL */
	char *command;			/* as text, or NULL */
	int64_t took_ms;		/* -1: not measured */
};

struct checkround {
	int attempt;			/* 0: no agent ran */
	bool passed;
	struct checkone *v;
	size_t n;
	char **touched;			/* what the checks changed in the tree: first paths */
	size_t ntouched, touched_total;
};

/* Append; label, kind and detail are copied. The one added, or NULL+ENOMEM. */
struct checkone *checkrec_add(struct checkround *r, const char *label, const char *kind,
	bool passed, const char *detail);
void checkrec_release(struct checkround *r);

/* "NAME: passed", "NAME: failed (detail)". 0 or -1+ENOMEM. */
int checkrec_line(struct buf *out, const struct checkone *c);

/* Write checks.json: the rounds that are there already, then this. Atomic. 0 or -1+errno. */
int checkrec_put(const struct job *j, const struct checkround *r);

/* ---- reading; d is checks.json, or an empty document ---- */

/* Is it known, and did the last round pass, and did it fail for its scope? */
bool checkrec_known(const struct json *d, bool *passed, bool *strayed);
/* The array of lines of a round (a node of the array "rounds"); max: bytes of a detail, 0 all. */
void checkrec_lines(struct jsonw *w, const struct json *d, int round, size_t max);
int checkrec_last(const struct json *d);		/* node or JSON_ABSENT */
/* The last round of this attempt, or JSON_ABSENT. */
int checkrec_of(const struct json *d, int attempt);
/* How many paths the checks of a round changed in the tree. */
int64_t checkrec_touched(const struct json *d, int round);

#endif
