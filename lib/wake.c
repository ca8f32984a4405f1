/* SPDX-License-Identifier: MIT */
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const struct {
	int flag;
	uint32_t mask;
} table[] = {
	{ WAKE_APPEAR, IN_CREATE | IN_MOVED_TO },
	{ WAKE_WRITER_GONE, IN_CLOSE_WRITE },
	{ WAKE_MODIFY, IN_MODIFY },
	{ WAKE_GONE, IN_DELETE | IN_MOVED_FROM },
};
#define ROWS (sizeof table / sizeof *table)

int
wake_signal(int dirfd)
{
	return fcntl(dirfd, F_NOTIFY, DN_CREATE | DN_RENAME | DN_MULTISHOT);
}

int
wake_open(void)
{
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

int
wake_add(int wake, int fd, int flags)
{
	uint32_t mask = IN_MASK_ADD;	/* a directory watched twice keeps both wishes */
	char proc[40];

	for (size_t i = 0; i < ROWS; i++)
		if (flags & table[i].flag)
			mask |= table[i].mask;
	/* By descriptor: what was opened is what is watched, whatever it is called now. */
	(void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);	/* fits */
	return inotify_add_watch(wake, proc, mask);
}

int
wake_remove(int wake, int token)
{
	return inotify_rm_watch(wake, token);
}

static int
flag_of(uint32_t mask)
{
	for (size_t i = 0; i < ROWS; i++)
		if (mask & table[i].mask)
			return table[i].flag;
	return 0;			/* the watch itself ended (IN_IGNORED) */
}

int
wake_read(int wake, void (*fn)(int token, int flag, const char *name, void *arg), void *arg)
{
	_Alignas(struct inotify_event) char space[8192];
	int events = 0;

	for (;;) {
		ssize_t n = read(wake, space, sizeof space);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? events : -1;
		for (char *p = space; p < space + n;) {
			struct inotify_event e;
			int flag;

			memcpy(&e, p, sizeof e);
			flag = flag_of(e.mask);
			if (e.mask & IN_Q_OVERFLOW)
				fn(-1, 0, "", arg);
			else if (flag)
				fn(e.wd, flag, e.len ? p + sizeof e : "", arg);
			events += flag || (e.mask & IN_Q_OVERFLOW);
			p += sizeof e + e.len;
		}
	}
}
