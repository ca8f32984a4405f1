/* SPDX-License-Identifier: MIT */
/*
 * checkrun: running one command of a check to its end, or to its time limit, and leaving
 * nothing of it behind. The caller is a child subreaper and holds a signalfd.
 *
 * Of what it says the first 8 MiB and the last 64 KiB are passed on; what lies between
 * is left out, and that is said.
 */
#ifndef JOBDIR_CHECKRUN_H
#define JOBDIR_CHECKRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct checkrun {
	/* the caller's */
	char *const *argv, *const *envp;
	int cwd;			/* directory */
	int log;			/* where its output goes; a redactor */
	int signals;			/* proc_signalfd() of TERM, INT, HUP and CHLD */
	int64_t timeout_ms;
	mode_t umask;
	const pid_t *spare;		/* children of ours forked aside that are not its */
	size_t nspare;
	/* the answer */
	int status;			/* as waitpid, if started */
	int error;			/* errno: it could not be started; 0 */
	bool timed_out;
	int stopped;			/* a signal told us to end: which; then so must the caller */
	bool left;			/* it left processes, which were killed */
	int64_t took_ms;
};

/* 0, or -1+errno: we failed, and nothing is known of the command. */
int checkrun(struct checkrun *r);

#endif
