/* SPDX-License-Identifier: MIT */
/* thing: read a name of the workspace without trusting it. */
#include "thing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sha256.h"

void
thing_of(struct plan_thing *t, enum plan_kind kind, bool exec, const void *p, size_t len)
{
	struct sha256 h;

	memset(t, 0, sizeof(*t));
	t->kind = kind;
	t->exec = exec;
	t->size = len;
	sha256_init(&h);
	sha256_update(&h, p, len);
	sha256_final(&h, t->hash);
}

static int
read_link(int dirfd, const char *name, struct plan_thing *t, struct buf *bytes)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

	if (n < 0)
		return -1;
	if ((size_t)n == sizeof(target)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	thing_of(t, PLAN_LINK, false, target, (size_t)n);
	return bytes ? buf_add(bytes, target, (size_t)n) : 0;
}

static int
read_file(int fd, struct plan_thing *t, struct buf *bytes)
{
	CLEANUP(free) char *chunk = NULL;
	const size_t size = 1 << 16;
	struct sha256 h;
	ssize_t n;

	chunk = malloc(size);
	if (!chunk)
		return -1;
	sha256_init(&h);
	for (;;) {
		n = read(fd, chunk, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sha256_update(&h, chunk, (size_t)n);
		t->size += (size_t)n;
		if (bytes && buf_add(bytes, chunk, (size_t)n) < 0)
			return -1;
	}
	sha256_final(&h, t->hash);
	return n < 0 ? -1 : 0;
}

/*
 * A read lease is refused with EAGAIN while anybody has the file open for
 * writing. Other errors: no leases here, the hash must do. A lease is broken
 * with SIGIO, which would kill us: ask for a signal that is ignored instead.
 */
static bool
quiet(int fd)
{
	return fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETLEASE, F_RDLCK) == 0 ||
		errno != EAGAIN;
}

int
thing_read(int dirfd, const char *name, int flags, struct plan_thing *t,
	struct stat *st, struct buf *bytes)
{
	CLEANUP(fd) int fd = -1;
	struct stat own;

	memset(t, 0, sizeof(*t));
	if (!st)
		st = &own;
	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (S_ISLNK(st->st_mode))
		return read_link(dirfd, name, t, bytes);
	t->kind = S_ISDIR(st->st_mode) ? PLAN_DIR : PLAN_OTHER;
	if (!S_ISREG(st->st_mode))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if (!S_ISREG(st->st_mode))
		return 0;
	if ((flags & THING_QUIET) && !quiet(fd)) {
		errno = ETXTBSY;
		return -1;
	}
	t->kind = PLAN_FILE;
	t->exec = st->st_mode & S_IXUSR;
	return read_file(fd, t, bytes);
}
