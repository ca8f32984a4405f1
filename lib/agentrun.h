/* SPDX-License-Identifier: MIT */
/*
 * agentrun: the time between the start of Claude Code and the end of the last
 * process it made: one poll loop over its output and input, the inbox, the
 * signals of its supervisor and its death.
 */
#ifndef JOBDIR_AGENTRUN_H
#define JOBDIR_AGENTRUN_H

#include <stdbool.h>
#include <stdint.h>
#include "agentio.h"
#include "proc.h"

struct agentrun {
	struct agentio io;
	struct proc claude;		/* started; this process is its subreaper */
	int signals;			/* proc_signalfd() of TERM, INT, HUP and CHLD */
	int64_t grace_ms;		/* TERM to KILL, as the supervisor counts it */
	int status;			/* when done: as waitpid */
	/* private */
	bool ended, terminated;
	int64_t deadline;		/* boot ms; -1: none */
};

/*
 * Converse until the agent and all that it started are gone and its output has
 * been read to the end. Any of TERM, INT and HUP is passed on as TERM. 0, or
 * -1+errno with *what saying what could not be done.
 */
int agentrun_converse(struct agentrun *a, const char **what);

#endif
