/* SPDX-License-Identifier: MIT */
#include "copytree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "path.h"
#include "store.h"
#include "walk.h"

#define CHUNK ((size_t)256 << 10)

struct copying {
	int from, to;
	int flags;
};

static int
copy_bytes(int in, int out)
{
	CLEANUP(free) char *chunk = NULL;
	ssize_t n;

	if (!ioctl(out, FICLONE, in))
		return 0;
	while ((n = copy_file_range(in, NULL, out, NULL, (size_t)1 << 30, 0)) > 0)
		;
	if (n == 0)
		return 0;
	/* begun or not, it goes on from where both are; which errors say "cannot at all" varies */
	if (!(chunk = malloc(CHUNK)))
		return -1;
	while ((n = store_read_some(in, chunk, CHUNK)) > 0)
		if (store_write_all(out, chunk, (size_t)n) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

static int
copy_file(const struct copying *c, const struct walk_item *it, int dir, const char *base)
{
	struct stat st;
	CLEANUP(fd) int in = walk_open(c->from, it->path, &st);
	CLEANUP(fd) int out = in < 0 ? -1 : openat(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		O_CLOEXEC, 0600);

	if (out < 0 || copy_bytes(in, out) < 0)
		return -1;
	/* the mode it was listed with: walk_open() may have had to open it up */
	const struct timespec times[2] = { it->st->st_atim, it->st->st_mtim };
	if (fchmod(out, it->st->st_mode & 0777) < 0 || futimens(out, times) < 0)
		return -1;
	return c->flags & COPYTREE_SYNC ? store_sync(out) : 0;
}

/* Below objects/ git writes no file a second time, but for info/. */
static bool
is_object(const struct copying *c, const char *path)
{
	return (c->flags & COPYTREE_OBJECTS) && !strncmp(path, "objects/", 8) &&
		strncmp(path, "objects/info/", 13) != 0;
}

static int
item(void *arg, const struct walk_item *it)
{
	const struct copying *c = arg;
	CLEANUP(buf) struct buf target = BUF_INIT;
	const char *base;
	CLEANUP(fd) int dir = path_open_parent(c->to, it->path, false, &base);

	if (dir < 0)
		return -1;
	if (S_ISLNK(it->st->st_mode))
		return walk_readlink(c->from, it->path, &target) < 0 ? -1 :
			symlinkat(target.p, dir, base);
	if (!S_ISREG(it->st->st_mode))
		return 0;
	if (is_object(c, it->path)) {
		const char *name;
		CLEANUP(fd) int at = path_open_parent(c->from, it->path, false, &name);

		if (at >= 0 && linkat(at, name, dir, base, 0) == 0)
			return 0;	/* else another file system, or too many links */
	}
	return copy_file(c, it, dir, base);
}

static int
directory(void *arg, const struct walk_item *it)
{
	const struct copying *c = arg;
	const char *base, *name;
	CLEANUP(fd) int at = path_open_parent(c->from, it->path, false, &name);
	CLEANUP(fd) int dir = path_open_parent(c->to, it->path, false, &base);
	struct stat st;

	if (at < 0 || dir < 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	/* what is ours to fill must be open to us */
	st.st_mode = (st.st_mode & 0777) | 0700;
	return mkdirat(dir, base, 0700) < 0 || fchmodat(dir, base, st.st_mode, 0) < 0 ? -1 : 1;
}

static int
bad(void *arg, const struct walk_item *it, enum walk_bad why)
{
	(void)arg, (void)it;
	errno = why == WALK_TOO_LONG ? ENAMETOOLONG : EXDEV;
	return -1;
}

int
copytree(int fromfd, const char *from, int tofd, const char *to, int flags)
{
	CLEANUP(fd) int in = store_opendir_ours(fromfd, from);
	CLEANUP(fd) int out = -1;
	struct copying c = { .from = in, .flags = flags };
	const struct walk_ops ops = { .dir = directory, .item = item, .bad = bad, .arg = &c };
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0 || mkdirat(tofd, to, (st.st_mode & 0777) | 0700) < 0)
		return -1;
	c.to = out = store_opendir(tofd, to);
	return out < 0 ? -1 : walk_tree(in, &ops);
}
