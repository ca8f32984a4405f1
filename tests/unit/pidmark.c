/* SPDX-License-Identifier: MIT */
#include "pidmark.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"
#include "proc.h"
#include "t.h"

int
main(void)
{
	struct proc subject, waiter;
	struct pidmark m, other;
	int ends[2], st = -1, got;

	EQ(pidmark_of(&m, getpid()), 0, "our own");
	EQ(m.pid, getpid(), "number");
	OK(m.start > 0, "and start");
	EQ(pidmark_wait(&m, 20), -1, "we do not end");
	other = m;
	other.start++;
	EQ(pidmark_wait(&other, 60000), 0, "nobody waits for who has the number now");
	EQ(pidmark_of(&other, 0), -1, "no process");
	EQ(errno, ESRCH, "ESRCH");
	EQ(pidmark_wait(&other, 60000), 0, "has ended");

	if (pipe(ends) < 0)
		return 1;
	got = proc_fork(&subject, 0);
	if (got == 1) {
		char c;

		(void)close(ends[1]);
		_exit((int)read(ends[0], &c, 1));
	}
	EQ(pidmark_of(&m, subject.pid), 0, "a child");
	got = proc_fork(&waiter, 0);
	if (got == 1) {
		(void)close(ends[1]);
		_exit(pidmark_wait(&m, 60000) < 0 ? 2 : 7);
	}
	EQ(poll(&(struct pollfd){ .fd = waiter.pidfd, .events = POLLIN }, 1, 100), 0,
		"who waits for it does while it lives");
	(void)close(ends[1]);
	EQ(proc_wait(&waiter, &st), 0, "it ends, and is not reaped yet");
	EQ(WEXITSTATUS(st), 7, "seen");
	EQ(pidmark_wait(&m, 60000), 0, "dead is ended");
	EQ(proc_wait(&subject, NULL), 0, "reaped");
	EQ(pidmark_wait(&m, 60000), 0, "gone is ended");
	(void)close(ends[0]);
	return t_done();
}
