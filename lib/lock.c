/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "buf.h"

/* A fresh one for every call: F_OFD_GETLK leaves l_pid == -1 behind. */
static struct flock
whole_file(short type)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };

	return fl;
}

int
lock_open(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

int
lock_try(int fd, bool exclusive)
{
	struct flock fl = whole_file(exclusive ? F_WRLCK : F_RDLCK);

	if (!fcntl(fd, F_OFD_SETLK, &fl))
		return 0;
	return errno == EAGAIN || errno == EACCES ? 1 : -1;
}

int
lock_wait(int fd, bool exclusive)
{
	struct flock fl = whole_file(exclusive ? F_WRLCK : F_RDLCK);

	return fcntl(fd, F_OFD_SETLKW, &fl);
}

int
lock_drop(int fd)
{
	struct flock fl = whole_file(F_UNLCK);

	return fcntl(fd, F_OFD_SETLK, &fl);
}

int
lock_held(int fd)
{
	struct flock fl = whole_file(F_RDLCK);

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return -1;
	return fl.l_type != F_UNLCK;
}

/* In a child: does a second open file see the lock? Async-signal-safe. */
static int
second_look(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int held = fd < 0 ? -1 : lock_held(fd);

	return held < 0 ? 2 : held;
}

/* Fork and look: 1 the child saw it held, 0 free, -1. */
static int
look_from_child(int dirfd, const char *name)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid)
		_exit(second_look(dirfd, name));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) < 2)
		return WEXITSTATUS(status);
	errno = ENOLCK;
	return -1;
}

int
lock_works(int dirfd)
{
	CLEANUP(fd) int fd = -1;
	char name[40];
	int held, after = 1, e;

	(void)snprintf(name, sizeof name, ".tmp-lock-%ld", (long)getpid());	/* fits */
	fd = lock_open(dirfd, name);
	if (fd < 0)
		return -1;
	held = lock_try(fd, true);
	if (held < 0) {
		/* "cannot lock here" is an answer, not a failure to look */
		held = errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL ? 0 : -1;
	} else {
		held = look_from_child(dirfd, name);
		if (held == 1 && !lock_drop(fd))
			after = look_from_child(dirfd, name);
	}
	e = errno;
	(void)unlinkat(dirfd, name, 0);		/* a probe; nobody else uses it */
	errno = e;
	if (held < 0 || after < 0)
		return -1;
	return held == 1 && after == 0;
}
