/* SPDX-License-Identifier: MIT */
/*
 * sweep: which jobs are old or too many, and the debris between them.
 */
#ifndef JOBDIR_SWEEP_H
#define JOBDIR_SWEEP_H

#include <stddef.h>
#include <stdint.h>
#include "buf.h"
#include "job.h"

#define SWEEP_DAYS 30			/* a job is kept so long */
#define SWEEP_KEEP 1000			/* the newest so many are what is kept */

/*
 * The ids (JOB_ID_LEN + 1 bytes each) of jobs made more than older_ms ago, or
 * that keep newer ones exist beside (SIZE_MAX: only age counts), oldest first,
 * appended to ids. Of them the first *many (may be NULL) are there for their
 * number, whatever their age. slug: of one workspace; NULL: of all. 0 or -1+errno.
 */
int sweep_select(const struct root *r, const char *slug, int64_t older_ms, size_t keep,
	struct buf *ids, size_t *many);

/*
 * Remove what nothing needs: directories of jobs that were never published,
 * entries in running/ of jobs that ended, throttle records of jobs that are
 * gone, empty days. Number removed, or -1+errno.
 */
long sweep_debris(const struct root *r);

/*
 * The cleaning that spawn starts once a day: one at a time, looking at a bounded
 * number of jobs in days that retention has given up, and nothing else. Number
 * removed, 0 also when another is at it, -1+errno.
 */
long sweep_auto(const struct root *r);

#endif
