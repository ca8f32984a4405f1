/* SPDX-License-Identifier: MIT */
/*
 * landscope: how far a landing may go: what its job was allowed to change, and
 * what the person named (--accept, --only).
 */
#ifndef JOBDIR_LANDSCOPE_H
#define JOBDIR_LANDSCOPE_H

#include "survey.h"

struct job;

/*
 * The job's allowed_files (relative to the top level, without slashes at the
 * end) and max_changed_files into s. *list owns what s->allowed borrows:
 * landscope_free(). 0 or -1+errno.
 */
int landscope_limits(const struct job *j, const char *workspace, struct survey *s, char ***list);
void landscope_free(char **list);

/*
 * Every name given must mean something of the plan: a name that is misspelt
 * would otherwise land nothing, in silence. 0, or -1+EINVAL with why.
 */
int landscope_names(const struct plan *p, const char *const *accept, const char *const *only,
	struct buf *why);

#endif
