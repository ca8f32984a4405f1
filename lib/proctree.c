/* SPDX-License-Identifier: MIT */
/*
 * Ending all descendants without a namespace or a cgroup. What a child leaves
 * behind becomes our child (subreaper), so nothing escapes upwards; what forks
 * while we look is stopped first, and only waitpid() saying that there is no
 * child left ends the loop. Nothing is signalled by its number: a pidfd is
 * opened, and who it is looked at again after.
 */
#include "proctree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "lock.h"
#include "procstat.h"

#define SETTLE_MS 50

int
proc_lock_waiter(struct proc *p, int lockfd, bool exclusive)
{
	int got = proc_fork(p, PROC_FORK_ASIDE);

	if (got <= 0)
		return got;
	proc_keep_fds(&lockfd, 1);
	_exit(lock_wait(lockfd, exclusive) < 0 ? 1 : 0);
}

struct seen {
	pid_t pid;
	pid_t parent;
	bool ours;			/* a descendant of us */
	int pidfd;			/* -1: gone, spared, or not ours */
};

struct tree {
	struct buf b;			/* struct seen[] in order of /proc: ascending pids */
	const pid_t *spare;
	size_t nspare;
	pid_t self;
};

static struct seen *
all(struct tree *t, size_t *n)
{
	*n = t->b.len / sizeof(struct seen);
	return (struct seen *)(void *)t->b.p;
}

/* The parent of a process, or -1. A zombie counts as gone. */
static pid_t
parent_of(pid_t pid)
{
	struct procstat s;

	return procstat_read(pid, &s) < 0 || s.state == 'Z' || s.state == 'X' ? -1 : s.parent;
}

static bool
spared(const struct tree *t, pid_t pid)
{
	for (size_t i = 0; i < t->nspare; i++)
		if (t->spare[i] == pid)
			return true;
	return false;
}

static int
look(struct tree *t)
{
	CLEANUP(dir) DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d)
		return -1;
	buf_reset(&t->b);
	while ((errno = 0, e = readdir(d))) {
		struct seen s = { .pid = (pid_t)strtol(e->d_name, NULL, 10), .pidfd = -1 };

		if (s.pid <= 0 || s.pid == t->self)
			continue;
		s.parent = parent_of(s.pid);
		if (s.parent > 0 && buf_add(&t->b, &s, sizeof s) < 0)
			return -1;
	}
	return errno ? -1 : 0;
}

static int
by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct seen *)a)->pid, y = ((const struct seen *)b)->pid;

	return (x > y) - (x < y);
}

/* Mark descendants until a pass finds no more; pids may have wrapped, so no one pass does. */
static void
mark(struct tree *t)
{
	size_t n;
	struct seen *s = all(t, &n);
	bool more = n > 0;

	if (n)
		qsort(s, n, sizeof *s, by_pid);
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++) {
			struct seen key = { .pid = s[i].parent };
			const struct seen *up;

			if (s[i].ours || spared(t, s[i].pid))
				continue;
			up = bsearch(&key, s, n, sizeof *s, by_pid);
			if (s[i].parent == t->self || (up && up->ours))
				s[i].ours = more = true;
		}
	}
}

static int
signal_one(struct tree *t, struct seen *s, int sig)
{
	pid_t now;

	s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (s->pidfd < 0)
		return 0;
	/* Orphaned meanwhile it is our child; anything else is a new owner of the number. */
	now = parent_of(s->pid);
	if ((now == s->parent || now == t->self) &&
	    !syscall(SYS_pidfd_send_signal, s->pidfd, sig, NULL, 0))
		return 1;
	cleanup_fd(&s->pidfd);
	return 0;
}

/* Number that got sig, which holds them by their pidfds; -1. */
static int
round_of(struct tree *t, int sig)
{
	struct seen *s;
	size_t n;
	int count = 0;

	if (look(t) < 0)
		return -1;
	mark(t);
	s = all(t, &n);
	for (size_t i = 0; i < n; i++)
		if (s[i].ours)
			count += signal_one(t, &s[i], sig);
	return count;
}

static void
kill_round(struct tree *t)
{
	size_t n;
	struct seen *s = all(t, &n);

	for (size_t i = 0; i < n; i++)
		if (s[i].pidfd >= 0)
			(void)syscall(SYS_pidfd_send_signal, s[i].pidfd, SIGKILL, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		struct pollfd p = { .fd = s[i].pidfd, .events = POLLIN };

		if (p.fd < 0)
			continue;
		(void)poll(&p, 1, SETTLE_MS);	/* only spares rounds; waitpid decides */
		cleanup_fd(&s[i].pidfd);
	}
}

static void
drop_round(struct tree *t)
{
	size_t n;
	struct seen *s = all(t, &n);

	for (size_t i = 0; i < n; i++)
		cleanup_fd(&s[i].pidfd);
}

/*
 * The children that the kernel lists for us, without a walk over /proc: a
 * process that only forks and exits is seen here while it lives, because its
 * parent is dead and it is ours. Stopped and killed one by one.
 */
static int
kill_listed(const struct tree *t)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	int count = 0;
	char *p, *end;

	if (fd < 0 || buf_read(&text, fd, 1u << 20) < 0)
		return 0;		/* not every kernel has it */
	for (p = text.p; *p; p = end) {
		pid_t pid = (pid_t)strtol(p, &end, 10);

		if (end == p)
			break;
		/* Our own child keeps its number until we reap it, and we do that after. */
		if (pid > 0 && !spared(t, pid) && !kill(pid, SIGKILL))
			count++;
	}
	return count;
}

/* Reap what is dead: 1 children are left, 0 none. */
static int
reap_all(void)
{
	for (;;) {
		pid_t got = waitpid(-1, NULL, WNOHANG);

		if (!got)
			return 1;
		if (got < 0 && errno != EINTR)
			return 0;	/* ECHILD */
	}
}

/*
 * Does /proc number processes as we do? Below a PID namespace without a /proc
 * of its own it does not, and its numbers are somebody else's here.
 */
static bool
own_proc(pid_t self)
{
	char to[32];
	ssize_t n = readlink("/proc/self", to, sizeof to - 1);

	if (n <= 0)
		return false;
	to[n] = '\0';
	return strtol(to, NULL, 10) == self;
}

int
proc_end_children(int sig, const pid_t *spare, size_t nspare)
{
	struct tree t = { .b = BUF_INIT, .spare = spare, .nspare = nspare, .self = getpid() };
	int total = 0, got = 0;

	if (!own_proc(t.self)) {
		errno = ENOTSUP;
		return -1;
	}
	if (sig != SIGKILL) {
		got = round_of(&t, sig);
		drop_round(&t);
		buf_release(&t.b);
		return got;
	}
	while (got >= 0 && reap_all()) {
		total += kill_listed(&t);
		got = round_of(&t, SIGSTOP);
		if (got >= 0)
			kill_round(&t);
		total += got > 0 ? got : 0;
	}
	buf_release(&t.b);
	return got < 0 ? -1 : total;
}

void
proc_reap_orphans(pid_t pid)
{
	for (;;) {
		siginfo_t si = { 0 };

		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid == 0 ||
		    si.si_pid == pid)
			return;
		(void)waitpid(si.si_pid, NULL, WNOHANG);	/* just seen dead */
	}
}
