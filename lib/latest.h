/* SPDX-License-Identifier: MIT */
/*
 * latest: the job that "the latest" means: never one of two that it could be.
 */
#ifndef JOBDIR_LATEST_H
#define JOBDIR_LATEST_H

#include <stdint.h>
#include "job.h"

struct buf;
struct joborder;

#define LATEST_LOOK 200			/* so many jobs of the workspace are looked at */

/*
 * The newest write job of the order's directory, and of its goal_item_id if it has one. A job
 * that is not over, or another task that ran beside it, is no answer but a reason: -1 with why
 * and errno ECANCELED. 1 and j is open.
 */
int latest_write(struct job *j, const struct root *r, const struct joborder *o, struct buf *why);

/* The newest read job of the directory that ended less than max_ms ago: 1; 0 none; -1+errno. */
int latest_read(struct job *j, const struct root *r, const struct joborder *o, int64_t max_ms);

/* The newest job of the workspace of dir (NULL: here) whose session this is. 0 or -1+errno. */
int latest_session(struct job *j, const struct root *r, const char *dir, const char *session);

#endif
