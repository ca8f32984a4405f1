/* SPDX-License-Identifier: MIT */
/*
 * dedupe: is there an active job that answers the same request? Compared, and
 * by the caller published, under the workspace's lock: there is no claim that
 * could go stale.
 */
#ifndef JOBDIR_DEDUPE_H
#define JOBDIR_DEDUPE_H

struct root;

/*
 * Take workspaces/SLUG/lock, until the process ends, and look for such a job: its id into id
 * (room for JOB_ID_LEN + 1), else "". request NULL: only the lock. 0 or -1+errno.
 */
int dedupe_begin(const struct root *r, const char *slug, const char *request, char *id);

#endif
