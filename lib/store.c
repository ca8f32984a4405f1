/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "lock.h"

#define TMP_NAME 32			/* ".tmp-" and 16 hex digits */
#define TRIES 3				/* of a write whose temporary file was taken away */

int
store_sync(int fd)
{
	while (fsync(fd) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

int
store_write_all(int fd, const void *p, size_t len)
{
	const char *s = p;

	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
store_read_some(int fd, void *p, size_t len)
{
	ssize_t n;

	do
		n = read(fd, p, len);
	while (n < 0 && errno == EINTR);
	return n;
}

static int
name_ok(const char *name)
{
	if (*name && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/'))
		return 0;
	errno = EINVAL;
	return -1;
}

/* A new file under a temporary name; its descriptor, or -1. */
static int
tmp_create(int dirfd, char name[TMP_NAME])
{
	for (int i = 0; i < 16; i++) {
		unsigned long long r;
		int fd;

		if (getrandom(&r, sizeof r, 0) != sizeof r)
			return -1;
		(void)snprintf(name, TMP_NAME, STORE_TEMP "%016llx", r);	/* fits */
		fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static void
unlink_quietly(int dirfd, const char *name)
{
	int e = errno;

	(void)unlinkat(dirfd, name, 0);		/* clean-up: the first error counts */
	errno = e;
}

/* Write, sync as asked, close; the file is removed when anything fails. */
static int
tmp_fill(int dirfd, char name[TMP_NAME], const void *p, size_t len, int flags)
{
	int fd = tmp_create(dirfd, name);
	int e = 0;

	if (fd < 0)
		return -1;
	if (store_write_all(fd, p, len) < 0 || (!(flags & STORE_NOSYNC) && store_sync(fd) < 0))
		e = errno;
	if (close(fd) < 0 && !e && errno != EINTR)
		e = errno;
	if (!e)
		return 0;
	errno = e;
	unlink_quietly(dirfd, name);
	return -1;
}

static int
sync_dir(int dirfd, int flags)
{
	return flags & (STORE_NOSYNC | STORE_NODIRSYNC) ? 0 : store_sync(dirfd);
}

/* Who tidies up may take a temporary file for one left behind: then it is written again. */
static bool
again(int err, int *tries)
{
	if (err == ENOENT && ++*tries == TRIES)
		errno = ESTALE;		/* no job and no directory is gone */
	return err == ENOENT && *tries < TRIES;
}

int
store_replace(int dirfd, const char *name, const void *p, size_t len, int flags)
{
	char tmp[TMP_NAME];
	int tries = 0;

	if (name_ok(name) < 0)
		return -1;
	do {
		if (tmp_fill(dirfd, tmp, p, len, flags) < 0)
			return -1;
		if (!renameat(dirfd, tmp, dirfd, name))
			return sync_dir(dirfd, flags);
		unlink_quietly(dirfd, tmp);
	} while (again(errno, &tries));
	return -1;
}

/*
 * Give FROM the name TO unless that is taken: 0, 1 taken, -1. linkat first:
 * every local file system has it. Where links are refused, or there is no room
 * for one more name, a rename that replaces nothing.
 */
static int
publish(int dirfd, const char *from, const char *to)
{
	if (!linkat(dirfd, from, dirfd, to, 0)) {
		unlink_quietly(dirfd, from);
		return 0;
	}
	if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSPC || errno == EDQUOT)
		if (!renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE))
			return 0;
	return errno == EEXIST ? 1 : -1;
}

/*
 * Is the locked descriptor still the file called NAME, and nothing else? A
 * reserve that somebody published meanwhile has another name, and must not be
 * written to any more.
 */
static int
still_reserve(int dirfd, const char *name, int fd)
{
	struct stat a, b;

	if (fstat(fd, &a) < 0 || fstatat(dirfd, name, &b, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_nlink == 1 && S_ISREG(a.st_mode))
		return 0;
	errno = ENOENT;
	return -1;
}

/* No space: write into the preallocated file and give that the name. */
static int
once_from_reserve(int dirfd, const char *name, const void *p, size_t len, const char *reserve)
{
	CLEANUP(fd) int fd = openat(dirfd, reserve, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int got;

	if (fd < 0 || lock_wait(fd, true) < 0)
		return -1;
	if (still_reserve(dirfd, reserve, fd) < 0)
		return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) ? 1 : -1;
	if (store_write_all(fd, p, len) < 0 || ftruncate(fd, (off_t)len) < 0 || store_sync(fd) < 0)
		return -1;
	got = publish(dirfd, reserve, name);
	return got;
}

int
store_once(int dirfd, const char *name, const void *p, size_t len, const char *reserve, int flags)
{
	char tmp[TMP_NAME];
	int got, tries = 0;

	if (name_ok(name) < 0)
		return -1;
	do {
		got = tmp_fill(dirfd, tmp, p, len, flags);
		if (got < 0)
			break;
		got = publish(dirfd, tmp, name);
		if (got)
			unlink_quietly(dirfd, tmp);
	} while (got < 0 && again(errno, &tries));
	if (got < 0 && reserve && (errno == ENOSPC || errno == EDQUOT)) {
		struct stat st;

		/* Taken already: nothing to write, and the reserve stays whole. */
		if (!fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
			got = 1;
		else
			got = once_from_reserve(dirfd, name, p, len, reserve);
		/* btrfs counts what it may need against a quota, until the next commit. */
		if (got < 0 && errno == EDQUOT && !syncfs(dirfd))
			got = once_from_reserve(dirfd, name, p, len, reserve);
	}
	/* Also who came second returns only when the name is durable. */
	if (got >= 0 && sync_dir(dirfd, flags) < 0)
		return -1;
	return got;
}

int
store_reserve(int dirfd, const char *name, size_t size)
{
	CLEANUP(fd) int fd = -1;
	int e;

	if (name_ok(name) < 0)
		return -1;
	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	do
		e = posix_fallocate(fd, 0, (off_t)size);
	while (e == EINTR);
	if (!e)
		return 0;
	errno = e;
	unlink_quietly(dirfd, name);
	return -1;
}

int
store_append(int dirfd, const char *name, const void *p, size_t len)
{
	CLEANUP(fd) int fd = -1;
	ssize_t n;

	if (name_ok(name) < 0)
		return -1;
	fd = openat(dirfd, name,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	do
		n = write(fd, p, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	if ((size_t)n == len)
		return 0;
	errno = ENOSPC;		/* the only way a regular file takes a part */
	return -1;
}

/*
 * The size is known and the file complete, so that is all there is to read: no
 * look for more, no room for it. (Listing reads three files of every job.)
 */
static int
read_known(int fd, struct buf *out, size_t size)
{
	size_t start = out->len;

	if (buf_grow(out, size) < 0)
		return -1;
	while (out->len - start < size) {
		ssize_t n = store_read_some(fd, out->p + out->len, size - (out->len - start));

		if (n <= 0) {
			out->p[out->len] = '\0';
			return n ? -1 : 0;	/* cut short meanwhile: what is left */
		}
		out->len += (size_t)n;
	}
	out->p[out->len] = '\0';
	return 0;
}

int
store_read(int dirfd, const char *name, struct buf *out, size_t max)
{
	CLEANUP(fd) int fd = -1;
	struct stat st;

	if (name_ok(name) < 0)
		return -1;
	/* O_NONBLOCK: somebody may have put a FIFO there. */
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if ((uintmax_t)st.st_size > max) {
		errno = EFBIG;
		return -1;
	}
	return st.st_size ? read_known(fd, out, (size_t)st.st_size) : buf_read(out, fd, max);
}

int
store_opendir(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
store_mkdir(int dirfd, const char *name)
{
	if (name_ok(name) < 0 || (mkdirat(dirfd, name, 0700) < 0 && errno != EEXIST))
		return -1;
	return store_opendir(dirfd, name);
}

/*
 * One step down. Links are followed here, unlike everywhere else: the path to
 * the state root is the user's own (/home may well be a link).
 */
static int
mkpath_step(int *fd, const char *name)
{
	bool made = !mkdirat(*fd, name, 0700);
	int why = errno;
	int next;

	if (!made && errno != EEXIST && errno != EACCES && errno != EROFS && errno != EPERM)
		return -1;
	next = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (next < 0) {
		if (!made && why != EEXIST && errno == ENOENT)
			errno = why;	/* not that it is absent: why it stays so */
		return -1;
	}
	if (made && store_sync(*fd) < 0) {
		(void)close(next);	/* the sync's error is the one to tell */
		return -1;
	}
	cleanup_fd(fd);
	*fd = next;
	return 0;
}

int
store_mkpath(const char *path)
{
	CLEANUP(fd) int fd = -1;
	char name[NAME_MAX + 1];

	if (*path != '/') {
		errno = EINVAL;
		return -1;
	}
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (*(path += strspn(path, "/"))) {
		size_t n = strcspn(path, "/");

		if (n > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		if (mkpath_step(&fd, name) < 0)
			return -1;
	}
	return steal_fd(&fd);
}
