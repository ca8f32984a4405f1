/* SPDX-License-Identifier: MIT */
#include "storerm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DEPTH_MAX 64			/* descriptors held at once */

struct removal {
	dev_t dev;
	int top;			/* where too deep directories are moved to */
	unsigned long moved;
	int error;			/* the first */
};

static void
note(struct removal *rm, int error)
{
	if (!rm->error)
		rm->error = error;
}

/*
 * Open a directory for reading and removing. Permission bits of ours that
 * hinder are put right through an O_PATH descriptor, so that the change never
 * reaches through a link that took the directory's place.
 */
static int
open_dir(int dirfd, const char *name)
{
	CLEANUP(fd) int fd = openat(dirfd, name, DIR_FLAGS);
	CLEANUP(fd) int at = -1;
	struct stat st;
	char proc[40];

	if (fd >= 0 && (fstat(fd, &st) < 0 || (st.st_mode & 0700) == 0700 || !fchmod(fd, 0700)))
		return steal_fd(&fd);
	if (fd >= 0)
		return steal_fd(&fd);	/* not ours to change: unlinking will say */
	if (errno != EACCES)
		return -1;
	at = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return -1;
	(void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", at);	/* fits */
	if (chmod(proc, 0700) < 0)
		return -1;
	return openat(dirfd, name, DIR_FLAGS);
}

static void empty_dir(struct removal *rm, int fd, int depth);

static void
remove_dir(struct removal *rm, int dirfd, const char *name, int depth)
{
	int fd = open_dir(dirfd, name);
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT)
			note(rm, errno);
		return;
	}
	if (fstat(fd, &st) < 0 || st.st_dev != rm->dev) {
		note(rm, EXDEV);
		(void)close(fd);	/* only read from */
		return;
	}
	if (depth >= DEPTH_MAX) {
		char flat[40];

		(void)snprintf(flat, sizeof flat, ".tmp-deep-%lu", rm->moved++);	/* fits */
		if (renameat(dirfd, name, rm->top, flat) < 0)
			note(rm, errno);
		(void)close(fd);	/* only read from */
		return;
	}
	empty_dir(rm, fd, depth);		/* closes fd */
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		note(rm, errno);
}

/* One pass over a directory; true if anything was taken away. */
static bool
empty_pass(struct removal *rm, DIR *d, int depth)
{
	bool some = false;
	struct dirent *e;

	while ((errno = 0, e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!unlinkat(dirfd(d), e->d_name, 0)) {
			some = true;
			continue;
		}
		if (errno == EISDIR || (errno == EPERM && e->d_type == DT_DIR)) {
			int before = rm->error;

			remove_dir(rm, dirfd(d), e->d_name, depth + 1);
			some |= rm->error == before;
		} else if (errno != ENOENT) {
			note(rm, errno);
		}
	}
	if (errno)
		note(rm, errno);
	return some;
}

/*
 * Passes until one finds nothing to take: a directory that changes while it
 * is read may hide names from one pass, and the top one gets the deep ones.
 */
static void
empty_dir(struct removal *rm, int fd, int depth)
{
	DIR *d = fdopendir(fd);

	if (!d) {
		note(rm, errno);
		(void)close(fd);	/* only read from */
		return;
	}
	while (empty_pass(rm, d, depth) && !rm->error)
		rewinddir(d);
	(void)closedir(d);		/* only read from */
}

int
store_remove(int dirfd, const char *name)
{
	struct removal rm = { .top = -1 };
	CLEANUP(fd) int top = -1;
	struct stat st;
	int fd;

	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '/')) {
		errno = EINVAL;
		return -1;
	}
	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	top = open_dir(dirfd, name);
	if (top < 0 || fstat(top, &st) < 0)
		return -1;
	rm.dev = st.st_dev;
	rm.top = top;
	fd = fcntl(top, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	empty_dir(&rm, fd, 0);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		note(&rm, errno);
	if (!rm.error)
		return 0;
	errno = rm.error;
	return -1;
}
