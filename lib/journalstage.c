/* SPDX-License-Identifier: MIT */
/* journalstage: write the new files where a rename can bring them in. */
#include "journalstage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journalstep.h"
#include "path.h"
#include "store.h"
#include "thing.h"

/* Which mount a directory is on: renames do not cross, not even bind mounts. */
struct mount {
	uint64_t id;
	unsigned major, minor;
};

static int
mount_of(int fd, struct mount *m)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_BASIC_STATS, &x) < 0)
		return -1;
	*m = (struct mount){ x.stx_mask & STATX_MNT_ID ? x.stx_mnt_id : 0,
		x.stx_dev_major, x.stx_dev_minor };
	return 0;
}

static bool
mount_same(const struct mount *a, const struct mount *b)
{
	return a->id == b->id && a->major == b->major && a->minor == b->minor;
}

/* Open the deepest directory above path that exists; *len: how much of path it is. */
static int
nearest(int ws, const char *path, size_t *len)
{
	CLEANUP(free) char *p = strdup(path);
	char *slash;

	if (!p)
		return -1;
	while ((slash = strrchr(p, '/'))) {
		*slash = '\0';
		int fd = path_open(ws, p, O_RDONLY | O_DIRECTORY, 0);

		if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)) {
			*len = (size_t)(slash - p);
			return fd;
		}
	}
	*len = 0;
	return fcntl(ws, F_DUPFD_CLOEXEC, 3);
}

/* Record a place before it exists, so that debris of a kill can be found. */
static int
place_new(struct landing *l, const char *path)
{
	CLEANUP(buf) struct buf list = BUF_INIT;
	CLEANUP(fd) int parent = -1;
	int *v = reallocarray(l->place, l->j.nplace + 1, sizeof(*v));
	const char *base;
	struct stat st;

	if (!v)
		return -1;
	l->place = v;
	parent = path_open_parent(l->ws, path, false, &base);
	if (parent < 0)
		return -1;
	/* Somebody's own by that name must not be taken for debris of ours. */
	if (fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	for (size_t i = 0; i < l->j.nplace; i++)
		buf_add(&list, l->j.place[i], strlen(l->j.place[i]) + 1);
	buf_add(&list, path, strlen(path) + 1);
	if (!buf_ok(&list) || store_replace(l->stage, JOURNAL_PLACES, list.p, list.len, 0) < 0)
		return -1;
	if (mkdirat(parent, base, 0700) < 0)
		return -1;
	v[l->j.nplace] = store_opendir(parent, base);
	if (v[l->j.nplace] < 0 || store_sync(parent) < 0)
		return -1;
	if (journal_add_place(&l->j, path) < 0) {
		close(v[l->j.nplace]);
		return -1;
	}
	return 0;
}

/* The place for files below a directory of another mount: at the top of that mount. */
static int
place_of(struct landing *l, const char *path, size_t len, const struct mount *m, unsigned *place)
{
	CLEANUP(free) char *dir = strndup(path, len);
	CLEANUP(buf) struct buf name = BUF_INIT;
	struct mount up;

	if (!dir)
		return -1;
	while (*dir) {
		char *slash = strrchr(dir, '/');
		size_t n = slash ? (size_t)(slash - dir) : 0;
		CLEANUP(free) char *above = strndup(dir, n);
		CLEANUP(fd) int fd = -1;

		if (!above)
			return -1;
		fd = n ? path_open(l->ws, above, O_RDONLY | O_DIRECTORY, 0)
			: fcntl(l->ws, F_DUPFD_CLOEXEC, 3);
		if (fd < 0 || mount_of(fd, &up) < 0)
			return -1;
		if (!mount_same(&up, m))
			break;
		dir[n] = '\0';
	}
	buf_addf(&name, "%s%s" JOURNAL_PLACE, dir, *dir ? "/" : "");
	if (!buf_ok(&name))
		return -1;
	for (size_t i = 0; i < l->j.nplace; i++) {
		if (!strcmp(l->j.place[i], name.p)) {
			*place = (unsigned)i + 1;
			return 0;
		}
	}
	if (place_new(l, name.p) < 0)
		return -1;
	*place = (unsigned)l->j.nplace;
	return 0;
}

/*
 * Entries come in byte order, so all below one directory stand together: a
 * directory was met before iff the last path of its kind lies below it too.
 */
static bool
dir_known(const char *last, const char *path, size_t len)
{
	return last && !strncmp(last, path, len) && last[len] == '/';
}

/* The directories below the one that exists are to be made, with its mode. */
static int
note_made(struct landing *l, const char *last, const char *path, size_t len, unsigned mode)
{
	for (const char *s = path + len + (len > 0); (s = strchr(s, '/')); s++)
		if (!dir_known(last, path, (size_t)(s - path)) &&
		    journal_add_dir(&l->j, true, path, (size_t)(s - path), mode) < 0)
			return -1;
	return 0;
}

/* The first entry from lo on whose path begins with dir and a byte of at least c. */
static size_t
below_from(const struct plan *p, size_t lo, const char *dir, size_t len, unsigned char c)
{
	size_t hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int d = strncmp(p->e[mid].path, dir, len);

		if (d < 0 || (!d && (unsigned char)p->e[mid].path[len] < c))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* written[k]: how many of the first k entries put a file there. */
static bool
write_below(const struct plan *p, const size_t *written, const char *dir, size_t len)
{
	size_t from = below_from(p, 0, dir, len, '/');

	return written[from] < written[below_from(p, from, dir, len, '/' + 1)];
}

static size_t *
count_written(const struct plan *p)
{
	size_t *written = calloc(p->n + 1, sizeof(*written));

	for (size_t i = 0; written && i < p->n; i++)
		written[i + 1] = written[i] +
			(p->e[i].op == PLAN_ADD || p->e[i].op == PLAN_MODIFY);
	return written;
}

/* The parents of a deletion may become empty; git removes them then, and so do we. */
static int
note_emptied(struct landing *l, const struct plan *p, const size_t *written, const char *last,
	const char *path)
{
	for (const char *s = path; (s = strchr(s, '/')); s++) {
		size_t len = (size_t)(s - path);
		CLEANUP(free) char *dir = NULL;
		CLEANUP(fd) int fd = -1;
		struct stat st;

		if (dir_known(last, path, len) || write_below(p, written, path, len))
			continue;
		dir = strndup(path, len);
		fd = dir ? path_open(l->ws, dir, O_RDONLY | O_DIRECTORY, 0) : -1;
		if (fd < 0 || fstat(fd, &st) < 0 ||
		    journal_add_dir(&l->j, false, path, len, st.st_mode & 07777) < 0)
			return -1;
	}
	return 0;
}

/*
 * The mode of a new file: that of the old one, or as open as its directory (the
 * person's umask is not known here), with or without the executable bits.
 */
static mode_t
file_mode(const struct plan_entry *e, const struct stat *old, mode_t dirmode)
{
	if (e->now.kind != PLAN_FILE)
		return dirmode & (e->then.exec ? 0755 : 0644);
	mode_t m = old->st_mode & 0777;

	if (e->then.exec == e->now.exec)
		return m;
	return e->then.exec ? m | (m & 0444) >> 2 : m & ~(mode_t)0111;
}

static int
put_file(int sd, const char *slot, const struct buf *bytes, mode_t mode, const struct stat *old,
	bool sync)
{
	CLEANUP(fd) int fd = openat(sd, slot,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || store_write_all(fd, bytes->p, bytes->len) < 0)
		return -1;
	/* Keep another owner where we may (root, or a group of ours). */
	if (old->st_nlink && (old->st_uid != geteuid() || old->st_gid != getegid()) &&
	    fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
		return -1;
	if (fchmod(fd, mode) < 0 || (sync && store_sync(fd) < 0))
		return -1;
	return close(steal_fd(&fd));
}

/* One new file into its slot; what it is must be what the plan says. */
static int
stage_bytes(struct landing *l, size_t i, const struct plan_entry *pe, const struct buf *bytes,
	mode_t dirmode, bool sync)
{
	struct journal_entry *e = &l->j.e[i];
	int sd = journal_slot_dir(l, i);
	struct stat old = { 0 }, st;
	struct plan_thing is;
	char slot[JOURNAL_SLOT];
	const char *base;

	thing_of(&is, pe->then.kind, pe->then.exec, bytes->p, bytes->len);
	if (!plan_same(&is, &pe->then)) {
		errno = ESTALE;
		return -1;
	}
	journal_slot(slot, i, false);
	if (e->op == 'M') {
		CLEANUP(fd) int parent = path_open_parent(l->ws, e->path, false, &base);

		if (parent < 0 || fstatat(parent, base, &old, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
	}
	if (pe->then.kind == PLAN_LINK) {
		if (symlinkat(bytes->p, sd, slot) < 0)
			return -1;
	} else if (put_file(sd, slot, bytes, file_mode(pe, &old, dirmode), &old, sync) < 0) {
		return -1;
	}
	if (fstatat(sd, slot, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	e->ino = st.st_ino;
	return 0;
}

/* What stage_where() keeps from one entry to the next. */
struct staging {
	const struct plan *p;
	size_t *written;
	const char *made, *emptied;	/* the last addition, the last deletion */
};

/* Where entry i is staged, and what directories it takes. */
static int
stage_where(struct landing *l, struct staging *g, size_t i, const char *path, mode_t *dirmode)
{
	struct journal_entry *e = &l->j.e[i];
	CLEANUP(fd) int near = -1;
	struct mount here, m;
	struct stat st;
	size_t len;

	near = nearest(l->ws, path, &len);
	if (near < 0 || fstat(near, &st) < 0 || mount_of(near, &m) < 0 ||
	    mount_of(l->stage, &here) < 0)
		return -1;
	*dirmode = st.st_mode;
	if (!mount_same(&m, &here) && place_of(l, path, len, &m, &e->place) < 0)
		return -1;
	const char **last = e->op == 'D' ? &g->emptied : &g->made, *before = *last;

	if (e->op == 'M')
		return 0;
	*last = path;
	return e->op == 'D' ? note_emptied(l, g->p, g->written, before, path)
		: note_made(l, before, path, len, st.st_mode & 0755);
}

int
journal_stage(struct landing *l, const struct plan *p,
	int (*source)(const struct plan_entry *e, struct buf *out, void *arg), void *arg,
	struct buf *why)
{
	CLEANUP(buf) struct buf bytes = BUF_INIT;
	CLEANUP(free) size_t *written = count_written(p);
	struct staging g = { p, written, NULL, NULL };
	struct plan_count c;
	mode_t dirmode;

	if (!written)
		return -1;
	plan_count(p, &c);
	for (size_t k = 0; k < p->n; k++) {
		const struct plan_entry *pe = &p->e[k];
		size_t i = l->j.n;

		if (pe->op != PLAN_ADD && pe->op != PLAN_MODIFY && pe->op != PLAN_DELETE)
			continue;
		struct journal_entry *e = journal_add(&l->j, pe->op == PLAN_ADD ? 'A' :
			pe->op == PLAN_MODIFY ? 'M' : 'D', pe->path);

		if (!e)
			return -1;
		/* A directory in the way that will be empty is no old file. */
		if (pe->now.kind != PLAN_DIR)
			e->old = pe->now;
		e->new = pe->then;
		buf_reset(&bytes);
		if (stage_where(l, &g, i, pe->path, &dirmode) < 0 || (pe->op != PLAN_DELETE &&
		    (source(pe, &bytes, arg) < 0 ||
		     stage_bytes(l, i, pe, &bytes, dirmode, c.writes <= JOURNAL_MANY) < 0))) {
			buf_addf(why, "'%s': %s", pe->path, errno == ESTALE ?
				"its bytes are not what was planned" : strerror(errno));
			return -1;
		}
	}
	return 0;
}

int
journal_open_places(struct landing *l)
{
	l->place = calloc(l->j.nplace + 1, sizeof(*l->place));
	if (!l->place)
		return -1;
	for (size_t i = 0; i < l->j.nplace; i++)
		l->place[i] = path_open(l->ws, l->j.place[i], O_RDONLY | O_DIRECTORY, 0);
	return 0;
}

int
journal_drop_places(int ws, int dir)
{
	CLEANUP(buf) struct buf list = BUF_INIT;

	if (store_read(dir, JOURNAL_PLACES, &list, JOURNAL_MAX) < 0)
		return errno == ENOENT ? 0 : -1;
	for (size_t i = 0; i < list.len; i += strlen(list.p + i) + 1) {
		const char *base, *path = list.p + i;
		CLEANUP(fd) int parent = -1;

		/* Only what is ours by name, wherever the file came from. */
		if (!plan_path_ok(path, strlen(path)))
			continue;
		parent = path_open_parent(ws, path, false, &base);
		if (parent >= 0 && !strcmp(base, JOURNAL_PLACE) && store_remove(parent, base) < 0)
			return -1;
	}
	return 0;
}
