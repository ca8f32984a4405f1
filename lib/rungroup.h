/* SPDX-License-Identifier: MIT */
/*
 * rungroup: runs that belong together: of one goal item, replacing one another, or going on
 * with one another's tree. Only the newest runs of the workspace are looked at.
 */
#ifndef JOBDIR_RUNGROUP_H
#define JOBDIR_RUNGROUP_H

struct jobreq;
struct jsonw;
struct run;

#define RUNGROUP_LOOK 200		/* so many jobs of the workspace */

/* The member related_runs: {continues?, continued_by?, superseded_by[], goal_runs[]}. */
void rungroup_related(struct jsonw *w, struct jobreq *q, const struct run *r);

#endif
