/* SPDX-License-Identifier: MIT */
/* journalstep: move one file in, check what came out; and the way back. */
#include "journalstep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "path.h"
#include "store.h"
#include "thing.h"

void
journal_slot(char out[JOURNAL_SLOT], size_t i, bool old)
{
	snprintf(out, JOURNAL_SLOT, "%s%zu", old ? "o" : "", i);
}

int
journal_slot_dir(const struct landing *l, size_t i)
{
	unsigned place = l->j.e[i].place;

	return place ? l->place[place - 1] : l->stage;
}

bool
journal_replaced(int err)
{
	return err == ENOENT || err == ENOTDIR || err == ELOOP || err == EXDEV;
}

static bool
unsupported(int err)
{
	return err == EINVAL || err == ENOSYS || err == EOPNOTSUPP;
}

/* Move a name without replacing anything: rename, else link and unlink. */
static int
move(int from, const char *name, int to, const char *newname)
{
	if (renameat2(from, name, to, newname, RENAME_NOREPLACE) == 0)
		return 0;
	if (!unsupported(errno))
		return -1;
	if (linkat(from, name, to, newname, 0) < 0) {
		if (errno == EPERM)
			errno = EOPNOTSUPP;
		return -1;
	}
	return unlinkat(from, name, 0);
}

/* The inode at a name, 0 if there is none. */
static int
ino_at(int dirfd, const char *name, uint64_t *ino)
{
	struct stat st;

	*ino = 0;
	if (dirfd < 0)
		return 0;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		*ino = st.st_ino;
	else if (errno != ENOENT && errno != ENOTDIR)
		return -1;
	return 0;
}

/* What is at a name is still this thing, and nobody is writing to it. */
static int
still(int dirfd, const char *name, int flags, const struct plan_thing *want)
{
	struct plan_thing t;

	if (thing_read(dirfd, name, flags, &t, NULL, NULL) < 0)
		return -1;
	if (!plan_same(&t, want)) {
		errno = ESTALE;
		return -1;
	}
	return 0;
}

/*
 * On the way back, where a look that fails must not pass for an edit: 1 it is
 * still ours, 0 somebody made it another, or is about to, -1+errno.
 */
static int
ours(int dirfd, const char *name, int flags, const struct plan_thing *want)
{
	struct stat st;
	int e;

	if (still(dirfd, name, flags, want) == 0)
		return 1;
	if (errno == ESTALE || errno == ETXTBSY || errno == ENOENT)
		return 0;
	/* What we made its owner could read. */
	e = errno;
	if (e == EACCES && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !(st.st_mode & S_IRUSR))
		return 0;
	errno = e;
	return -1;
}

static int
exchange(int a, const char *name, int b, const char *other)
{
	return renameat2(a, name, b, other, RENAME_EXCHANGE);
}

int
journal_do(struct landing *l, size_t i)
{
	const struct journal_entry *e = &l->j.e[i];
	CLEANUP(fd) int parent = -1;
	char slot[JOURNAL_SLOT], old[JOURNAL_SLOT];
	int sd = journal_slot_dir(l, i);
	const char *base;

	journal_slot(slot, i, false);
	journal_slot(old, i, true);
	parent = path_open_parent(l->ws, e->path, false, &base);
	if (parent < 0)
		return -1;
	if (e->op == 'A')
		return move(sd, slot, parent, base);
	if (e->op == 'D') {
		if (move(parent, base, sd, slot) < 0)
			return -1;
		return still(sd, slot, THING_QUIET, &e->old);
	}
	if (exchange(sd, slot, parent, base) == 0)
		return still(sd, slot, THING_QUIET, &e->old);
	if (!unsupported(errno))
		return -1;
	/* No exchange on this file system: out, look, in. */
	if (move(parent, base, sd, old) < 0 || still(sd, old, THING_QUIET, &e->old) < 0)
		return -1;
	return move(sd, slot, parent, base);
}

const char *
journal_step_why(int err)
{
	switch (err) {
	case ESTALE:
		return "changed while landing";
	case ETXTBSY:
		return "another program has it open for writing";
	case EEXIST:
		return "appeared while landing";
	case ENOENT:
		return "vanished while landing";
	case ELOOP: case EXDEV: case ENOTDIR:
		return "a parent directory was replaced while landing";
	case EOPNOTSUPP:
		return "this file system can neither exchange files nor link them";
	default:
		return strerror(err);
	}
}

static int
report_kept(struct landing *l, size_t i, const char *name, struct journal_report *r)
{
	struct journal_kept *k = reallocarray(r->kept, r->nkept + 1, sizeof(*k));
	CLEANUP(free) char *dir = NULL;

	if (!k)
		return -1;
	r->kept = k;
	k += r->nkept;
	memset(k, 0, sizeof(*k));
	k->path = strdup(l->j.e[i].path);
	if (!k->path)
		return -1;
	r->nkept++;
	if (!name)
		return 0;
	dir = path_of_fd(l->kept);
	if (!dir || asprintf(&k->old, "%s/%s", dir, name) < 0) {
		k->old = NULL;
		return -1;
	}
	return 0;
}

/* Copy a slot of another mount into kept-N/. */
static int
copy_kept(int sd, const char *slot, int kept, const char *name)
{
	CLEANUP(buf) struct buf bytes = BUF_INIT;
	struct plan_thing t;

	if (thing_read(sd, slot, 0, &t, NULL, &bytes) < 0)
		return -1;
	if (t.kind == PLAN_LINK)
		return symlinkat(bytes.p, kept, name);
	return store_replace(kept, name, bytes.p, bytes.len, 0);
}

/* The old version cannot go back to its place: keep it, under a name to tell. */
static int
keep(struct landing *l, size_t i, const char *slot, struct journal_report *r)
{
	const char *slash = strrchr(l->j.e[i].path, '/');
	const char *base = slash ? slash + 1 : l->j.e[i].path;
	CLEANUP(free) char *name = NULL;
	char dir[JOURNAL_SLOT + 8];
	int sd = journal_slot_dir(l, i);

	for (unsigned n = 1; l->kept < 0; n++) {
		snprintf(dir, sizeof(dir), "kept-%u", n);
		if (mkdirat(l->dir, dir, 0700) == 0)
			l->kept = store_opendir(l->dir, dir);
		else if (errno != EEXIST)
			return -1;
		if (l->kept < 0 && errno != EEXIST)
			return -1;
	}
	if (asprintf(&name, "%zu-%.200s", i, base) < 0) {
		name = NULL;
		return -1;
	}
	if (move(sd, slot, l->kept, name) < 0 &&
	    (errno != EXDEV || copy_kept(sd, slot, l->kept, name) < 0))
		return -1;
	if (store_sync(l->kept) < 0 || store_sync(l->dir) < 0)
		return -1;
	return report_kept(l, i, name, r);
}

/* Put an old file back; a name that exists by now is somebody else's: keep both. */
static int
put_back(struct landing *l, size_t i, const char *slot, int parent, const char *base,
	struct journal_report *r)
{
	int sd = journal_slot_dir(l, i);
	uint64_t s, t;

	if (parent < 0)
		return keep(l, i, slot, r);
	if (move(sd, slot, parent, base) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	if (ino_at(sd, slot, &s) < 0 || ino_at(parent, base, &t) < 0)
		return -1;
	if (s == t)			/* killed between link and unlink */
		return unlinkat(sd, slot, 0);
	return keep(l, i, slot, r);
}

/* Take our file out of the workspace again. 1: somebody changed it, it stays. */
static int
take_out(struct landing *l, size_t i, int parent, const char *base)
{
	const struct journal_entry *e = &l->j.e[i];
	int sd = journal_slot_dir(l, i);
	char slot[JOURNAL_SLOT];
	uint64_t s, t;
	int got;

	journal_slot(slot, i, false);
	if (ino_at(sd, slot, &s) < 0 || ino_at(parent, base, &t) < 0)
		return -1;
	if (!t || (s == e->ino && t != s))
		return 0;
	if (t != e->ino || sd < 0)
		return 1;
	got = ours(parent, base, 0, &e->new);
	if (got != 1)
		return got < 0 ? -1 : 1;
	if (s == t)			/* killed between link and unlink */
		return unlinkat(parent, base, 0);
	if (move(parent, base, sd, slot) < 0)
		return -1;
	got = ours(sd, slot, THING_QUIET, &e->new);
	if (got)
		return got < 0 ? -1 : 0;
	return move(sd, slot, parent, base) < 0 ? -1 : 1;
}

/* The slot holds what came out of the workspace: exchange again. */
static int
change_back(struct landing *l, size_t i, int parent, const char *base, struct journal_report *r)
{
	const struct journal_entry *e = &l->j.e[i];
	int sd = journal_slot_dir(l, i);
	char slot[JOURNAL_SLOT];
	uint64_t t = 0;
	int got;

	journal_slot(slot, i, false);
	if (parent >= 0 && ino_at(parent, base, &t) < 0)
		return -1;
	if (!t)
		return put_back(l, i, slot, parent, base, r);
	got = t == e->ino ? ours(parent, base, 0, &e->new) : 0;
	if (got != 1)
		return got < 0 ? -1 : keep(l, i, slot, r);
	if (exchange(sd, slot, parent, base) < 0)
		return -1;
	got = ours(sd, slot, THING_QUIET, &e->new);
	if (got)
		return got < 0 ? -1 : 0;
	/* Saved between the look and the exchange: theirs goes back. */
	if (exchange(sd, slot, parent, base) < 0)
		return -1;
	return keep(l, i, slot, r);
}

int
journal_undo(struct landing *l, size_t i, struct journal_report *r)
{
	const struct journal_entry *e = &l->j.e[i];
	CLEANUP(fd) int parent = -1;
	char slot[JOURNAL_SLOT], old[JOURNAL_SLOT];
	int sd = journal_slot_dir(l, i);
	uint64_t s, o;
	const char *base;
	int rc;

	journal_slot(slot, i, false);
	journal_slot(old, i, true);
	/* A parent that is gone or a link by now: what came out of it is kept. */
	parent = path_open_parent(l->ws, e->path, false, &base);
	if (parent < 0 && !journal_replaced(errno))
		return -1;
	if (ino_at(sd, slot, &s) < 0 || ino_at(sd, old, &o) < 0)
		return -1;
	if (e->op == 'D')
		return s ? put_back(l, i, slot, parent, base, r) : 0;
	if (e->op == 'M' && !o && s && s != e->ino)
		return change_back(l, i, parent, base, r);
	if (e->op == 'M' && !o)
		return 0;
	rc = take_out(l, i, parent, base);
	if (rc < 0)
		return -1;
	if (e->op == 'A')
		return rc ? report_kept(l, i, NULL, r) : 0;
	return rc ? keep(l, i, old, r) : put_back(l, i, old, parent, base, r);
}
