/* SPDX-License-Identifier: MIT */
#include "bind.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "buf.h"
#include "path.h"
#include "share.h"

static int
open_plain(int top, const char *absolute)
{
	return path_open(top, absolute + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
}

static int
open_file(int top, const char *absolute)
{
	return path_open(top, absolute + 1, O_PATH | O_NOFOLLOW, 0);
}

/* By descriptor throughout: nothing that is renamed meanwhile leads elsewhere. */
static int
bind_over(int from, int to)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
	CLEANUP(fd) int copy = -1;

	if (from < 0 || to < 0)
		return -1;
	copy = open_tree(from, "",
		AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0 || mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
		return -1;
	return move_mount(copy, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* The root as it is in there: a mount of another namespace cannot be cloned. fd or -1. */
static int
enter(int userns, int mntns)
{
	if ((userns >= 0 && setns(userns, CLONE_NEWUSER) < 0) || setns(mntns, CLONE_NEWNS) < 0)
		return -1;
	return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int
bind_shares(int userns, int mntns, const struct tree_share *list, size_t n)
{
	CLEANUP(fd) int top = enter(userns, mntns);

	if (top < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(fd) int from = open_plain(top, list[i].source);
		CLEANUP(fd) int to = open_plain(top, list[i].target);

		if (bind_over(from, to) < 0)
			return -1;
	}
	return 0;
}

int
bind_file(int userns, int mntns, const struct tree_share *s)
{
	CLEANUP(fd) int top = enter(userns, mntns);
	CLEANUP(fd) int from = top < 0 ? -1 : open_file(top, s->source);
	CLEANUP(fd) int to = top < 0 ? -1 : open_file(top, s->target);
	struct stat a, b;

	if (from < 0 || to < 0 || fstat(from, &a) < 0 || fstat(to, &b) < 0)
		return -1;
	if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return 0;
	return bind_over(from, to);
}
