/* SPDX-License-Identifier: MIT */
#include "treeback.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "job.h"
#include "path.h"
#include "store.h"
#include "strv.h"
#include "tree.h"

#define TEMP ".jobdir-back"
#define BLOB_MAX ((size_t)1 << 30)	/* as content_add(): larger ones are in no change */

/* A path and what it was: mode 0 is nothing. */
struct was {
	const char *path, *oid;
	unsigned mode;
};

/* Both lists are in byte order; fn gets every path in which they differ. */
static int
differ(const struct change *a, const struct change *b, int (*fn)(const struct was *, void *),
	void *arg)
{
	size_t i = 0, k = 0;
	int rc = 0;

	while ((i < a->nfiles || k < b->nfiles) && rc == 0) {
		const struct change_file *x = i < a->nfiles ? &a->files[i] : NULL;
		const struct change_file *y = k < b->nfiles ? &b->files[k] : NULL;
		int o = !x ? 1 : !y ? -1 : strcmp(x->path, y->path);
		struct was w;

		/* in a: what that says; only in b: what the base says */
		w = o <= 0 ? (struct was){ x->path, x->new, x->new_mode } :
		    (struct was){ y->path, y->old, y->old_mode };
		if (o != 0 || x->new_mode != y->new_mode || strcmp(x->new, y->new) != 0)
			rc = fn(&w, arg);
		i += o <= 0;
		k += o >= 0;
	}
	return rc;
}

struct list {
	struct strv v;
	size_t max, total;
};

static int
add(const struct was *w, void *arg)
{
	struct list *l = arg;

	return l->total++ < l->max ? strv_add(&l->v, w->path) : 0;
}

int
treeback_list(const struct change *was, const struct change *now, size_t max, char ***paths,
	size_t *n, size_t *total)
{
	struct list l = { .max = max };
	int rc = differ(was, now, add, &l);

	if (rc < 0) {
		strv_free(l.v.v);
		return -1;
	}
	*paths = l.v.v;
	*n = l.v.n;
	*total = l.total;
	return 0;
}

/* ---- putting back ---- */

struct back {
	const struct job *j;
	int tree;
	struct buf *why;
};

/* What stands there goes, and the directories that only it was in. */
static int
clear(const struct was *w, void *arg)
{
	const struct back *b = arg;
	CLEANUP(free) char *path = strdup(w->path);
	char *slash;

	if (!path)
		return -1;
	for (bool dir = false;; dir = true) {
		const char *base;
		CLEANUP(fd) int parent = path_open_parent(b->tree, path, false, &base);

		if (parent < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return -1;
		if (parent >= 0 && unlinkat(parent, base, dir ? AT_REMOVEDIR : 0) < 0) {
			if (dir)
				return 0;	/* something else is in it, or it is none */
			if (errno != ENOENT && errno != EISDIR && errno != EPERM)
				return -1;
		}
		slash = strrchr(path, '/');
		if (!slash)
			return 0;
		*slash = '\0';
	}
}

/* Under a name of ours, then over whatever is there. */
static int
write_new(int parent, const struct was *w, const struct buf *bytes)
{
	CLEANUP(fd) int fd = -1;

	if (unlinkat(parent, TEMP, 0) < 0 && errno != ENOENT)
		return -1;
	if (w->mode == GIT_MODE_LINK)
		return symlinkat(bytes->p, parent, TEMP);
	fd = openat(parent, TEMP, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 || store_write_all(fd, bytes->p, bytes->len) < 0 ? -1 :
	    fchmod(fd, w->mode == GIT_MODE_EXEC ? 0755 : 0644);
}

static int
put(const struct was *w, void *arg)
{
	const struct back *b = arg;
	CLEANUP(buf) struct buf bytes = BUF_INIT;
	const char *base;

	if (!w->mode || w->mode == GIT_MODE_GITLINK)
		return 0;
	CLEANUP(fd) int parent = path_open_parent(b->tree, w->path, true, &base);

	if (parent < 0 || tree_object(b->j, w->oid, &bytes, BLOB_MAX, b->why) < 0)
		return -1;
	return write_new(parent, w, &bytes) < 0 ? -1 : renameat(parent, TEMP, parent, base);
}

int
treeback(const struct job *j, const struct change *was, const struct change *now, struct buf *why)
{
	CLEANUP(fd) int tree = store_opendir_ours(j->fd, JOB_TREE);
	struct back b = { j, tree, why };

	if (tree >= 0 && differ(was, now, clear, &b) == 0 && differ(was, now, put, &b) == 0)
		return 0;
	int e = errno;
	if (!why->len)
		(void)buf_addf(why, "the tree cannot be put back: %s", strerror(e));
	errno = e;
	return -1;
}
