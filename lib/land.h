/* SPDX-License-Identifier: MIT */
/*
 * land: from a finished job to its change in a workspace. What apply does, and
 * what result shows: the plan and its token.
 *
 *	struct land l = LAND_INIT;
 *	if (land_open(&l, &job, NULL, &code, &why) < 0 ||
 *	    land_plan(&l, &want, &code, &why) < 0) …	l.plan, l.token, l.count
 *	land_close(&l);
 *
 * Everything returns 0, or -1 with *code and one sentence in why.
 */
#ifndef JOBDIR_LAND_H
#define JOBDIR_LAND_H

#include "answer.h"
#include "change.h"
#include "journal.h"
#include "leak.h"
#include "plan.h"

struct job;
struct root;

struct land {
	const struct job *job;		/* borrowed */
	struct change change;
	struct git ctl;
	char *ctl_path;
	int tree_lock;			/* the sealed change stays readable while we hold it */
	int ws;				/* top level of where it lands */
	char *workspace;		/* its path */
	struct plan plan;
	struct plan_count count;
	char token[PLAN_TOKEN];
	struct leaks leaks;		/* of the change, since land_prepare() */
};

#define LAND_INIT { .tree_lock = -1, .ws = -1 }

struct land_want {
	const char *const *accept;	/* NULL-terminated, or NULL */
	const char *const *only;
};

/*
 * Read (sealing it if nobody has) the change of a terminal job, and open the
 * workspace it lands in: the job's own, or the repository that `into` lies in.
 */
int land_open(struct land *l, const struct job *j, const char *into, enum answer_code *code,
	struct buf *why);
void land_close(struct land *l);

/* Plan against the workspace as it is now. Nothing is written but in JOB/apply. */
int land_plan(struct land *l, const struct land_want *want, enum answer_code *code,
	struct buf *why);

/* Recover what a killed landing left in the workspace, then plan, and look for secrets. */
int land_prepare(struct land *l, const struct land_want *want, struct journal_report *r,
	enum answer_code *code, struct buf *why);

/* apply/preview.json, and its token. land_previewed: 0, or -1+errno (ENOENT: none). */
int land_record_preview(const struct land *l);
int land_previewed(const struct land *l, char token[PLAN_TOKEN]);

/*
 * Land: take the workspace's lock, recover what an earlier landing left, plan
 * again, compare with token, run the journal, write landed-N.json. confirmed:
 * how the user said yes, for the record. Afterwards l->plan is the plan that
 * was landed. On ANSWER_CONFLICT and ANSWER_TOKEN_MISMATCH l->plan is the new
 * plan. An entry of r->kept is a file with two versions.
 */
int land_do(struct land *l, const struct land_want *want, const char *token,
	const char *confirmed, struct journal_report *r, enum answer_code *code,
	struct buf *why);

/* The landing covers the whole change: nothing was left out or refused. */
bool land_complete(const struct land *l);
/*
 * After a complete landing: remove the job's tree, repositories and home. Not
 * complete, or an error: why says so and the tree stays.
 */
bool land_cleanup(struct land *l, const struct root *r, struct job *j, struct buf *why);

#endif
