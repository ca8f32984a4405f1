/* SPDX-License-Identifier: MIT */
/*
 * verdict: what came of a job, read from its directory: the last attempt's
 * records, the sealed change, the checks, and the outcome that follows.
 */
#ifndef JOBDIR_VERDICT_H
#define JOBDIR_VERDICT_H

#include "buf.h"
#include "change.h"
#include "job.h"
#include "outcome.h"
#include "usage.h"

/* A JSON file of the job; absent or damaged: node 0 is no object. */
struct verdict_doc {
	struct buf text;
	struct json d;
};

struct jsonw;

struct verdict {
	struct job *job;
	enum job_state state;		/* what the outcome was judged by */
	struct outcome_facts facts;
	enum outcome outcome;
	const char *why;
	char *recipe;
	int attempt;			/* number of the last attempt; 0: none */
	struct verdict_doc exit, report; /* of that attempt */
	struct usage usage;		/* of all attempts together */
	bool usage_known;
	struct verdict_doc checks, isolation;
	struct change change;		/* valid if facts.change_known */
	char *change_why;		/* why there is none, or NULL */
	char *terminal_reason, *reported;
};

/*
 * Load. storing: the recipe asks, as its last act; the state is then the one
 * that the job is about to end with. 0 or -1+errno.
 */
int verdict_load(struct verdict *v, struct job *j, const struct job_status *st, bool storing);
void verdict_release(struct verdict *v);

/* The agent's answer: its structured output, or JSON_ABSENT (a node of v->report.d). */
int verdict_structured(const struct verdict *v);

/* The report as text for people, whole: headings and members. 0 or -1+ENOMEM. */
int verdict_text(const struct verdict *v, struct buf *out);

/* The last lines of the job's log, at most max bytes, cleaned; empty: there are none. 0 or -1+ENOMEM. */
int verdict_log_tail(const struct verdict *v, struct buf *out, size_t max);

/* isolation.json, as the member `isolation` of an open object; nothing where there is none. */
void verdict_isolation(struct jsonw *w, const struct verdict *v);

/* One short text: the summary of the report, or why there is none; at most max bytes. */
int verdict_summary(const struct verdict *v, struct buf *out, size_t max);

#endif
