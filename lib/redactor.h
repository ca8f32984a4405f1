/* SPDX-License-Identifier: MIT */
/*
 * redactor: processes of supervise's own through which everything a job says
 * goes into its files. Each is forked, not executed: it keeps three
 * descriptors and nothing else, and cannot gain privileges. They are forked
 * aside (procstart.h), so ending the job's processes never ends them.
 */
#ifndef JOBDIR_REDACTOR_H
#define JOBDIR_REDACTOR_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "proc.h"
#include "redactuser.h"

#define REDACTOR_MAX 64

struct redactors {
	int secrets;			/* memfd: NAME=VALUE, each ended by NUL; -1: none */
	struct redact_user user;	/* the user's rules: the children have them from us */
	size_t n;
	struct proc proc[REDACTOR_MAX];
	bool failed;			/* one ended otherwise than well: trust nothing more */
};

/*
 * Start one that writes to out; done (-1: none) is held open as long as it
 * lives, and told: the same is written there. Returns the descriptor to write into,
 * or -1 (EBUSY: too many). out and done stay the caller's to close.
 */
int redactor_start(struct redactors *r, int out, int done, bool told);

/* Look after another child of ours that was forked aside, which must end with 0. EBUSY: too many. */
int redactor_adopt(struct redactors *r, const struct proc *p);

/* Fill p[] (room for REDACTOR_MAX) with what tells of an end; how many. */
size_t redactor_poll(const struct redactors *r, struct pollfd *p);
/* Reap those that have ended. */
void redactor_reap(struct redactors *r);
/* End all of them by force. */
void redactor_kill(struct redactors *r);
/* Their pids, for proc_end_children(); how many. */
size_t redactor_pids(const struct redactors *r, pid_t pids[REDACTOR_MAX]);

#endif
