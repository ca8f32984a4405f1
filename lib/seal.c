/* SPDX-License-Identifier: MIT */
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt.h"
#include "content.h"
#include "difftree.h"
#include "job.h"
#include "lock.h"
#include "scan.h"
#include "sealed.h"
#include "store.h"
#include "tree.h"

#define SCRATCH ".diff"
#define LOCK "jobdir.lock"
#define TRIES 3

enum how { LOOK, NOW, RECORD, SEAL };	/* change_of(), change_now(), change_record(), and for good */

struct work {
	const struct job *j;
	enum how how;
	int attempt;			/* newest attempt-N/, or -1 */
	struct change *c;
	struct tree_info info;
	int ctl, scratch, tree;
	char *scratch_path, *git_dir;
	struct git g;			/* the scratch repository */
	struct buf *why;
};

static char *
join(const char *a, const char *b)
{
	struct buf s = BUF_INIT;

	(void)buf_addf(&s, "%s/%s", a, b);	/* sticky */
	return buf_steal(&s);
}

/* The scratch repository. */
static int
open_scratch(struct work *w)
{
	CLEANUP(free) char *ctl = join(w->j->path, JOB_CTL_GIT);
	CLEANUP(free) char *objects = ctl ? join(ctl, "objects") : NULL;

	if (!objects || store_remove(w->j->fd, SCRATCH) < 0)
		return -1;
	w->scratch = store_mkdir(w->j->fd, SCRATCH);
	w->scratch_path = join(w->j->path, SCRATCH);
	w->git_dir = w->scratch_path ? join(w->scratch_path, "git") : NULL;
	if (w->scratch < 0 || !w->git_dir)
		return -1;
	w->g = (struct git){ .git_dir = w->git_dir };
	return git_make(w->scratch, "git", w->info.format, NULL, objects);
}

/* What the bytes say about a file, for the list made later: marks by path. */
struct seen_marks {
	struct { char *path; unsigned marks; } *v;
	size_t n;
};

static int
refuse(struct work *w, const char *path, const char *reason)
{
	return change_add_reason(&w->c->refused, &w->c->nrefused, path, reason);
}

/* One candidate into the build. */
static int
take(struct work *w, struct git_build *b, struct scan_item *it, struct seen_marks *marks)
{
	struct content c;

	if (content_add(b, w->tree, it->path, &c) < 0) {
		if (errno == EFBIG)
			return refuse(w, it->path, "larger than 1 GiB");
		if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EISDIR ||
			errno == EINVAL)	/* the agent is at work: not what it was a moment ago */
			return it->entry ? git_build_delete(b, it->path) : 0;
		return -1;
	}
	if (c.extra && change_note(w->c, "setuid, setgid or sticky bit dropped: %s", it->path) < 0)
		return -1;
	unsigned m = (c.link_outside ? CHANGE_LINK_OUTSIDE : 0u) | (c.lfs ? CHANGE_LFS_POINTER : 0u);
	if (m) {
		void *p = realloc(marks->v, (marks->n + 1) * sizeof(*marks->v));
		if (!p)
			return -1;
		marks->v = p;
		marks->v[marks->n].path = it->path;
		marks->v[marks->n++].marks = m;
	}
	return git_build_set(b, it->path, c.mode, c.mark);
}

static int
build(struct work *w, struct scan *s, struct seen_marks *marks)
{
	char commit[GIT_OID_MAX + 1];
	struct git_build b;
	size_t gone = 0;
	int rc;

	for (size_t i = 0; i < s->index->n; i++)
		gone += !s->index->e[i].seen && s->index->e[i].mode != GIT_MODE_GITLINK;
	memcpy(w->c->tree, w->c->base, sizeof(w->c->tree));
	if (!gone && !s->n)
		return 0;
	rc = git_build_open(&b, &w->g, w->info.base_commit);
	if (rc < 0)
		return -1;
	for (size_t i = 0; i < s->index->n && rc == 0 && gone; i++)
		if (!s->index->e[i].seen && s->index->e[i].mode != GIT_MODE_GITLINK)
			rc = git_build_delete(&b, s->index->e[i].path);
	for (size_t i = 0; i < s->n && rc == 0; i++)
		if (!s->items[i].refused)
			rc = take(w, &b, &s->items[i], marks);
	if (rc == 0)
		return git_build_finish(&b, "sealed by jobdir", commit, w->c->tree, w->why);
	git_build_abort(&b);
	return -1;
}

static void
set_marks(struct change *c, const struct seen_marks *marks)
{
	for (size_t i = 0; i < marks->n; i++) {
		struct change_file *f = (struct change_file *)change_find(c, marks->v[i].path);
		if (f)
			f->marks |= marks->v[i].marks;
	}
}

/* Tree -> c: tree id, files, marks; oids: all objects the difference is made of. */
static int
compute(struct work *w, struct buf *oids)
{
	struct seen_marks marks = { 0 };
	struct index x;
	struct ignore ig;
	struct dircache dirs;
	int rc;

	if (index_open(&x, w->ctl, "index", !strcmp(w->info.format, "sha256")) < 0) {
		(void)buf_addstr(w->why, "the index of ctl.git cannot be read");
		return -1;
	}
	ignore_init(&ig, &w->g, &x, w->scratch, w->scratch_path);
	struct scan s = { .info = &w->info, .change = w->c, .index = &x, .ignore = &ig,
		.dirs = &dirs, .tree = w->tree };
	rc = dircache_load(&dirs, w->ctl, &x);
	if (rc == 0)
		rc = scan_tree(&s);
	if (rc == 0)
		rc = build(w, &s, &marks);
	if (rc == 0)
		rc = difftree_files(&w->g, w->c, oids, w->why);
	if (rc == 0)
		set_marks(w->c, &marks);
	int e = errno;
	free(marks.v);
	scan_release(&s);
	dircache_release(&dirs);
	ignore_close(&ig);
	index_close(&x);
	errno = e;
	return rc;
}

/*
 * One pack in ctl.git with everything that showing, applying and exporting
 * need, whatever becomes of the person's repository: the base commit, both
 * root trees, and what the difference is made of.
 */
static int
pack(struct work *w, struct buf *oids)
{
	CLEANUP(free) char *ctl = join(w->j->path, JOB_CTL_GIT);
	CLEANUP(free) char *base = ctl ? join(ctl, "objects/pack/pack") : NULL;
	const char *const args[] = { "pack-objects", "-q", "--window=0", base, NULL };
	CLEANUP(fd) int dir = -1;

	(void)buf_addf(oids, "%s\n%s\n%s\n", w->info.base_commit, w->c->base, w->c->tree);
	if (!base || !buf_ok(oids)) {
		errno = ENOMEM;
		return -1;
	}
	int rc = git_run(&w->g, args, oids->p, oids->len, NULL, 0, w->why);
	if (rc) {
		errno = rc < 0 ? errno : ENODATA;
		return -1;
	}
	dir = openat(w->ctl, "objects/pack", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : store_sync(dir);
}

/* The patch into a file of the scratch directory, durable; renamed by the caller. */
static int
write_patch(struct work *w, int patch_fd)
{
	CLEANUP(fd) int fd = openat(w->scratch, "patch", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || difftree_patch(&w->g, w->c, fd, patch_fd, w->why) < 0)
		return -1;
	return store_sync(fd);
}

static int
seal(struct work *w, struct buf *oids, int patch_fd)
{
	if (pack(w, oids) < 0 || write_patch(w, patch_fd) < 0)
		return -1;
	int dir = w->how == RECORD ? w->attempt : w->j->fd;
	if (renameat(w->scratch, "patch", dir, JOB_PATCH) < 0 || store_sync(dir) < 0)
		return -1;
	if (change_put(dir, w->c) < 0)
		return -1;
	w->c->sealed = w->how == SEAL;
	return 0;
}

static int
head(struct work *w)
{
	struct change *c = w->c;

	memcpy(c->commit, w->info.commit, sizeof(c->commit));
	memcpy(c->base, w->info.base, sizeof(c->base));
	memcpy(c->format, w->info.format, sizeof(c->format));
	c->snapshot = w->info.snapshot;
	for (size_t i = 0; i < w->info.nnotes; i++)
		if (change_note(c, "%s", w->info.notes[i]) < 0)
			return -1;
	return 0;
}

static int
work(struct work *w, int patch_fd)
{
	CLEANUP(buf) struct buf oids = BUF_INIT;

	if (open_scratch(w) < 0 || head(w) < 0 || compute(w, &oids) < 0)
		return -1;
	if (w->how >= RECORD)
		return seal(w, &oids, patch_fd);
	return patch_fd < 0 ? 0 : difftree_patch(&w->g, w->c, -1, patch_fd, w->why);
}

/* What is recorded already and answers the question; promoted if it must be. */
static int
known(struct work *w, int patch_fd)
{
	int rc = w->how == NOW ? 1 : sealed_read(w->j->fd, patch_fd, w->c, w->why);

	if (rc <= 0 || w->how == NOW || w->attempt < 0)
		return rc;
	rc = sealed_read(w->attempt, patch_fd, w->c, w->why);
	if (rc)
		return rc;
	w->c->sealed = false;
	if (w->how != SEAL)
		return 0;
	w->c->sealed = sealed_promote(w->attempt, w->j->fd) == 0;
	return w->c->sealed ? 0 : -1;
}

static int
no_tree(struct buf *why)
{
	int e = errno;

	(void)buf_addstr(why, e == EBUSY ? "the job's tree is being removed or taken over"
		: e == ENOENT ? "the job has no tree" : strerror(e));
	errno = e;
	return -1;
}

static int
under_lock(struct work *w, int patch_fd)
{
	CLEANUP(fd) int lock = lock_open(w->ctl, LOCK);

	if (lock < 0 || lock_wait(lock, true) < 0)
		return -1;
	int rc = known(w, patch_fd);
	if (rc <= 0)
		return rc;
	/* EAGAIN: a file changed while it was read; an agent at work can do that */
	for (int tries = 0; tries < TRIES; tries++) {
		change_release(w->c);
		rc = work(w, patch_fd);
		if (rc == 0 || errno != EAGAIN)
			break;
		cleanup_fd(&w->scratch);
		free(w->scratch_path);
		free(w->git_dir);
		w->scratch_path = w->git_dir = NULL;
	}
	int e = errno;
	(void)store_remove(w->j->fd, SCRATCH);	/* else the next one removes it */
	errno = e;
	return rc;
}

static int
find(const struct job *j, enum how how, int patch_fd, struct change *c, struct buf *why)
{
	CLEANUP(buf) struct buf unheard = BUF_INIT;
	CLEANUP(fd) int attempt = -1;
	struct work w = { .j = j, .how = how, .c = c, .ctl = -1, .scratch = -1, .tree = -1,
		.why = why ? why : &unheard };
	int rc = how == NOW ? 1 : sealed_read(j->fd, patch_fd, c, w.why), number;

	if (rc <= 0)
		return rc;
	change_init(c);
	CLEANUP(fd) int hold = tree_hold(j);
	if (hold < 0)
		return no_tree(w.why);
	if (tree_info_read(j->fd, &w.info, w.why) < 0)
		return -1;
	w.attempt = attempt = attempt_last(j, &number);
	w.ctl = store_opendir(j->fd, JOB_CTL_GIT);
	w.tree = store_opendir_ours(j->fd, JOB_TREE);
	if (how == RECORD && attempt < 0) {
		(void)buf_addstr(w.why, "no agent ran: there is no attempt to record the change in");
		errno = ENODATA;
		rc = -1;
	} else {
		rc = w.ctl < 0 || w.tree < 0 ? no_tree(w.why) : under_lock(&w, patch_fd);
	}
	int e = errno;
	if (rc < 0) {
		change_release(c);
		if (!w.why->len)
			(void)buf_addf(w.why, "cannot find out what changed: %s",
				e == EAGAIN ? "files keep changing while they are read" :
				e == EFBIG ? "too many files for one change (about 250,000)" : strerror(e));
	}
	cleanup_fd(&w.ctl);
	cleanup_fd(&w.tree);
	cleanup_fd(&w.scratch);
	free(w.scratch_path);
	free(w.git_dir);
	tree_info_release(&w.info);
	errno = e;
	return rc;
}

int
change_of(const struct job *j, bool do_seal, int patch_fd, struct change *c, struct buf *why)
{
	return find(j, do_seal ? SEAL : LOOK, patch_fd, c, why);
}

int
change_record(const struct job *j, struct change *c, struct buf *why)
{
	return find(j, RECORD, -1, c, why);
}

int
change_now(const struct job *j, struct change *c, struct buf *why)
{
	return find(j, NOW, -1, c, why);
}
