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

/* In a child: does a second open file of the same see the lock? Async-signal-safe. */
static int
second_look(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int held = fd < 0 ? -1 : lock_held(fd);

	return held < 0 ? 2 : held;
}

/* Fork and look: 1 the child saw it held, 0 free, -1. */
static int
look_from_child(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid)
		_exit(second_look(path));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) < 2)
		return WEXITSTATUS(status);
	errno = ENOLCK;
	return -1;
}

/* A file without a name, so that a kill leaves nothing; where there is none, one soon without. */
static int
probe_open(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	char name[40];

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOSYS))
		return fd;
	(void)snprintf(name, sizeof name, ".tmp-lock-%ld", (long)getpid());	/* fits */
	fd = lock_open(dirfd, name);
	if (fd >= 0)
		(void)unlinkat(dirfd, name, 0);	/* nobody else uses it */
	return fd;
}

int
lock_works(int dirfd)
{
	CLEANUP(fd) int fd = probe_open(dirfd);
	char path[40];
	int held, after = 1;

	if (fd < 0)
		return -1;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);	/* fits */
	held = lock_try(fd, true);
	if (held < 0) {
		/* "cannot lock here" is an answer, not a failure to look */
		held = errno == ENOLCK || errno == EOPNOTSUPP || errno == EINVAL ? 0 : -1;
	} else {
		held = look_from_child(path);
		if (held == 1 && !lock_drop(fd))
			after = look_from_child(path);
	}
	if (held < 0 || after < 0)
		return -1;
	return held == 1 && after == 0;
}
