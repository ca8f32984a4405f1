/* SPDX-License-Identifier: MIT */
/*
 * walk: visiting everything below a directory that a stranger filled and may
 * still be changing. Every directory is opened beneath the root without
 * following a symlink; a directory is visited before what is in it. Order
 * is otherwise nobody's. A worker holds one descriptor at a time, whatever the
 * depth. Directories that refuse to be read are made readable
 * (u+rx): what cannot be read would be hidden.
 */
#ifndef JOBDIR_WALK_H
#define JOBDIR_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define WALK_PATH_MAX 4000	/* git cannot check out longer ones */

struct walk_item {
	const char *path;		/* relative to the root, NUL-terminated */
	size_t len;
	const char *name;		/* last component, in path */
	const struct stat *st;		/* lstat(); NULL for a directory */
};

enum walk_bad { WALK_TOO_LONG, WALK_MOUNT };

struct walk;

/*
 * The callbacks are called by several threads at once when there is much to
 * visit: what they share they must guard.
 */
struct walk_ops {
	/*
	 * A directory (not the root): 1 go in and read it, 0 pass over, 2 what
	 * is in it is known: known() is called for it later, -1 stop.
	 */
	int (*dir)(void *arg, const struct walk_item *it);
	/* Visit what is in a known directory, adding its directories with walk_add(). 0 or -1. */
	int (*known)(void *arg, struct walk *w, const char *path, size_t len);
	/* Anything else: 0, or -1 stop. */
	int (*item)(void *arg, const struct walk_item *it);
	/* Not entered: its path is too long, or another file system is mounted there. 0 or -1. */
	int (*bad)(void *arg, const struct walk_item *it, enum walk_bad why);
	void *arg;
};

/*
 * 0, or -1 with errno (of a callback, or of the first directory that could
 * not be read). What disappears between being listed and being looked at is
 * as if it had never been there.
 */
int walk_tree(int rootfd, const struct walk_ops *ops);

/* From known(): a directory to visit, as dir() would have said: 1 read it, 2 known. 0 or -1. */
int walk_add(struct walk *w, const char *path, size_t len, int how);

/*
 * Open a regular file beneath rootfd for reading; mode 000 is overcome. fd, or
 * -1+errno (ELOOP, ENOENT, EINVAL: not a regular file).
 */
int walk_open(int rootfd, const char *path, struct stat *st);
/* The target of a symlink beneath rootfd, appended. 0 or -1. */
struct buf;
int walk_readlink(int rootfd, const char *path, struct buf *out);

#endif
