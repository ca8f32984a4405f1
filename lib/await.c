/* SPDX-License-Identifier: MIT */
#include "await.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "job.h"
#include "lock.h"
#include "num.h"
#include "procstat.h"
#include "wake.h"

#define TICK_MS 10
#define WINDOW_MARGIN_S 15
#define WINDOW_UNKNOWN_S 25
#define BRIEF_MS 200

static void
on_alarm(int sig)
{
	(void)sig;			/* it is there to interrupt a system call */
}

/*
 * A timer that interrupts: SIGALRM without SA_RESTART, again and again, so
 * that a signal just before the call does not leave it asleep. Boot time, so
 * that a suspended machine does not stretch the limit.
 */
struct alarm {
	timer_t timer;
	struct sigaction before;
	sigset_t mask;			/* before: who started us may have blocked it */
	bool set;
};

static int
alarm_set(struct alarm *a, int64_t deadline_ms)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct itimerspec it = {
		.it_value = { deadline_ms / 1000, deadline_ms % 1000 * 1000000 },
		.it_interval = { 0, TICK_MS * 1000000 },
	};

	sigset_t alrm;

	*a = (struct alarm){ .set = false };
	if (deadline_ms == AWAIT_FOREVER)
		return 0;
	if (timer_create(CLOCK_BOOTTIME, &ev, &a->timer) < 0)
		return -1;
	a->set = true;
	sigemptyset(&alrm);
	sigaddset(&alrm, SIGALRM);
	(void)sigaction(SIGALRM, &sa, &a->before);		/* neither can fail */
	(void)sigprocmask(SIG_UNBLOCK, &alrm, &a->mask);
	return timer_settime(a->timer, TIMER_ABSTIME, &it, NULL);
}

static void
alarm_clear(struct alarm *a)
{
	int e = errno;

	if (a->set) {
		(void)timer_delete(a->timer);	/* ours and valid */
		(void)sigprocmask(SIG_SETMASK, &a->mask, NULL);
		(void)sigaction(SIGALRM, &a->before, NULL);
	}
	errno = e;
}

static int
lock_fd(const struct job *j)
{
	return openat(j->fd, JOB_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Block on a read lock. 1 the supervisor is gone, 0 deadline, -1. */
static int
block(struct job *j, int64_t deadline_ms)
{
	CLEANUP(fd) int fd = lock_fd(j);
	struct alarm a;
	int got;

	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	if (alarm_set(&a, deadline_ms) < 0) {
		alarm_clear(&a);
		return -1;
	}
	do
		got = lock_wait(fd, false);
	while (got < 0 && errno == EINTR && clock_boot_ms() < deadline_ms);
	alarm_clear(&a);
	if (got < 0)
		return errno == EINTR ? 0 : -1;
	return 1;
}

int
await_job(struct job *j, const struct root *r, int64_t deadline_ms)
{
	int got = job_is_terminal(j, r);

	if (got || clock_boot_ms() >= deadline_ms)
		return got;
	got = block(j, deadline_ms);
	return got < 0 ? -1 : job_is_terminal(j, r);
}

struct events {
	int token;			/* whose lock lost a writer */
	bool overflow;
};

static void
on_event(int token, int flag, const char *name, void *arg)
{
	struct events *e = arg;

	if (token < 0)
		e->overflow = true;
	if (flag == WAKE_WRITER_GONE && !strcmp(name, JOB_LOCK))
		e->token = token;
}

/* The first job that has ended: 1, 0 none, -1. */
static int
look(struct job *jobs, size_t n, const struct root *r, size_t *which)
{
	for (size_t i = 0; i < n; i++) {
		int got = job_is_terminal(&jobs[i], r);

		if (!got)
			continue;
		*which = i;
		return got;
	}
	return 0;
}

static int
poll_until(int fd, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = deadline_ms - clock_boot_ms();
	int wait = deadline_ms == AWAIT_FOREVER ? -1 : left <= 0 ? 0 :
		left > 3600000 ? 3600000 : (int)left;

	if (poll(&p, 1, wait) < 0)
		return errno == EINTR ? 0 : -1;
	return 0;
}

/*
 * The kernel tells of the close before it drops the lock, so the holder may
 * still seem to be there: block for it, briefly, because another program may
 * have had the file open for writing too and closed only that.
 */
static int
settle(struct job *jobs, const int *tokens, size_t n, int token)
{
	for (size_t i = 0; i < n; i++)
		if (tokens[i] == token)
			return block(&jobs[i], clock_boot_ms() + BRIEF_MS) < 0 ? -1 : 0;
	return 0;
}

int
await_any(struct job *jobs, size_t n, const struct root *r, int64_t deadline_ms,
	size_t *which, int *wake)
{
	CLEANUP(free) int *tokens = calloc(n + 1, sizeof *tokens);
	int got;

	*wake = tokens ? wake_open() : -1;
	if (*wake < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		tokens[i] = wake_add(*wake, jobs[i].fd, WAKE_APPEAR | WAKE_WRITER_GONE);
		if (tokens[i] < 0)
			return -1;
	}
	for (;;) {
		struct events e = { .token = -1 };

		got = look(jobs, n, r, which);
		if (got || clock_boot_ms() >= deadline_ms)
			return got;
		if (poll_until(*wake, deadline_ms) < 0 || wake_read(*wake, on_event, &e) < 0)
			return -1;
		if (e.token >= 0 && settle(jobs, tokens, n, e.token) < 0)
			return -1;
	}
}

int
await_kill_supervisor(struct job *j)
{
	CLEANUP(fd) int lock = lock_fd(j);
	CLEANUP(fd) int pidfd = -1;
	char boot[37];
	struct procstat p;
	struct job_status st;
	int64_t hz = sysconf(_SC_CLK_TCK);
	bool proved;
	int e;

	if (lock < 0 || job_status(j, NULL, &st) < 0)
		return -1;
	pidfd = st.supervisor_pid > 0 ?
		(int)syscall(SYS_pidfd_open, (pid_t)st.supervisor_pid, 0) : -1;
	proved = pidfd >= 0 && !st.terminal && st.boot_id && !clock_boot_id(boot) &&
		!strcmp(boot, st.boot_id) && !procstat_read(st.supervisor_pid, &p) &&
		!strncmp(p.comm, "jobdir-supervise", sizeof p.comm - 1) && hz > 0 &&
		p.start * 1000 / hz <= st.since_boot_ms && lock_held(lock) == 1;
	job_status_release(&st);
	if (proved && !syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0))
		return 0;
	e = proved ? errno : ESRCH;
	errno = e;
	return -1;
}

int64_t
await_window_ms(int64_t asked_sec)
{
	const char *env = getenv("JOBDIR_TOOL_TIMEOUT_SEC");
	int64_t limit = WINDOW_UNKNOWN_S;

	if (env && !num_parse(env, 1, 86400, &limit))
		limit = limit > 2 * WINDOW_MARGIN_S ? limit - WINDOW_MARGIN_S : (limit + 1) / 2;
	else
		limit = WINDOW_UNKNOWN_S;
	return (asked_sec < limit ? asked_sec : limit) * 1000;
}
