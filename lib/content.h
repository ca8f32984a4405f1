/* SPDX-License-Identifier: MIT */
/*
 * content: the bytes of one file or symlink beneath a directory, handed to
 * git_build. Nothing on the way may be a symlink.
 */
#ifndef JOBDIR_CONTENT_H
#define JOBDIR_CONTENT_H

#include "gitbuild.h"

#define CONTENT_MAX ((uint64_t)1 << 30)	/* a larger file is not taken */

struct content {
	unsigned mode;			/* enum git_mode */
	long mark;			/* of the blob */
	unsigned extra;			/* setuid, setgid, sticky bits git drops */
	bool lfs;			/* a Git LFS pointer */
	bool link_outside;		/* a symlink: absolute, or leaving the tree, or into .git */
};

/*
 * 0; -1 with errno EISDIR a directory, EINVAL neither file nor symlink, EFBIG
 * over CONTENT_MAX, ENOENT, ENOTDIR, ELOOP it is not there (any more); others
 * are errors of the build.
 */
int content_add(struct git_build *b, int root, const char *path, struct content *c);

#endif
