/* SPDX-License-Identifier: MIT */
/*
 * steer: put a message, or a change of course, into the inbox of a job's running agent, and
 * find out whether it got there.
 */
#ifndef JOBDIR_STEER_H
#define JOBDIR_STEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct job;
struct root;

#define STEER_MESSAGE_MAX (1 << 20)

struct steer_want {
	const char *message;		/* NULL or empty: none */
	bool interrupt;			/* stop the turn; with a message go on with that */
	const char *model, *mode;	/* from now on; NULL: as it is. mode: see agentctl_mode() */
	int64_t timeout_ms;		/* how long to wait for the delivery */
};

enum steer_fate {
	STEER_DELIVERED,
	STEER_CANNOT,			/* no agent is at work; nothing was put there */
	STEER_REFUSED,			/* by the agent */
	STEER_ENDED,			/* the job ended before it had it */
	STEER_LATE,			/* not yet: it stays in the inbox, and may still be delivered */
	STEER_ERROR,			/* a system call failed */
};

/* words: one line for people, but for STEER_DELIVERED. */
enum steer_fate steer(struct job *j, struct root *r, const struct steer_want *want,
	struct buf *words);

#endif
