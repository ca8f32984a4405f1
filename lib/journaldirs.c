/* SPDX-License-Identifier: MIT */
#include "journaldirs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "buf.h"
#include "journalstep.h"
#include "path.h"

/* Directories stand parents first: make forwards, remove backwards. */
static int
dir_make(struct landing *l, const struct journal_dir *d)
{
	CLEANUP(fd) int parent = -1;
	const char *base;
	struct stat st;
	mode_t mask;
	int rc, e;

	parent = path_open_parent(l->ws, d->path, false, &base);
	if (parent < 0)
		return -1;
	/*
	 * umask is ours, not the person's: the mode is the neighbours'. At once, for who
	 * comes after a kill cannot tell a directory of ours without its mode from another.
	 */
	mask = umask(0);
	rc = mkdirat(parent, base, d->mode & 0777);
	e = errno;
	(void)umask(mask);
	if (rc < 0) {
		errno = e;
		return e == EEXIST ? 0 : -1;
	}
	/* Where a default ACL took bits away, or there are more than these. */
	if ((fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (st.st_mode & 07777) == (d->mode & 07777)) || fchmodat(parent, base, d->mode, 0) == 0)
		return 0;
	e = errno;
	(void)unlinkat(parent, base, AT_REMOVEDIR);	/* for the next try to make it */
	errno = e;
	return -1;
}

static int
dir_remove(struct landing *l, const struct journal_dir *d)
{
	CLEANUP(fd) int parent = -1;
	const char *base;

	parent = path_open_parent(l->ws, d->path, false, &base);
	if (parent < 0)
		return journal_replaced(errno) ? 0 : -1;
	if (unlinkat(parent, base, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY || errno == EEXIST ||
	    errno == ENOENT || errno == ENOTDIR || errno == EBUSY)
		return 0;
	return -1;
}

static int
dirs(struct landing *l, bool which, bool make)
{
	for (size_t k = 0; k < l->j.ndir; k++) {
		const struct journal_dir *d = &l->j.dir[make ? k : l->j.ndir - 1 - k];

		if (d->make != which)
			continue;
		if ((make ? dir_make(l, d) : dir_remove(l, d)) < 0)
			return -1;
	}
	return 0;
}

int
journal_do_dirs(struct landing *l, bool make)
{
	return dirs(l, make, make);
}

int
journal_undo_dirs(struct landing *l, bool made)
{
	return dirs(l, made, !made);
}
