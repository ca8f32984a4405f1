/* SPDX-License-Identifier: MIT */
#include "agentrun.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "clock.h"

#define LINGER_MS 60000			/* from the result to the agent's own end */

/* TERM first; what is left at the deadline is killed. */
static void
terminate(struct agentrun *a)
{
	if (a->terminated || a->ended)
		return;
	a->terminated = true;
	/* before the supervisor's own KILL, so that the records are still written */
	a->deadline = clock_boot_ms() + (a->grace_ms > 2000 ? a->grace_ms - 1000 : a->grace_ms / 2);
	(void)kill(a->claude.pid, SIGTERM);	/* not reaped yet: the pid is its */
}

/* The agent is gone: so must be all that it started, or its output never ends. */
static int
end_all(struct agentrun *a)
{
	if (proc_wait(&a->claude, &a->status) < 0)
		return -1;
	a->ended = true;
	a->deadline = -1;
	return proc_end_children(SIGKILL, NULL, 0) < 0 ? -1 : 0;
}

static int
take_signals(struct agentrun *a)
{
	struct signalfd_siginfo si;

	if (read(a->signals, &si, sizeof si) != sizeof si)
		return 0;
	if (si.ssi_signo == SIGIO)
		return agentio_inbox(&a->io);
	if (si.ssi_signo == SIGCHLD)
		proc_reap_orphans(a->claude.pid);
	else
		terminate(a);
	return 0;
}

static int
patience(const struct agentrun *a)
{
	int64_t left = a->deadline - clock_boot_ms();

	return a->deadline < 0 ? -1 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void
on_deadline(struct agentrun *a)
{
	if (!a->terminated) {
		(void)agentio_log(&a->io, "agent: it did not end after its result");	/* only words */
		terminate(a);
	} else {
		(void)kill(a->claude.pid, SIGKILL);	/* not reaped yet */
		a->deadline = -1;
	}
}

/* The agent's own end is waited for, but not for ever. */
static void
watch_linger(struct agentrun *a)
{
	if (a->io.facts.result_seen && a->deadline < 0 && !a->terminated && !a->ended)
		a->deadline = clock_boot_ms() + LINGER_MS;
	if (a->deadline >= 0 && clock_boot_ms() >= a->deadline)
		on_deadline(a);
}

int
agentrun_converse(struct agentrun *a, const char **what)
{
	struct agentio *io = &a->io;

	a->ended = a->terminated = false;
	a->deadline = -1;
	while (!a->ended || io->out >= 0) {
		struct pollfd f[] = {
			{ a->signals, POLLIN, 0 }, { io->out, POLLIN, 0 },
			{ agentio_pending(io) ? io->in : -1, POLLOUT, 0 },
			{ a->ended ? -1 : a->claude.pidfd, POLLIN, 0 },
		};

		if (poll(f, 4, patience(a)) < 0 && errno != EINTR)
			return *what = "poll", -1;
		if (f[0].revents && take_signals(a) < 0)
			return *what = "cannot read the inbox", -1;
		if (f[1].revents && agentio_read(io) < 0)
			return *what = "cannot record what the agent says", -1;
		if (f[2].revents && agentio_write(io) < 0)
			return *what = "cannot talk to the agent", -1;
		if (f[3].revents && end_all(a) < 0)
			return *what = "cannot end what the agent started", -1;
		watch_linger(a);
	}
	return 0;
}
