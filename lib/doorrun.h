/* SPDX-License-Identifier: MIT */
/*
 * doorrun: the gateway's process. Between the files of door.h.
 */
#ifndef JOBDIR_DOORRUN_H
#define JOBDIR_DOORRUN_H

#include <stdbool.h>

struct door;
struct job;

/* A variable as the job has it: named by the user for it, else ours. malloc'd or NULL. */
char *door_variable(const struct job *j, const char *name);
/* The base URL; NULL: Anthropic's own. malloc'd. */
char *door_upstream(const struct job *j, bool adapter);
bool door_url_serves(const char *url, bool needed);

/* Start it, with d->keys, d->listen and d->log. 0 or -1+errno. */
int door_start(struct door *d, const struct job *j);

#endif
