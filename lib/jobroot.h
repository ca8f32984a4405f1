/* SPDX-License-Identifier: MIT */
/*
 * jobroot: the state root, and which jobs are in it.
 */
#ifndef JOBDIR_JOBROOT_H
#define JOBDIR_JOBROOT_H

#include <stdbool.h>
#include <stddef.h>

struct root {
	int fd;				/* O_DIRECTORY|O_CLOEXEC (O_RDONLY) */
	char *path;			/* absolute */
};

/*
 * Open the state root; with make it is created (and jobs/, running/,
 * workspaces/, queue/, slots/, trash/, waits/ are created when first used, by
 * root_dir). -1+errno; ENOENT without make: there are no jobs, and r may be
 * used all the same as the empty root that it is.
 */
int root_open(struct root *r, bool make);
void root_close(struct root *r);
/* malloc'd words for an errno of root_open(), which names the root if it can; NULL: no memory. */
char *root_why(int err);
/* Open (making it if make) a directory below the root, "queue" or "jobs/20261121". */
int root_dir(const struct root *r, const char *rel, bool make);

/* ---- listing ---- */

/*
 * Visit jobs, newest first, at most limit (0: all). Filter by slug (NULL: all
 * workspaces). fn returns 0 to go on, other to stop (that value is returned).
 * Costs the number of jobs visited plus one readdir per day shard.
 */
int job_each(const struct root *r, const char *slug, size_t limit,
	int (*fn)(const char *id, void *arg), void *arg);
/* Visit the active jobs only (running/), oldest first. */
int job_each_active(const struct root *r, int (*fn)(const char *id, void *arg), void *arg);

/*
 * running/ID, when the job is known to be terminal: remove it. Absent: 0.
 * The stale variant first proves that no such job exists and none is being
 * built (spawn makes the entry before it publishes): 1 removed, 0 left, -1.
 */
int job_running_clear(const struct root *r, const char *id);
int job_running_stale(const struct root *r, const char *id);

#endif
