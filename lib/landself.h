/* SPDX-License-Identifier: MIT */
/*
 * landself: landing without anybody's word, because the work is verified: only where the job
 * was made so (tool start, isolation not given), every check passed, the outcome is success,
 * and the plan has no conflict. And what became of a job's change, for answers.
 */
#ifndef JOBDIR_LANDSELF_H
#define JOBDIR_LANDSELF_H

#include <stdbool.h>

struct buf;
struct job;
struct job_status;

#define LANDSELF_CONFIRMED "verified"	/* in landed-N.json */

/* Does this job land its change by itself? */
bool landself_wanted(const struct job *j);

/*
 * Land. By the job's own recipe, as its last step but one, or after its end. 1 landed; 2 the
 * job is not made so; 0 not, why says why, and apply/not-landed.json too; -1 with why: it cannot be known or recorded.
 */
int landself(struct job *j, const struct job_status *st, struct buf *why);

/*
 * Is the job's change in the workspace: true with why saying how ("verified",
 * "confirmed_by_user", …), false with why saying why not. For jobs with a change.
 */
bool landself_landed(const struct job *j, struct buf *why);

#endif
