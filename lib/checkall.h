/* SPDX-License-Identifier: MIT */
/*
 * checkall: judging a job: all its checks in their order, and checks.json.
 */
#ifndef JOBDIR_CHECKALL_H
#define JOBDIR_CHECKALL_H

#include "attempt.h"
#include "buf.h"
#include "change.h"
#include "checklog.h"
#include "checkrec.h"
#include "checkspec.h"

struct checkall {
	/* the caller's */
	const struct job *job;
	const struct checkspec *spec;
	bool terminal;			/* the job is over: its change is sealed if nobody did */
	bool by_hand;			/* not one of the job's own steps: we are outside its walls */
	int signals;			/* see checkrun.h */
	/* told of every check as it is done */
	void (*told)(const struct checkone *c, void *arg);
	void *arg;
	/* found */
	int attempt;			/* newest; 0: no agent ran */
	struct checkround round;
	bool changed_known;
	struct change change;		/* what was judged */
	struct change after;		/* the tree after the checks; valid if touched_known */
	bool touched_known;
	struct buf exit_text, report_text;
	struct json exit, report;	/* of the attempt */
	struct checklog log;
	int stopped;			/* the signal that ended us early */
};

/* 0, and the round is recorded; 1 a signal came (stopped): nothing is; -1 with why. */
int checkall(struct checkall *a, struct buf *why);
void checkall_release(struct checkall *a);

#endif
