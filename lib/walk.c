/* SPDX-License-Identifier: MIT */
/* walk: a stack of path names instead of a recursion, so that depth costs no descriptors. */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "path.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)

struct walk {
	const struct walk_ops *ops;
	int root;
	dev_t dev;
	char **stack;
	size_t n, room;
	struct buf path;
};

static int
push(struct walk *w, const char *path, size_t len)
{
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		char **p = realloc(w->stack, room * sizeof(*p));
		if (!p)
			return -1;
		w->stack = p;
		w->room = room;
	}
	char *s = malloc(len + 1);
	if (!s)
		return -1;
	memcpy(s, path, len + 1);
	w->stack[w->n++] = s;
	return 0;
}

/* Give ourselves rights on something of our own; through a descriptor, so never through a link. */
static int
permit(int root, const char *path, mode_t add)
{
	CLEANUP(fd) int fd = path_open(root, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	char proc[40];

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return chmod(proc, (st.st_mode & 07777) | add);
}

static int
open_dir(struct walk *w, const char *path, struct stat *st)
{
	int fd = *path ? path_open(w->root, path, DIR_FLAGS, 0)
		: openat(w->root, ".", DIR_FLAGS | O_CLOEXEC);

	if (fd < 0 && errno == EACCES && *path && permit(w->root, path, 0500) == 0)
		fd = path_open(w->root, path, DIR_FLAGS, 0);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && ((st->st_mode & 0500) == 0500 ||
		fchmod(fd, (st->st_mode & 07777) | 0500) == 0))
		return fd;
	cleanup_fd(&fd);
	return -1;
}

/* One name of a directory; w->path is the directory's path with a slash, or empty. */
static int
one(struct walk *w, int dirfd, const struct dirent *d)
{
	size_t base = w->path.len;
	struct stat st;
	int rc = 0;

	if (buf_addstr(&w->path, d->d_name) < 0)
		return -1;
	struct walk_item it = { w->path.p, w->path.len, w->path.p + base, NULL };
	bool dir = d->d_type == DT_DIR;
	if (!dir && fstatat(dirfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		rc = errno == ENOENT ? 0 : -1;
	else if (w->path.len > WALK_PATH_MAX)
		rc = w->ops->bad(w->ops->arg, &it, WALK_TOO_LONG);
	else if (!dir && !S_ISDIR(st.st_mode)) {
		it.st = &st;
		rc = w->ops->item(w->ops->arg, &it);
	} else {
		rc = w->ops->dir(w->ops->arg, &it);
		if (rc > 0)
			rc = push(w, w->path.p, w->path.len);
	}
	buf_setlen(&w->path, base);
	return rc;
}

static int
visit(struct walk *w, const char *path)
{
	struct stat st;
	int fd = open_dir(w, path, &st);
	CLEANUP(dir) DIR *dp = NULL;
	struct dirent *d;

	/* gone, or replaced by something else: then it is not what was listed */
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	buf_reset(&w->path);
	if (*path && buf_addstr(&w->path, path) < 0)
		goto close_fd;
	if (st.st_dev != w->dev) {
		const char *slash = strrchr(w->path.p, '/');
		struct walk_item it = { w->path.p, w->path.len, slash ? slash + 1 : w->path.p, NULL };
		cleanup_fd(&fd);
		return w->ops->bad(w->ops->arg, &it, WALK_MOUNT);
	}
	if ((*path && buf_addch(&w->path, '/') < 0) || !(dp = fdopendir(fd)))
		goto close_fd;
	for (;;) {
		errno = 0;
		if (!(d = readdir(dp)))
			return errno ? -1 : 0;
		if (d->d_name[0] == '.' && (!d->d_name[1] || !strcmp(d->d_name, "..")))
			continue;
		if (one(w, fd, d) < 0)
			return -1;
	}
close_fd:
	cleanup_fd(&fd);
	return -1;
}

int
walk_tree(int rootfd, const struct walk_ops *ops)
{
	struct walk w = { .ops = ops, .root = rootfd, .path = BUF_INIT };
	struct stat st;
	int rc = -1;

	if (fstat(rootfd, &st) == 0) {
		w.dev = st.st_dev;
		rc = push(&w, "", 0);
	}
	while (rc == 0 && w.n) {
		CLEANUP(free) char *path = w.stack[--w.n];
		rc = visit(&w, path);
	}
	int e = errno;
	while (w.n)
		free(w.stack[--w.n]);
	free(w.stack);
	buf_release(&w.path);
	errno = e;
	return rc;
}

int
walk_open(int rootfd, const char *path, struct stat *st)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	CLEANUP(fd) int fd = path_open(rootfd, path, flags, 0);

	if (fd < 0 && errno == EACCES && permit(rootfd, path, 0400) == 0)
		fd = path_open(rootfd, path, flags, 0);
	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if (!S_ISREG(st->st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return steal_fd(&fd);
}

int
walk_readlink(int rootfd, const char *path, struct buf *out)
{
	CLEANUP(fd) int fd = path_open(rootfd, path, O_PATH | O_NOFOLLOW, 0);

	if (fd < 0 || buf_grow(out, 4096) < 0)
		return -1;
	ssize_t n = readlinkat(fd, "", out->p + out->len, 4096);
	if (n < 0)
		return -1;
	out->len += (size_t)n;
	out->p[out->len] = '\0';
	return 0;
}
