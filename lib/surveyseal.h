/* SPDX-License-Identifier: MIT */
/*
 * surveyseal: what is asked of a survey beside the plan: what of a change must be
 * named, and the bytes that a landing brings.
 */
#ifndef JOBDIR_SURVEYSEAL_H
#define JOBDIR_SURVEYSEAL_H

#include "survey.h"

/*
 * What of the change must be named by the user, and what
 * no one may have (links that leave the tree, paths that stand for .git). What is
 * neither is add, modify or delete.
 */
int survey_asks(const struct survey *s, struct plan *p, struct buf *why);

/*
 * The bytes an entry is to have after landing, for journal_land(): from the
 * plan, from the sealed blob, or (PLAN_KEEP) from the workspace.
 */
struct survey_source {
	struct git_cat cat;		/* on ctl */
	int ws;
	const struct plan *plan;	/* whose entries are asked for in order; NULL: any */
	size_t next;			/* 0 */
};
int survey_bytes(const struct plan_entry *e, struct buf *out, void *source);

#endif
