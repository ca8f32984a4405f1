/* SPDX-License-Identifier: MIT */
/*
 * treeback: the tree as it was when its change was recorded. A check may write in the tree
 * (that is what builds and formatters do); what it wrote is no part of the change, so before
 * the agent goes on the tree is put back, and the next look at it is exact.
 */
#ifndef JOBDIR_TREEBACK_H
#define JOBDIR_TREEBACK_H

#include "change.h"

struct job;

/*
 * The paths in which now (change_now()) differs from was (change_record()), in byte order:
 * malloc'd vector (strv_free()) of at most max, *total how many. 0 or -1+ENOMEM.
 */
int treeback_list(const struct change *was, const struct change *now, size_t max, char ***paths,
	size_t *n, size_t *total);

/* Put all of them back. Nobody may be at work in the tree. 0; -1 with why. */
int treeback(const struct job *j, const struct change *was, const struct change *now,
	struct buf *why);

#endif
