/* SPDX-License-Identifier: MIT */
#include "dircache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "store.h"

#define NAME "jobdir.dirs"
#define MAX ((size_t)1 << 30)

static void
forget_above(struct dircache_record *r, const struct index *x, const char *path)
{
	for (const char *p = path; (p = strchr(p, '/')); p++) {
		long dir = index_dir(x, path, (size_t)(p - path));
		if (dir >= 0)
			r[dir].ino = 0;
	}
}

int
dircache_write(int ctl, int tree, const struct index *x, char *const *except, size_t n)
{
	CLEANUP(free) struct dircache_record *r = calloc(x->ndirs + 1, sizeof(*r));
	CLEANUP(buf) struct buf path = BUF_INIT;
	struct stat st;

	if (!r)
		return -1;
	for (size_t i = 0; i < x->ndirs; i++) {
		const struct index_dir *d = &x->dirs[i];
		buf_reset(&path);
		if (buf_add(&path, x->e[d->first].path, d->len) < 0)
			return -1;
		if (fstatat(tree, path.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
			r[i] = (struct dircache_record){ st.st_ino, st.st_ctim.tv_sec,
				st.st_ctim.tv_nsec };
	}
	for (size_t i = 0; i < n; i++)
		forget_above(r, x, except[i]);
	return store_replace(ctl, NAME, r, x->ndirs * sizeof(*r), STORE_NOSYNC);
}

int
dircache_load(struct dircache *c, int ctl, const struct index *x)
{
	CLEANUP(buf) struct buf text = BUF_INIT;

	*c = (struct dircache){ 0 };
	if (store_read(ctl, NAME, &text, MAX) < 0)
		return errno == ENOMEM ? -1 : 0;
	if (text.len != x->ndirs * sizeof(*c->r))
		return 0;
	if (!(c->r = malloc(text.len + 1)))
		return -1;
	memcpy(c->r, text.p, text.len);
	c->n = x->ndirs;
	return 0;
}

void
dircache_release(struct dircache *c)
{
	free(c->r);
	*c = (struct dircache){ 0 };
}

bool
dircache_same(const struct dircache *c, const struct index *x, long dir, const struct stat *st)
{
	if (dir < 0 || (size_t)dir >= c->n || !c->r[dir].ino)
		return false;
	const struct dircache_record *r = &c->r[dir];
	return r->ino == st->st_ino && r->sec == st->st_ctim.tv_sec &&
		r->nsec == st->st_ctim.tv_nsec && !index_racy(x, &st->st_ctim);
}
