/* SPDX-License-Identifier: MIT */
/*
 * runs: a finished job of an agent seen as a log entry. There is no second store: an entry is read from the job's
 * own records, and its id is the job's.
 */
#ifndef JOBDIR_RUNS_H
#define JOBDIR_RUNS_H

#include <stdbool.h>
#include "job.h"

struct json;
struct jsonw;

/* What a run was, from job.json and result.json alone. Strings malloc'd or NULL. */
struct run {
	const char *type;		/* query, review, implement; NULL: no agent's job */
	char *recipe, *cwd, *goal, *supersedes;
	char *status, *summary, *error, *session;	/* of result.json */
	const char *lifecycle;
	bool tree;			/* its working tree is there */
	int checks, passed;		/* commands that judged it; 0: none */
	int denials;
};

/* Read. 0, or -1: it is no run (not ended, or no agent's). Release in any case. */
int run_read(struct run *r, struct job *j, const struct job_status *st);
void run_release(struct run *r);

/* The members by which a list tells runs apart, into an open object. */
void run_line(struct jsonw *w, const struct run *r, const struct job *j);

/* The object of an entry. */
void run_entry(struct jsonw *w, const struct run *r, const struct job *j,
	const struct job_status *st);

#endif
