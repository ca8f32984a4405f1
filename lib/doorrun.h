/* SPDX-License-Identifier: MIT */
/*
 * doorrun: the gateway's process. Between the files of door.h.
 */
#ifndef JOBDIR_DOORRUN_H
#define JOBDIR_DOORRUN_H

struct door;
struct job;

/* Start it, with d->keys, d->listen and d->log. 0 or -1+errno. */
int door_start(struct door *d, const struct job *j);

#endif
