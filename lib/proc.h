/* SPDX-License-Identifier: MIT */
/*
 * proc: starting, watching and ending processes.
 *
 * argv vectors always; never a shell. Everything between fork and exec is
 * async-signal-safe; a failure there comes back to the parent as errno and a
 * stage through a close-on-exec pipe.
 */
#ifndef JOBDIR_PROC_H
#define JOBDIR_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;

/* One descriptor given to a child: from becomes to. All others are closed. */
struct proc_fd {
	int from;
	int to;
};

struct proc_spec {
	char *const *argv;		/* argv[0] is the file; searched in PATH if it has no '/' */
	char *const *envp;		/* NULL: ours */
	int cwd_fd;			/* -1: ours */
	const struct proc_fd *fds;	/* 0,1,2 not named become /dev/null */
	size_t nfds;
	bool setsid;
	bool deathsig;			/* PR_SET_PDEATHSIG KILL, parent checked after */
};

struct proc {
	pid_t pid;
	int pidfd;			/* O_CLOEXEC */
};

/*
 * Start. Signal mask emptied and dispositions reset in the child. Returns 0
 * with p filled, or -1 with errno of the failing step (also exec's: ENOENT,
 * EACCES) and nothing left running; *stage (may be NULL) names the step.
 */
int proc_start(struct proc *p, const struct proc_spec *spec, const char **stage);

/* Reap. *status as waitpid. 0 or -1. Closes pidfd. */
int proc_wait(struct proc *p, int *status);

/* Exit status the shell's way, with the propagation rule of style.md: 128+N for a signal, payload codes >= 128 become 128. */
int proc_exit_status(int wait_status);
/* 127 for ENOENT, 126 otherwise. */
int proc_exec_status(int err);

/*
 * Run to completion collecting stdout (into out, at most max bytes, EFBIG
 * beyond) and stderr (into err, first 4 kB; NULL: /dev/null), with in (may be
 * NULL) on stdin. timeout_ms < 0: none; on time-out the child is killed and
 * errno is ETIMEDOUT. *status as waitpid. 0 or -1.
 */
int proc_run(const struct proc_spec *spec, const void *in, size_t inlen,
	struct buf *out, size_t max, struct buf *err, int64_t timeout_ms, int *status);

/*
 * A child that blocks on a lock and exits: a lock one can poll for. The open
 * file description is shared, so when it has exited 0 the lock is ours.
 * Dies with us. -1+errno.
 */
int proc_lock_waiter(struct proc *p, int lockfd, bool exclusive);

/*
 * End every descendant of this process (which must be a child subreaper):
 * STOP all, then KILL all, reap, repeat until waitpid says ECHILD. pids in
 * spare[] are left alone. With sig != SIGKILL: one round of sig only.
 * Number signalled in all, -1 on error.
 */
int proc_end_children(int sig, const pid_t *spare, size_t nspare);

/* Block all signals and return a signalfd for those given (0-terminated list). */
int proc_signalfd(const int *signals);

/* Long-lived start-up: mask emptied, dispositions reset, dumpable off, /dev/null on 0. */
void proc_daemonise_self(void);

/* A sealed memfd with these bytes, O_CLOEXEC, positioned at 0; fd or -1. */
int proc_memfd(const char *name, const void *p, size_t len);

#endif
