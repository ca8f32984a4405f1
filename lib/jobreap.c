/* SPDX-License-Identifier: MIT */
/*
 * The cookie scan, the last net (R2.1): nothing is signalled by its number. A
 * pidfd is opened first and the environment read after: if the number was
 * reused in between, the pidfd's process is dead and signalling it fails.
 *
 * A pass that finds nobody proves little: who forks and exits for ever is
 * another process by the time it is looked at, and who executes something has
 * no environment for a moment. So it counts only when no process was made
 * meanwhile and none was without environment; else the newest are looked at
 * alone, which is quicker than they are, and another pass is made.
 */
#include "jobreap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buf.h"
#include "cgroup.h"
#include "clock.h"
#include "jobown.h"
#include "store.h"

#define ROUNDS 200			/* a process that cannot die must not hold us for ever */
#define FOUND_MAX 512			/* per round; the next round gets the rest */
#define SETTLE_MS 100
#define QUIET_MAX 5			/* passes in a row that prove little and find nobody */
#define CHASE_MS 30			/* at the newest, after each of them */
#define CHASE_PIDS 4
#define INIT_MS 5000			/* its processes may be in the middle of much to do */
#define ENVIRON_MAX (8u << 20)
#define JOB_IS "JOBDIR_JOB="

struct scan {
	struct buf env;
	char cookie[64];
	size_t cookie_len;
	struct stat job;		/* its directory */
	int found[FOUND_MAX];		/* pidfds */
	int n;
	int bare;			/* processes of ours without an environment */
};

/* The id may be that of a job in a copied state root: then the original is another's. */
static bool
is_elsewhere(const struct scan *s, const char *path)
{
	struct stat st;

	return !stat(path, &st) && (st.st_ino != s->job.st_ino || st.st_dev != s->job.st_dev);
}

/* Does "NAME=VALUE\0…" hold exactly the cookie, and no other directory? */
static bool
has_cookie(const struct scan *s)
{
	const char *p = s->env.p, *end = p + s->env.len;
	bool has = false;

	while (p < end) {
		size_t left = (size_t)(end - p);
		const char *nul = memchr(p, '\0', left);
		size_t n = nul ? (size_t)(nul - p) : left;

		has |= n == s->cookie_len && !memcmp(p, s->cookie, n);
		/* The buffer ends in NUL, and so does each of its parts. */
		if (n > sizeof JOB_IS - 1 && !memcmp(p, JOB_IS, sizeof JOB_IS - 1) &&
		    is_elsewhere(s, p + sizeof JOB_IS - 1))
			return false;
		p += n + 1;
	}
	return has;
}

/* A pidfd of the process if it belongs to the job, else -1. */
static int
member(struct scan *s, int proc, const char *name)
{
	CLEANUP(fd) int pidfd = -1;
	CLEANUP(fd) int dir = -1;
	struct stat st;
	long pid = strtol(name, NULL, 10);
	char c;

	if (pid <= 0 || pid > INT_MAX || pid == getpid())
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);	/* close-on-exec by itself */
	if (pidfd < 0)
		return -1;
	dir = store_opendir(proc, name);
	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != geteuid())
		return -1;
	buf_reset(&s->env);
	/* Not readable: not ours to judge. Too big: what was read is searched. */
	if (store_read(dir, "environ", &s->env, ENVIRON_MAX) < 0 && errno != EFBIG)
		return -1;
	/* In the middle of an exec. A kernel thread or a zombie has no program either. */
	s->bare += !s->env.len && readlinkat(dir, "exe", &c, 1) > 0;
	return has_cookie(s) ? steal_fd(&pidfd) : -1;
}

/* Keep it if it is a member: stopped at once, so that it cannot fork away while we look on. */
static void
look_at(struct scan *s, int proc, const char *name)
{
	int pidfd = member(s, proc, name);

	if (pidfd < 0)
		return;
	(void)syscall(SYS_pidfd_send_signal, pidfd, SIGSTOP, NULL, 0);	/* dead is fine */
	s->found[s->n++] = pidfd;
}

static int
scan_round(struct scan *s)
{
	CLEANUP(dir) DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d)
		return -1;
	s->n = s->bare = 0;
	while (s->n < FOUND_MAX && (errno = 0, e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			look_at(s, dirfd(d), e->d_name);
	return 0;
}

/* The number that was given to a process last; -1 if that cannot be told. */
static long
newest(int proc)
{
	CLEANUP(fd) int fd = openat(proc, "loadavg", O_RDONLY | O_CLOEXEC);
	char text[128];
	const char *last;
	ssize_t n = fd < 0 ? -1 : store_read_some(fd, text, sizeof text - 1);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	last = strrchr(text, ' ');
	return last ? strtol(last, NULL, 10) : -1;
}

/* Look at the newest processes, again and again, until one of the job's is held. */
static void
chase(struct scan *s, int proc)
{
	int64_t until = clock_boot_ms() + CHASE_MS;

	while (!s->n && clock_boot_ms() < until) {
		long last = newest(proc);

		for (long pid = last; pid > 0 && pid > last - CHASE_PIDS; pid--) {
			char name[24];

			(void)snprintf(name, sizeof name, "%ld", pid);	/* fits */
			look_at(s, proc, name);
		}
	}
}

/* Kill what was found; number of signals that arrived. */
static int
kill_round(struct scan *s)
{
	int killed = 0;

	for (int i = 0; i < s->n; i++)
		killed += !syscall(SYS_pidfd_send_signal, s->found[i], SIGKILL, NULL, 0);
	for (int i = 0; i < s->n; i++) {
		struct pollfd p = { .fd = s->found[i], .events = POLLIN };

		(void)poll(&p, 1, SETTLE_MS);	/* only to spare a round; the scan decides */
		(void)close(s->found[i]);	/* a pidfd */
	}
	return killed;
}

/*
 * Who threw the cookie away is in the PID namespace or in the cgroup, if the job
 * had one. The kernel ends the first because its init's parent is dead, but a
 * moment after the lock was free.
 */
static int
end_contained(int jobfd, const char *id)
{
	struct pidmark init;
	CLEANUP(free) char *path = job_left(jobfd, &init);
	char name[CGROUP_NAME];
	int n = path && !cgroup_name(name, id, jobfd) ? cgroup_end_left(path, name) : 0;

	(void)pidmark_wait(&init, INIT_MS);	/* the scan below ends whom it can */
	return n < 0 ? 0 : n;		/* no more there, mostly */
}

int
job_reap_lost(int jobfd, const char *id)
{
	CLEANUP(fd) int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct scan *s = proc < 0 ? NULL : calloc(1, sizeof *s);
	int total = end_contained(jobfd, id), got = 0, quiet = 0;
	bool moved;

	if (!s)
		return -1;
	buf_init(&s->env);
	if (fstat(jobfd, &s->job) < 0)
		s->job = (struct stat){ 0 };	/* equal to none */
	s->cookie_len = (size_t)snprintf(s->cookie, sizeof s->cookie, "JOBDIR_ID=%.40s", id);
	for (int i = 0; i < ROUNDS && quiet < QUIET_MAX; i++) {
		long before = newest(proc);

		got = scan_round(s);
		moved = newest(proc) != before;
		if (got < 0 || (!s->n && !s->bare && !moved))
			break;
		if (!s->n && moved)
			chase(s, proc);
		quiet = s->n ? 0 : quiet + 1;
		total += kill_round(s);
	}
	buf_release(&s->env);
	free(s);
	return got < 0 ? -1 : total;
}
