/* SPDX-License-Identifier: MIT */
/*
 * doorask: what a job's door is to be, by the variables. "Absent" and "no memory" are
 * told apart everywhere: a door that is only missed because something failed would hand the
 * agent the login itself, or send a key to another place.
 */
#ifndef JOBDIR_DOORASK_H
#define JOBDIR_DOORASK_H

#include <stdbool.h>

struct job;

/*
 * A variable as the job has it: named by the user for it, else ours. *out is malloc'd, NULL:
 * absent or empty. 0 or -1+ENOMEM.
 */
int doorask_variable(const struct job *j, const char *name, char **out);
/* Is it 1, true or yes? 1, 0, or -1+ENOMEM. */
int doorask_is_on(const struct job *j, const char *name);
/* The base URL; NULL: Anthropic's own. 0 or -1+ENOMEM. */
int doorask_upstream(const struct job *j, bool adapter, char **out);
/* Would a gateway take it? NULL: if it is not needed. 1, 0, or -1+ENOMEM. */
int doorask_serves(const char *url, bool needed);
/* Is there a gateway to run? 1, 0, or -1+errno. */
int doorask_program(void);

#endif
