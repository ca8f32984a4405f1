/* SPDX-License-Identifier: MIT */
#include "pidmark.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buf.h"
#include "clock.h"
#include "store.h"

#define FIELDS_TO_START 20		/* of /proc/PID/stat: the state is 3, starttime 22 */

/* starttime, or -1. */
static int64_t
start_of(pid_t pid)
{
	CLEANUP(fd) int fd = -1;
	char name[32], text[1024];
	const char *p;
	ssize_t n;

	(void)snprintf(name, sizeof name, "/proc/%ld/stat", (long)pid);	/* fits */
	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : store_read_some(fd, text, sizeof text - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	p = strrchr(text, ')');		/* the name may hold anything, also ')' */
	for (int i = 0; p && i < FIELDS_TO_START; i++)
		p = strchr(p + 1, ' ');
	return p ? strtoll(p + 1, NULL, 10) : -1;
}

int
pidmark_of(struct pidmark *m, pid_t pid)
{
	*m = (struct pidmark){ .pid = pid, .start = pid > 0 ? start_of(pid) : -1 };
	if (m->start >= 0)
		return 0;
	*m = (struct pidmark){ .pid = 0 };
	errno = ESRCH;
	return -1;
}

int
pidmark_wait(const struct pidmark *m, int timeout_ms)
{
	CLEANUP(fd) int pidfd = m->pid > 0 ? (int)syscall(SYS_pidfd_open, m->pid, 0) : -1;
	int64_t until = clock_boot_ms() + timeout_ms, left;

	/* Opened first: if the number is another's by then, that one is not waited for. */
	if (pidfd < 0 || start_of(m->pid) != m->start)
		return 0;
	while ((left = until - clock_boot_ms()) >= 0) {
		struct pollfd p = { .fd = pidfd, .events = POLLIN };

		if (poll(&p, 1, (int)left) > 0)
			return 0;
	}
	return -1;
}
