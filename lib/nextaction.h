/* SPDX-License-Identifier: MIT */
/*
 * nextaction: what a caller may do next, as elements of next_actions. Only
 * tools that the caller has are named: those in $JOBDIR_ENABLED_TOOLS (names
 * with commas between; "all": every one), without it the default ones.
 */
#ifndef JOBDIR_NEXTACTION_H
#define JOBDIR_NEXTACTION_H

#include <stdbool.h>
#include <stddef.h>

struct jsonw;

/* The tools that setup enables; NULL-terminated, and how many. */
extern const char *const nextaction_default[];
size_t nextaction_defaults(void);

/* May this tool be named: is it enabled, and installed? */
bool nextaction_may(const char *tool);

/*
 * One element, if the tool may be named: its arguments are cwd, job_id (NULL:
 * none) and more, JSON members with a comma before each (",\"preview\":true" or "").
 */
void nextaction(struct jsonw *w, const char *tool, const char *reason, const char *cwd,
	const char *job_id, const char *more);

#endif
