/* SPDX-License-Identifier: MIT */
#include "storerm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DEPTH_MAX 64			/* descriptors held at once */

struct removal {
	dev_t dev;
	int top;			/* where too deep directories are moved to */
	int error;			/* the first */
};

static void
note(struct removal *rm, int error)
{
	if (!rm->error)
		rm->error = error;
}

int
store_opendir_ours(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, DIR_FLAGS);

	if (fd < 0 && errno == EACCES && !path_permit(dirfd, name, 0700))
		fd = openat(dirfd, name, DIR_FLAGS);
	return fd;
}

int
store_move(int from, const char *name, int to, const char *as)
{
	if (!renameat2(from, name, to, as, RENAME_NOREPLACE))
		return 0;
	/* Moving a directory writes to it: its "..". */
	if (errno != EACCES || path_permit(from, name, 0700) < 0)
		return -1;
	return renameat2(from, name, to, as, RENAME_NOREPLACE);
}

/* For reading and removing. */
static int
open_dir(int dirfd, const char *name)
{
	int fd = store_opendir_ours(dirfd, name);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && (st.st_mode & 0700) != 0700)
		(void)fchmod(fd, 0700);	/* not ours to change: unlinking will say */
	return fd;
}

static void empty_dir(struct removal *rm, int fd, int depth);

/* Under a name that nobody who filled the tree could have taken before. */
static int
move_up(const struct removal *rm, int dirfd, const char *name)
{
	unsigned long long r;
	char flat[40];

	if (getrandom(&r, sizeof r, 0) != sizeof r)
		return -1;
	(void)snprintf(flat, sizeof flat, ".tmp-deep-%016llx", r);	/* fits */
	return renameat(dirfd, name, rm->top, flat);
}

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
		if (move_up(rm, dirfd, name) < 0)
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
