/* SPDX-License-Identifier: MIT */
/*
 * spawncall: running jobdir-spawn for a request: an active job that answers the
 * same one is given instead of a new one.
 */
#ifndef JOBDIR_SPAWNCALL_H
#define JOBDIR_SPAWNCALL_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct spawncall {
	const char *recipe, *cwd;
	int64_t timeout_ms;
	const struct buf *prompt;
	const struct buf *params;	/* a JSON object */
	const struct buf *state;	/* what else the answer depends on */
	const char *name;		/* what people call the job; or NULL */
	const char *which;		/* what it goes on with; NULL: nothing */
	bool fork;
	const char *const *walls;	/* NAME=VALUE (wallask.h), NULL-terminated; or NULL */
};

/*
 * The id, malloc'd; or NULL with why and errno: ECANCELED spawn's refusal, ECHILD that to go on
 * with a job, ESRCH: there is no such job; others are ours.
 */
char *spawncall(const struct spawncall *c, bool *deduped, struct buf *why);

#endif
