/* SPDX-License-Identifier: MIT */
/*
 * procstart: starting and reaping one process.
 */
#ifndef JOBDIR_PROCSTART_H
#define JOBDIR_PROCSTART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_FDS_MAX 16

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
	size_t nfds;			/* at most PROC_FDS_MAX */
	bool setsid;
	bool deathsig;			/* PR_SET_PDEATHSIG KILL, parent checked after */
	bool detach;			/* a grandchild in a session of its own; p->pid is -1 */
	bool own_umask;			/* else ours */
	mode_t umask;
	bool own_net;			/* pidns only: a network of its own, lo alone; … */
	int door;			/* … a socket that listens in it is sent over this one, */
	const uint16_t *ports;		/* … before it one for each of these */
	size_t nports;
};

struct proc {
	pid_t pid;
	int pidfd;			/* O_CLOEXEC */
};

/*
 * Start. Signal mask emptied and dispositions reset in the child. PATH is
 * that of envp if it has one, else ours; a file without "#!" is not handed to
 * a shell. Returns 0 with p filled, or -1 with errno of the failing step (also
 * exec's: ENOENT, EACCES) and nothing left running; *stage (may be NULL) names
 * the step: "fork", "descriptors", "cwd", "exec".
 */
int proc_start(struct proc *p, const struct proc_spec *spec, const char **stage);

/*
 * What the child of proc_start() does, for a process that was forked by other
 * means: becomes the program, or returns -1 with errno and *stage. Does not
 * touch the parent's memory and allocates nothing. path: of PATH, or NULL.
 */
int proc_become(const struct proc_spec *spec, const char *path, const char **stage);
/* The PATH that applies to a spec. */
const char *proc_path(const struct proc_spec *spec);

/* Reap. *status as waitpid. 0 or -1. Closes pidfd. */
int proc_wait(struct proc *p, int *status);
/* Send a signal through the pidfd: 0, or -1 (ESRCH: it is gone). */
int proc_kill(const struct proc *p, int sig);

/*
 * fork() with a pidfd: 1 in the child (which has everything of ours but a
 * PDEATHSIG KILL of its own, an empty signal mask and default dispositions), 0
 * in the parent, -1. An aside child is one that waitpid(-1) does not see: who
 * ends all its children can keep it (proc_wait() works on it). The first
 * process of a PID namespace cannot see whether its parent still lives: it
 * must wait for a byte from it.
 */
enum proc_fork_flags {
	PROC_FORK_ASIDE = 1 << 0,
	PROC_FORK_PIDNS = 1 << 1,	/* in new PID and mount namespaces */
	PROC_FORK_USERNS = 1 << 2,	/* in a new user namespace */
};
int proc_fork(struct proc *p, int flags);
/* In such a child: close every descriptor from 3 up but these (-1 is skipped). */
void proc_keep_fds(const int *keep, size_t n);

/* Exit status the shell's way, so that it nests: 128+N for a signal, codes over 128 become 128. */
int proc_exit_status(int wait_status);
/* 127 for ENOENT, 126 otherwise. */
int proc_exec_status(int err);

/* Block all signals and return a signalfd for those given (0-terminated list). */
int proc_signalfd(const int *signals);

/* Long-lived start-up: mask emptied, dispositions reset, dumpable off, /dev/null on 0. */
void proc_daemonise_self(void);

/* A sealed memfd with these bytes, O_CLOEXEC, positioned at 0; fd or -1. */
int proc_memfd(const char *name, const void *p, size_t len);

#endif
