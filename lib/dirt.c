/* SPDX-License-Identifier: MIT */
/*
 * dirt: first git's stat data decides (diff-index), then git's own conversions
 * (a refresh of our copy of the index), then the bytes and the Git LFS pointer.
 */
#include "dirt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lfs.h"
#include "room.h"
#include "userview.h"
#include "walk.h"

#define COMPARE_MAX ((size_t)256 << 20)

struct finding {
	struct tree_dirty *d;
	bool doubtful;			/* some differ only by stat data so far */
	struct git_cat cat;
	int root;
};

void
tree_dirty_release(struct tree_dirty *d)
{
	for (size_t i = 0; i < d->nfiles; i++)
		free(d->files[i].path);
	free(d->files);
	*d = (struct tree_dirty){ 0 };
}

static int
add(struct tree_dirty *d, const char *path, char status, unsigned mode)
{
	struct tree_dirt *list = room_for(d->files, d->nfiles, sizeof(*list));

	if (!list)
		return -1;
	d->files = list;
	if (!(d->files[d->nfiles].path = strdup(path)))
		return -1;
	d->files[d->nfiles].mode = mode;
	d->files[d->nfiles++].status = status;
	return 0;
}

/* Do the workspace's bytes stand for this blob? 1, 0, -1. */
static int
same_content(struct finding *f, const char *oid, const char *path)
{
	CLEANUP(buf) struct buf blob = BUF_INIT;
	CLEANUP(buf) struct buf file = BUF_INIT;
	char type[16];
	struct stat st;
	CLEANUP(fd) int fd = walk_open(f->root, path, &st);

	if (fd < 0)
		return 0;
	if (git_cat_read(&f->cat, oid, type, &blob, COMPARE_MAX) < 0)
		return errno == ENOENT || errno == EFBIG ? 0 : -1;
	struct lfs_pointer p;
	if (lfs_parse(blob.p, blob.len, &p) == 0 && p.size == (uint64_t)st.st_size)
		return lfs_matches(&p, fd);
	if ((size_t)st.st_size != blob.len || buf_read(&file, fd, COMPARE_MAX) < 0)
		return 0;
	return file.len == blob.len && !memcmp(file.p, blob.p, blob.len);
}

/*
 * One record of diff-index --raw -z: ":OLDMODE NEWMODE OLD NEW S" NUL path NUL.
 * NEW is zero where git looked at stat data only.
 */
static int
record(struct finding *f, const char *meta, const char *path, bool last)
{
	size_t len = strlen(meta);
	const char *old = meta + 15, *sp = len < 20 ? NULL : strchr(old, ' ');
	char old_mode[8], new_mode[8], status;

	if (!sp) {
		errno = EBADMSG;
		return -1;
	}
	status = meta[len - 1];
	memcpy(old_mode, meta + 1, 6);
	memcpy(new_mode, meta + 8, 6);
	old_mode[6] = new_mode[6] = '\0';
	CLEANUP(free) char *oid = strndup(old, (size_t)(sp - old));
	if (!oid)
		return -1;
	bool unknown = sp[1] == '0' && strspn(sp + 1, "0") == strlen(oid);
	if (status == 'M' && unknown && !strcmp(old_mode, new_mode) && new_mode[1] == '0') {
		if (!last) {
			f->doubtful = true;
			return 0;
		}
		int same = same_content(f, oid, path);
		if (same)
			return same < 0 ? -1 : 0;
	}
	return add(f->d, path, status, (unsigned)strtoul(new_mode, NULL, 8));
}

static int
diff_index(struct finding *f, const struct git *g, const char *commit, bool last,
	struct buf *why)
{
	const char *const args[] = { "diff-index", "--raw", "-z", "--no-renames", "--full-index",
		"--no-ext-diff", "--no-textconv", "--ignore-submodules=all", commit, "--", NULL };
	CLEANUP(buf) struct buf out = BUF_INIT;
	int rc = git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, why);

	if (rc != 0) {
		errno = rc < 0 ? errno : EBADMSG;
		return -1;
	}
	for (char *p = out.p, *end = out.p + out.len; p < end;) {
		char *path = p + strlen(p) + 1;
		if (path >= end || record(f, p, path, last) < 0)
			return -1;
		p = path + strlen(path) + 1;
	}
	return 0;
}

static int
untracked(struct finding *f, const struct git *g, struct buf *why)
{
	static const char *const args[] = {
		"ls-files", "-z", "--others", "--exclude-standard", NULL,
	};
	CLEANUP(buf) struct buf out = BUF_INIT;
	int rc = git_run(g, args, NULL, 0, &out, GIT_OUT_MAX, why);

	if (rc != 0) {
		errno = rc < 0 ? errno : EBADMSG;
		return -1;
	}
	for (char *p = out.p, *end = out.p + out.len; p < end; p += strlen(p) + 1)
		/* "x/": a repository of its own, which is as little ours as a submodule */
		if (p[strlen(p) - 1] != '/' && add(f->d, p, '?', 0) < 0)
			return -1;
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct tree_dirt *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (int)x->status - (int)y->status;
}

/* In order, and each path once: 'D' and '?' together are one file taken out of the index. */
static void
tidy(struct tree_dirty *d)
{
	size_t n = 0;

	if (d->nfiles)
		qsort(d->files, d->nfiles, sizeof(*d->files), by_path);
	for (size_t i = 0; i < d->nfiles; i++) {
		if (n && !strcmp(d->files[n - 1].path, d->files[i].path)) {
			d->files[n - 1].status = 'M';
			free(d->files[i].path);
		} else {
			d->files[n++] = d->files[i];
		}
	}
	d->nfiles = d->total = n;
}

static int
find(struct finding *f, const struct git *g, const char *commit, struct buf *why)
{
	static const char *const refresh[] = { "update-index", "-q", "--refresh", NULL };

	if (diff_index(f, g, commit, false, why) < 0)
		return -1;
	if (f->doubtful) {
		/* of our copy; compares contents through the person's own conversions */
		if (git_run(g, refresh, NULL, 0, NULL, 0, NULL) < 0)
			return -1;
		tree_dirty_release(f->d);
		if (git_cat_open(&f->cat, g) < 0)
			return -1;
		int rc = diff_index(f, g, commit, true, why), e = errno;
		git_cat_close(&f->cat);
		errno = e;
		if (rc < 0)
			return -1;
	}
	if (untracked(f, g, why) < 0)
		return -1;
	tidy(f->d);
	return 0;
}

int
dirt_list(const struct git_repo *r, const char *commit, struct tree_dirty *d, struct buf *why)
{
	struct userview v;
	CLEANUP(fd) int root = open(r->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct finding f = { .d = d, .root = root, .cat = { .in = -1 } };

	*d = (struct tree_dirty){ 0 };
	if (root < 0 || userview_open(&v, r, why) < 0)
		return -1;
	int rc = find(&f, &v.g, commit, why), e = errno;
	userview_close(&v);
	if (rc < 0)
		tree_dirty_release(d);
	errno = e;
	return rc;
}

int
tree_dirty(const struct git_repo *r, size_t max, struct tree_dirty *d, struct buf *why)
{
	*d = (struct tree_dirty){ 0 };
	if (r->unborn) {
		if (why)
			(void)buf_addstr(why, "the branch has no commit yet");
		errno = ENODATA;
		return -1;
	}
	if (dirt_list(r, r->head, d, why) < 0)
		return -1;
	while (d->nfiles > max)
		free(d->files[--d->nfiles].path);
	return 0;
}
