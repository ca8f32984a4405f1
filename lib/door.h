/* SPDX-License-Identifier: MIT */
/*
 * door: the model's door of one job: jobdir-gateway, which holds the login, and
 * what the agent is told instead of it.
 *
 *	door_plan(&d, …)	is there a login that a door can hold?
 *	door_secrets(&d, fd)	the job's secrets, with the token: for the redactors
 *	door_open(&d, …)	the socket is there: start the gateway
 *	door_login(&d, …)	what the agent gets
 *	door_close(&d)
 *
 * The gateway is started below a process that is forked aside (procstart.h), so that
 * ending the job's processes never ends it, and it ends with us.
 */
#ifndef JOBDIR_DOOR_H
#define JOBDIR_DOOR_H

#include "doorstate.h"

struct buf;
struct job;

/*
 * secrets: the job's memfd, -1: none. d->on if there is a login and everything a door
 * needs, and nothing says no (JOBDIR_DOOR=off, a URL that a door refuses). 0 or -1+errno;
 * why: a sentence, if there is one for people.
 */
int door_plan(struct door *d, const struct job *j, int secrets, struct buf *why);
/* The secrets, the token and what is in the person's login file, in a new memfd; fd or -1. */
int door_secrets(const struct door *d, int secrets);

/*
 * Start the gateway. inside: the job has its own network, whose socket waits in
 * d->pair; else one is opened here. log: for its messages. 1 inside, 0 outside, -1+errno.
 */
int door_open(struct door *d, const struct job *j, int log);

/*
 * d->keeper.pidfd is readable: the gateway has ended, which it does not by itself. Start
 * it again, once: 0; or -1, and nobody serves the agent any more. why: a clause; also logged.
 */
int door_again(struct door *d, const struct job *j, struct buf *why);

/* Append the agent's login: NAME=VALUE, and NAME alone to remove, each ended by NUL. */
int door_login(struct door *d, struct buf *out);

void door_close(struct door *d);

#endif
