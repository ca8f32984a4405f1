/* SPDX-License-Identifier: MIT */
/* scan: the per-case table of security.md section 4, row by row. */
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "collide.h"
#include "fold.h"
#include "room.h"
#include "walk.h"

#define NAMED 20			/* ignored paths kept by name */

void
scan_release(struct scan *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->items[i].path);
	free(s->items);
	s->items = NULL;
	s->n = 0;
}

static int
refuse(struct scan *s, const char *path, const char *reason)
{
	return change_add_reason(&s->change->refused, &s->change->nrefused, path, reason);
}

static int
ignored(struct scan *s, const char *path, bool dir)
{
	struct change *c = s->change;
	CLEANUP(buf) struct buf name = BUF_INIT;

	c->ignored_total++;
	if (c->nignored >= NAMED)
		return 0;
	if (buf_addf(&name, "%s%s", path, dir ? "/" : "") < 0)
		return -1;
	return change_add_string(&c->ignored, &c->nignored, name.p);
}

static int
candidate(struct scan *s, const char *path, struct index_entry *e)
{
	struct scan_item *list = room_for(s->items, s->n, sizeof(*list));

	if (!list)
		return -1;
	s->items = list;
	s->items[s->n] = (struct scan_item){ strdup(path), e, false };
	return s->items[s->n++].path ? 0 : -1;
}

/* Is the item directly the tree's own .git, which only points to agent.git? */
static bool
own_git(const struct walk_item *it)
{
	return it->name == it->path && !strcmp(it->path, ".git");
}

static bool
shared(const struct scan *s, const char *path)
{
	for (size_t i = 0; i < s->info->nshares; i++)
		if (!strcmp(s->info->shares[i], path))
			return true;
	return false;
}

/* A directory where the base has a submodule: what is in it cannot be part of the change. */
static int
in_submodule(struct scan *s, const struct walk_item *it)
{
	struct index_entry *e = index_find(s->index, it->path, it->len);

	if (!e || e->mode != GIT_MODE_GITLINK)
		return 0;
	e->seen = true;
	return 1;
}

/* Is the name git's own, in whatever spelling? Then refused: 1, 0, -1. */
static int
dotgit(struct scan *s, const struct walk_item *it)
{
	if (!fold_is_dotgit(it->name, strlen(it->name)))
		return 0;
	return refuse(s, it->path, strcmp(it->name, ".git") ? "some file system takes it for .git"
		: "nested repository") < 0 ? -1 : 1;
}

/* A directory the base does not have. */
static int
new_dir(struct scan *s, const struct walk_item *it)
{
	int rc = dotgit(s, it);

	if (rc)
		return rc < 0 ? -1 : 0;
	if (shared(s, it->path))
		return 0;
	if (in_submodule(s, it))
		return 1;		/* only to name what was put there */
	rc = ignore_match(s->ignore, it->path, true);
	if (rc > 0)
		return ignored(s, it->path, true);
	return rc < 0 ? -1 : 1;
}

/* A directory the base has: read it only if its names may have changed. */
static int
how_to_enter(const struct scan *s, long dir, const char *path)
{
	struct stat st;

	return fstatat(s->tree, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
		dircache_same(s->dirs, s->index, dir, &st) ? 2 : 1;
}

static int
on_dir(void *arg, const struct walk_item *it)
{
	struct scan *s = arg;

	if (own_git(it))
		return 0;
	long dir = index_dir(s->index, it->path, it->len);
	if (dir >= 0)
		return how_to_enter(s, dir, it->path);
	(void)pthread_mutex_lock(&s->lock);
	int rc = new_dir(s, it);
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

/* If some directory above it belongs to a submodule of the base, refuse that, once. 1, 0, -1. */
static int
below_submodule(struct scan *s, const char *path)
{
	struct change *c = s->change;

	for (const char *p = path; (p = strchr(p, '/')); p++) {
		const struct index_entry *e = index_find(s->index, path, (size_t)(p - path));
		if (!e || e->mode != GIT_MODE_GITLINK)
			continue;
		for (size_t i = 0; i < c->nrefused; i++)
			if (!strcmp(c->refused[i].path, e->path))
				return 1;
		return refuse(s, e->path, "files were put into a submodule") < 0 ? -1 : 1;
	}
	return 0;
}

static const char *
special_name(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) ? "fifo" : S_ISSOCK(st->st_mode) ? "socket"
		: S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? "device" : NULL;
}

/* A file or link that is not in the base. */
static int
on_new(struct scan *s, const struct walk_item *it)
{
	struct change *c = s->change;
	const char *special = special_name(it->st);

	int rc = below_submodule(s, it->path);
	if (rc)
		return rc < 0 ? -1 : 0;
	rc = ignore_match(s->ignore, it->path, false);
	if (rc)
		return rc < 0 ? -1 : ignored(s, it->path, false);
	if (special)
		return change_add_reason(&c->special, &c->nspecial, it->path, special);
	if (S_ISLNK(it->st->st_mode) && fold_is_gitmodules(it->name, strlen(it->name)))
		return refuse(s, it->path, "a symlink that stands for .gitmodules");
	return candidate(s, it->path, NULL);
}

/* Not certainly as the base has it. */
static int
differs(struct scan *s, const struct walk_item *it, struct index_entry *e)
{
	struct change *c = s->change;

	if (!e || e->mode == GIT_MODE_GITLINK) {
		int rc = own_git(it) ? 1 : dotgit(s, it);
		if (rc)
			return rc < 0 ? -1 : 0;
		if (!e)
			return on_new(s, it);
		e->seen = true;
		return refuse(s, it->path, "replaces a submodule");
	}
	if (special_name(it->st))	/* the file is gone; what stands there is nothing git knows */
		return change_add_reason(&c->special, &c->nspecial, it->path, special_name(it->st));
	e->seen = true;
	if (S_ISLNK(it->st->st_mode) && fold_is_gitmodules(it->name, strlen(it->name)))
		return refuse(s, it->path, "a symlink that stands for .gitmodules");
	return candidate(s, it->path, e);
}

static int
compare(struct scan *s, const struct walk_item *it, struct index_entry *e)
{
	if (e && index_same(s->index, e, it->st)) {
		e->seen = true;		/* nobody else looks at this entry */
		return 0;
	}
	(void)pthread_mutex_lock(&s->lock);
	int rc = differs(s, it, e);
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

static int
on_item(void *arg, const struct walk_item *it)
{
	struct scan *s = arg;

	return compare(s, it, index_find(s->index, it->path, it->len));
}

/* A file or submodule of the base, in a directory whose names are the base's. */
static int
known_entry(struct scan *s, struct walk *w, struct index_entry *e, size_t dir_len)
{
	struct stat st;
	struct walk_item it = { e->path, e->len, e->path + dir_len + 1, &st };

	if (fstatat(s->tree, e->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;	/* removed just now */
	if (!S_ISDIR(st.st_mode))
		return compare(s, &it, e);
	it.st = NULL;
	int rc = on_dir(s, &it);
	return rc > 0 ? walk_add(w, e->path, e->len, rc) : rc;
}

/*
 * The directory is as it was made, so what is in it are the entries of the
 * base; each of its directories is really one, and is looked at in its turn.
 */
static int
on_known(void *arg, struct walk *w, const char *path, size_t len)
{
	struct scan *s = arg;
	const struct index *x = s->index;
	long dir = index_dir(x, path, len);
	size_t i = x->dirs[dir].first;

	while (i < x->n && x->e[i].len > len && x->e[i].path[len] == '/' &&
		!memcmp(x->e[i].path, path, len)) {
		struct index_entry *e = &x->e[i];
		const char *slash = strchr(e->path + len + 1, '/');
		if (!slash) {
			if (known_entry(s, w, e, len) < 0)
				return -1;
			i++;
			continue;
		}
		size_t sub = (size_t)(slash - e->path);
		CLEANUP(free) char *name = strndup(e->path, sub);
		if (!name || walk_add(w, name, sub, how_to_enter(s, index_dir(x, name, sub), name)) < 0)
			return -1;
		while (i < x->n && x->e[i].len > sub && !memcmp(x->e[i].path, name, sub) &&
			x->e[i].path[sub] == '/')
			i++;
	}
	return 0;
}

static int
on_bad(void *arg, const struct walk_item *it, enum walk_bad why)
{
	struct scan *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	int rc = why == WALK_MOUNT && shared(s, it->path) ? 0 : refuse(s, it->path,
		why == WALK_MOUNT ? "another file system" : "the path is too long");
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

static int
by_path(const void *a, const void *b)
{
	const struct scan_item *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int
reason_by_path(const void *a, const void *b)
{
	const struct change_reason *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int
string_by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
scan_tree(struct scan *s)
{
	struct walk_ops ops = { .dir = on_dir, .known = on_known,
		.item = on_item, .bad = on_bad, .arg = s };
	struct change *c = s->change;

	if (pthread_mutex_init(&s->lock, NULL) != 0)
		return -1;
	int rc = walk_tree(s->tree, &ops), saved = errno;
	(void)pthread_mutex_destroy(&s->lock);
	errno = saved;
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < s->index->n; i++) {
		const struct index_entry *e = &s->index->e[i];
		if (!e->seen && e->mode == GIT_MODE_GITLINK &&
			refuse(s, e->path, "the submodule's directory was removed") < 0)
			return -1;
	}
	/* the order of a directory is nobody's: the same tree gives the same answer */
	if (s->n)
		qsort(s->items, s->n, sizeof(*s->items), by_path);
	if (scan_collisions(s) < 0)
		return -1;
	if (c->nrefused)
		qsort(c->refused, c->nrefused, sizeof(*c->refused), reason_by_path);
	if (c->nspecial)
		qsort(c->special, c->nspecial, sizeof(*c->special), reason_by_path);
	if (c->nignored)
		qsort(c->ignored, c->nignored, sizeof(*c->ignored), string_by_bytes);
	return 0;
}
