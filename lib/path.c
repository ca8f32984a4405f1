/* SPDX-License-Identifier: MIT */
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "buf.h"

bool path_no_openat2;

bool
path_is_clean(const char *p, size_t len)
{
	size_t start = 0;

	if (!len || memchr(p, '\0', len))
		return false;
	for (size_t i = 0; i <= len; i++) {
		size_t n = i - start;

		if (i < len && p[i] != '/')
			continue;
		if (!n || (n == 1 && p[start] == '.') || (n == 2 && !memcmp(p + start, "..", 2)))
			return false;
		start = i + 1;
	}
	return true;
}

/*
 * O_DIRECTORY together with O_NOFOLLOW says ENOTDIR for a link; the caller is
 * told the truth, as openat2 would.
 */
static int
link_errno(int dirfd, const char *name)
{
	int e = errno;
	struct stat st;

	if (e == ENOTDIR && !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode))
		e = ELOOP;
	errno = e;
	return -1;
}

static int
open_last(int dirfd, const char *name, int flags, mode_t mode)
{
	CLEANUP(fd) int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	struct stat st;

	if (fd < 0)
		return link_errno(dirfd, name);
	/* O_PATH opens the link itself; only who said O_NOFOLLOW wants that. */
	if ((flags & O_PATH) && !(flags & O_NOFOLLOW)) {
		if (fstat(fd, &st) < 0)
			return -1;
		if (S_ISLNK(st.st_mode)) {
			errno = ELOOP;
			return -1;
		}
	}
	return steal_fd(&fd);
}

/* The next component of *rel into name, and *rel past it. */
static int
component(const char **rel, char name[NAME_MAX + 1])
{
	size_t n = strcspn(*rel, "/");

	if (n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, *rel, n);
	name[n] = '\0';
	*rel += n + ((*rel)[n] == '/');
	return 0;
}

static int
walk(int dirfd, const char *rel, int flags, mode_t mode)
{
	CLEANUP(fd) int at = -1;
	char name[NAME_MAX + 1];

	while (strchr(rel, '/')) {
		int from = at >= 0 ? at : dirfd;
		int next;

		if (component(&rel, name) < 0)
			return -1;
		next = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return link_errno(from, name);
		cleanup_fd(&at);
		at = next;
	}
	return open_last(at >= 0 ? at : dirfd, rel, flags, mode);
}

int
path_open(int dirfd, const char *rel, int flags, mode_t mode)
{
	/* The kernel refuses a mode where none is needed. O_TMPFILE has O_DIRECTORY in it. */
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.mode = makes ? mode & 07777 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	if (!path_is_clean(rel, strlen(rel))) {
		errno = *rel ? EXDEV : ENOENT;
		return -1;
	}
	/* EAGAIN: a rename went on meanwhile; the kernel could not be sure. */
	for (int i = 0; i < 64 && !path_no_openat2; i++) {
		long fd = syscall(SYS_openat2, dirfd, rel, &how, sizeof how);

		if (fd >= 0)
			return (int)fd;
		if (errno == ENOSYS || errno == EPERM)
			break;		/* old kernel, or a seccomp filter that forbids it */
		if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	return walk(dirfd, rel, flags, mode);
}

int
path_open_parent(int dirfd, const char *rel, bool make, const char **base)
{
	CLEANUP(fd) int at = -1;
	char name[NAME_MAX + 1];

	if (!path_is_clean(rel, strlen(rel))) {
		errno = *rel ? EXDEV : ENOENT;
		return -1;
	}
	at = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	while (at >= 0 && strchr(rel, '/')) {
		int next;

		if (component(&rel, name) < 0)
			return -1;
		if (make && mkdirat(at, name, 0777) < 0 && errno != EEXIST)
			return -1;
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return link_errno(at, name);
		cleanup_fd(&at);
		at = next;
	}
	*base = rel;
	return steal_fd(&at);
}

int
path_permit(int dirfd, const char *rel, mode_t add)
{
	CLEANUP(fd) int fd = path_open(dirfd, rel, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	char proc[40];

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	(void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);	/* fits */
	return chmod(proc, (st.st_mode & 07777) | add);
}

char *
path_of_fd(int fd)
{
	char proc[40], to[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return NULL;
	(void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);	/* fits */
	n = readlink(proc, to, sizeof to);
	if (n < 0)
		return NULL;
	if ((size_t)n >= sizeof to) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	/* A file without a name left is shown with " (deleted)"; a pipe has none. */
	if (!st.st_nlink || to[0] != '/') {
		errno = ENOENT;
		return NULL;
	}
	return strndup(to, (size_t)n);
}

bool
path_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	while (n && root[n - 1] == '/')
		n--;
	return !strncmp(path, root, n) && (!path[n] || path[n] == '/');
}
