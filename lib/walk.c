/* SPDX-License-Identifier: MIT */
/*
 * walk: a stack of path names instead of a recursion, so that depth costs no
 * descriptors, and several workers can take from it.
 */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "path.h"

#define DENTS ((size_t)32 << 10)
#define WORKERS 7			/* helpers at most */
#define HIRE_AT 16			/* directories waiting that are worth help */
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)

/* What the workers share; everything but ops, root and dev is under the lock. */
struct walk {
	const struct walk_ops *ops;
	int root;
	dev_t dev;
	pthread_mutex_t lock;
	pthread_cond_t change;
	char **stack;
	size_t n, room;
	unsigned busy;			/* workers inside a directory: more may be pushed */
	unsigned helpers;
	pthread_t helper[WORKERS];
	int error;			/* the first; then everybody stops */
};

struct worker {
	struct walk *w;
	struct buf path;
	char *dents;
};

struct dent {				/* struct linux_dirent64 */
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static void *helper(void *arg);

/* With many directories waiting, more workers: stat() is what a walk costs. Holding the lock. */
static void
hire(struct walk *w)
{
	long cpus = w->helpers || w->n < HIRE_AT ? 0 : sysconf(_SC_NPROCESSORS_ONLN);

	while (cpus > 1 && w->helpers < WORKERS && w->helpers < (unsigned)cpus - 1) {
		if (pthread_create(&w->helper[w->helpers], NULL, helper, w) != 0)
			break;
		w->helpers++;
	}
}

int
walk_add(struct walk *w, const char *path, size_t len, int how)
{
	char *s = malloc(len + 2);		/* the first byte says how */
	int rc = -1;

	if (!s)
		return -1;
	s[0] = (char)how;
	memcpy(s + 1, path, len);
	s[len + 1] = '\0';
	(void)pthread_mutex_lock(&w->lock);	/* a default mutex that is used well cannot fail */
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		char **p = realloc(w->stack, room * sizeof(*p));
		if (p) {
			w->stack = p;
			w->room = room;
		}
	}
	if (w->n < w->room) {
		w->stack[w->n++] = s;
		rc = 0;
		hire(w);
		(void)pthread_cond_signal(&w->change);
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (rc < 0)
		free(s);
	return rc;
}

static int
open_dir(const struct walk *w, const char *path, struct stat *st)
{
	CLEANUP(fd) int fd = *path ? path_open(w->root, path, DIR_FLAGS, 0)
		: openat(w->root, ".", DIR_FLAGS | O_CLOEXEC);

	if (fd < 0 && errno == EACCES && *path && path_permit(w->root, path, 0500) == 0)
		fd = path_open(w->root, path, DIR_FLAGS, 0);
	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if ((st->st_mode & 0500) != 0500 && fchmod(fd, (st->st_mode & 07777) | 0500) < 0)
		return -1;
	return steal_fd(&fd);
}

/* One name of a directory; me->path is the directory's path with a slash, or empty. */
static int
one(struct worker *me, int dirfd, const struct dent *d)
{
	const struct walk_ops *ops = me->w->ops;
	size_t base = me->path.len;
	struct stat st;
	int rc = 0;

	if (buf_addstr(&me->path, d->name) < 0)
		return -1;
	struct walk_item it = { me->path.p, me->path.len, me->path.p + base, NULL };
	bool dir = d->type == DT_DIR;
	if (!dir && fstatat(dirfd, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		rc = errno == ENOENT ? 0 : -1;
	else if (me->path.len > WALK_PATH_MAX)
		rc = ops->bad(ops->arg, &it, WALK_TOO_LONG);
	else if (!dir && !S_ISDIR(st.st_mode)) {
		it.st = &st;
		rc = ops->item(ops->arg, &it);
	} else {
		rc = ops->dir(ops->arg, &it);
		if (rc > 0)
			rc = walk_add(me->w, me->path.p, me->path.len, rc);
	}
	buf_setlen(&me->path, base);
	return rc;
}

static int
each_name(struct worker *me, int fd)
{
	for (;;) {
		long n = syscall(SYS_getdents64, fd, me->dents, DENTS);
		if (n <= 0)	/* ENOENT: removed while it was read */
			return n && errno != ENOENT ? -1 : 0;
		for (long at = 0; at < n;) {
			const struct dent *d = (const void *)(me->dents + at);
			at += d->reclen;
			if (d->name[0] == '.' && (!d->name[1] || !strcmp(d->name, "..")))
				continue;
			if (one(me, fd, d) < 0)
				return -1;
		}
	}
}

static int
visit(struct worker *me, const char *path)
{
	struct stat st;
	CLEANUP(fd) int fd = open_dir(me->w, path, &st);

	/* gone, or replaced by something else: then it is not what was listed */
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	buf_reset(&me->path);
	if (*path && buf_addstr(&me->path, path) < 0)
		return -1;
	if (st.st_dev != me->w->dev) {
		const char *slash = strrchr(me->path.p, '/');
		struct walk_item it = { me->path.p, me->path.len, slash ? slash + 1 : me->path.p, NULL };
		return me->w->ops->bad(me->w->ops->arg, &it, WALK_MOUNT);
	}
	if (*path && buf_addch(&me->path, '/') < 0)
		return -1;
	return each_name(me, fd);
}

static int
enter(struct worker *me, const char *how_and_path)
{
	const struct walk_ops *ops = me->w->ops;
	const char *path = how_and_path + 1;

	return *how_and_path == 2 ? ops->known(ops->arg, me->w, path, strlen(path)) : visit(me, path);
}

/* Take directories from the stack until it is empty and nobody can push more. */
static void
work(struct worker *me)
{
	struct walk *w = me->w;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->n && w->busy && !w->error)
			(void)pthread_cond_wait(&w->change, &w->lock);
		if (!w->n || w->error)
			break;
		CLEANUP(free) char *path = w->stack[--w->n];
		w->busy++;
		(void)pthread_mutex_unlock(&w->lock);
		int e = me->dents ? enter(me, path) < 0 ? errno : 0 : ENOMEM;
		(void)pthread_mutex_lock(&w->lock);
		w->busy--;
		if (e && !w->error)
			w->error = e;
		if (e || (!w->n && !w->busy))
			(void)pthread_cond_broadcast(&w->change);
	}
	(void)pthread_mutex_unlock(&w->lock);
}

static void *
helper(void *arg)
{
	struct worker me = { arg, BUF_INIT, malloc(DENTS) };

	work(&me);
	buf_release(&me.path);
	free(me.dents);
	return NULL;
}

int
walk_tree(int rootfd, const struct walk_ops *ops)
{
	struct walk w = { .ops = ops, .root = rootfd, .lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER };
	struct stat st;

	if (fstat(rootfd, &st) < 0)
		return -1;
	w.dev = st.st_dev;
	if (walk_add(&w, "", 0, 1) < 0)
		return -1;
	(void)helper(&w);		/* we are one of them */
	for (unsigned i = 0; i < w.helpers; i++)
		(void)pthread_join(w.helper[i], NULL);
	while (w.n)
		free(w.stack[--w.n]);
	free(w.stack);
	errno = w.error;
	return w.error ? -1 : 0;
}

int
walk_open(int rootfd, const char *path, struct stat *st)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	CLEANUP(fd) int fd = path_open(rootfd, path, flags, 0);

	if (fd < 0 && errno == EACCES && path_permit(rootfd, path, 0400) == 0)
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
