/* SPDX-License-Identifier: MIT */
#include "pidmark.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "procstat.h"

int
pidmark_of(struct pidmark *m, pid_t pid)
{
	struct procstat s;

	*m = (struct pidmark){ .pid = 0 };
	if (pid <= 0 || procstat_read(pid, &s) < 0) {
		errno = ESRCH;
		return -1;
	}
	*m = (struct pidmark){ .pid = pid, .start = s.start };
	return 0;
}

int
pidmark_wait(const struct pidmark *m, int timeout_ms)
{
	CLEANUP(fd) int pidfd = m->pid > 0 ? (int)syscall(SYS_pidfd_open, m->pid, 0) : -1;
	int64_t until = clock_boot_ms() + timeout_ms, left;
	struct procstat s;

	/* Opened first: if the number is another's by then, that one is not waited for. */
	if (pidfd < 0 || procstat_read(m->pid, &s) < 0 || s.start != m->start)
		return 0;
	while ((left = until - clock_boot_ms()) >= 0) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };

		if (poll(&p, 1, (int)left) > 0)
			return 0;
	}
	return -1;
}
