/* SPDX-License-Identifier: MIT */
#include "bind.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include "buf.h"
#include "path.h"
#include "share.h"

static int
open_plain(int top, const char *absolute)
{
	return path_open(top, absolute + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
}

/* By descriptor throughout: nothing that is renamed meanwhile leads elsewhere. */
static int
bind_one(int top, const struct tree_share *s)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	};
	CLEANUP(fd) int from = open_plain(top, s->source);
	CLEANUP(fd) int to = open_plain(top, s->target);
	CLEANUP(fd) int copy = -1;

	if (from < 0 || to < 0)
		return -1;
	copy = open_tree(from, "",
		AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (copy < 0 || mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
		return -1;
	return move_mount(copy, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int
bind_shares(int userns, int mntns, const struct tree_share *list, size_t n)
{
	if ((userns >= 0 && setns(userns, CLONE_NEWUSER) < 0) || setns(mntns, CLONE_NEWNS) < 0)
		return -1;
	/* The root as it is in there: a mount of another namespace cannot be cloned. */
	CLEANUP(fd) int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (bind_one(top, &list[i]) < 0)
			return -1;
	return 0;
}
