/* SPDX-License-Identifier: MIT */
/* gitadopt: pack, copy, look. */
#include "gitadopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "repo.h"
#include "store.h"

#define KEEP "jobdir export\n"
#define CHUNK ((size_t)1 << 20)

int
git_pack(const struct git *g, const char *scratch_path, const struct buf *oids,
	char name[GIT_PACK_NAME], struct buf *why)
{
	CLEANUP(buf) struct buf base = BUF_INIT;
	CLEANUP(buf) struct buf out = BUF_INIT;
	int rc;

	if (buf_addf(&base, "%s/pack", scratch_path) < 0)
		return -1;
	const char *const args[] = { "pack-objects", "-q", "--window=0", base.p, NULL };

	rc = git_run(g, args, oids->p, oids->len, &out, 1 << 12, why);
	if (rc < 0)
		return -1;
	out.p[strcspn(out.p, "\n")] = '\0';
	if (rc || !git_oid_valid(out.p)) {
		errno = ENODATA;
		return -1;
	}
	snprintf(name, GIT_PACK_NAME, "pack-%s", out.p);
	return 0;
}

static int
copy(int from, int to)
{
	CLEANUP(free) char *chunk = NULL;
	ssize_t n;

	/* Shares the blocks where the file system can. */
	while ((n = copy_file_range(from, NULL, to, NULL, (size_t)1 << 30, 0)) > 0)
		;
	if (n == 0)
		return 0;
	if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -1;
	chunk = malloc(CHUNK);
	while (chunk && (n = store_read_some(from, chunk, CHUNK)) > 0)
		if (store_write_all(to, chunk, (size_t)n) < 0)
			return -1;
	return chunk ? (int)n : -1;
}

/* A file without a name yet (nobody can sweep it away), or with one that git's prune knows. */
static int
nameless(int pack, const char *tmp, mode_t mode)
{
	int fd = openat(pack, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return fd;
	if (unlinkat(pack, tmp, 0) < 0 && errno != ENOENT)
		return -1;
	return openat(pack, tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* Give it its name. 0; -1+EEXIST, others. */
static int
give_name(int pack, int fd, const char *tmp, const char *name)
{
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, pack, name, AT_SYMLINK_FOLLOW) == 0) {
		(void)unlinkat(pack, tmp, 0);	/* is not there, but without O_TMPFILE */
		return 0;
	}
	int e = errno;
	if (e != EEXIST && renameat2(pack, tmp, pack, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != ENOENT)			/* without /proc: it has the other name */
		e = errno;
	(void)unlinkat(pack, tmp, 0);		/* the same */
	errno = e;
	return -1;
}

/* One file of the pack. It is named by what is in it: one that is there already is the same. */
static int
adopt_file(int scratch, int pack, const char *name, const char *ext, const char *tag)
{
	CLEANUP(buf) struct buf file = BUF_INIT;
	CLEANUP(buf) struct buf tmp = BUF_INIT;
	CLEANUP(fd) int from = -1;
	CLEANUP(fd) int to = -1;

	if (buf_addf(&file, "%s.%s", name, ext) < 0 || buf_addf(&tmp, "tmp_pack_%s.%s", tag, ext) < 0)
		return -1;
	from = openat(scratch, file.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	to = from < 0 ? -1 : nameless(pack, tmp.p, 0444);
	if (to < 0 || copy(from, to) < 0 || store_sync(to) < 0)
		return -1;
	return give_name(pack, to, tmp.p, file.p) < 0 && errno != EEXIST ? -1 : 0;
}

static bool
ours(int fd)
{
	char text[sizeof(KEEP)] = "";

	return pread(fd, text, sizeof(KEEP) - 1, 0) == sizeof(KEEP) - 1 && !strcmp(text, KEEP) &&
		lock_held(fd) == 0;
}

/* What killed exports held on to. */
static void
drop_stale(int pack)
{
	int fd = openat(pack, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(dir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d && fd >= 0)
		(void)close(fd);	/* only read from */
	while (d && (e = readdir(d))) {
		const char *dot = strrchr(e->d_name, '.');
		CLEANUP(fd) int keep = -1;

		if (!dot || strcmp(dot, ".keep"))
			continue;
		keep = openat(pack, e->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (keep >= 0 && ours(keep))
			(void)unlinkat(pack, e->d_name, 0);	/* it only costs room */
	}
}

void
git_keep_drop(struct git_keep *k)
{
	if (k->fd >= 0)
		(void)unlinkat(k->dir, k->name, 0);	/* else the next export does */
	cleanup_fd(&k->fd);
	cleanup_fd(&k->dir);
}

/* Locked before it has its name: nobody takes it for a dead one's. */
static int
keep(struct git_keep *k, const char *name, const char *tag)
{
	CLEANUP(buf) struct buf tmp = BUF_INIT;

	snprintf(k->name, sizeof(k->name), "%s.keep", name);
	if (buf_addf(&tmp, "tmp_pack_%s.keep", tag) < 0)
		return -1;
	k->fd = nameless(k->dir, tmp.p, 0644);
	if (k->fd >= 0 && lock_try(k->fd, true) == 0 &&
	    store_write_all(k->fd, KEEP, sizeof(KEEP) - 1) == 0 &&
	    give_name(k->dir, k->fd, tmp.p, k->name) == 0)
		return 0;
	cleanup_fd(&k->fd);			/* not ours to remove */
	return errno == EEXIST ? 0 : -1;	/* somebody else's keeps as well */
}

static bool
is_there(int pack, const char *name)
{
	CLEANUP(buf) struct buf idx = BUF_INIT;
	struct stat st;

	return buf_addf(&idx, "%s.idx", name) == 0 &&
		fstatat(pack, idx.p, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
git_adopt(const struct git_repo *r, int scratch, const char *name, const char *tag,
	struct git_keep *k, struct buf *why)
{
	CLEANUP(fd) int objects = open(r->objects, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	git_keep_drop(k);
	k->dir = objects < 0 ? -1 : openat(objects, "pack", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->dir >= 0)
		drop_stale(k->dir);
	/*
	 * Never keep a pack that was there: a repack that listed it before would remove
	 * it all the same, and leave what is in it out of the new one.
	 */
	if (k->dir >= 0 && (is_there(k->dir, name) || (keep(k, name, tag) == 0 &&
	    adopt_file(scratch, k->dir, name, "pack", tag) == 0 &&
	    adopt_file(scratch, k->dir, name, "idx", tag) == 0)) && store_sync(k->dir) == 0)
		return 0;
	int e = errno;
	(void)buf_addf(why, "cannot write to '%s/pack': %s", r->objects, strerror(e));
	git_keep_drop(k);
	errno = e;
	return -1;
}

int
git_has(const struct git_repo *r, const struct buf *oids, struct buf *why)
{
	static const char *const args[] = { "cat-file", "--batch-check", NULL };
	struct git g = { .git_dir = r->common };
	CLEANUP(buf) struct buf out = BUF_INIT;
	int rc = git_run(&g, args, oids->p, oids->len, &out, GIT_OUT_MAX, why);

	if (rc) {
		errno = rc < 0 ? errno : EBADMSG;
		return -1;
	}
	return strstr(out.p, " missing\n") ? 0 : 1;
}

int
git_connected(const struct git_repo *r, const char *commit, struct buf *why)
{
	const char *const args[] = { "rev-list", "--objects", "--quiet", commit, "--not", "--all",
		NULL };
	struct git g = { .git_dir = r->common };
	int rc;

	/* Objects that a partial clone has not fetched are missing and yet fine. */
	if (r->partial)
		return 0;
	rc = git_run(&g, args, NULL, 0, NULL, 0, why);
	if (rc > 0)
		errno = ENOENT;
	return rc ? -1 : 0;
}
