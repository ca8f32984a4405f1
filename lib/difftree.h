/* SPDX-License-Identifier: MIT */
/*
 * difftree: what differs between two trees, told by `git diff-tree`, which
 * looks at objects only.
 */
#ifndef JOBDIR_DIFFTREE_H
#define JOBDIR_DIFFTREE_H

#include "change.h"

/*
 * Fill c->files, c->renames, c->added and c->deleted from c->base and c->tree.
 * oids gets one line per object the difference is made of: blobs and trees, old
 * and new. 0 or -1+errno.
 */
int difftree_files(const struct git *g, struct change *c, struct buf *oids, struct buf *why);

/*
 * One line into oids for every object of tree-ish `new` that tree-ish `old` does not
 * have at the same path: trees and blobs, not the root tree. 0 or -1+errno.
 */
int difftree_new(const struct git *g, const char *old, const char *new, struct buf *oids,
	struct buf *why);

/*
 * The part of it that reads: what `git diff-tree -r -z --raw --numstat`
 * printed, which is taken apart in place. c->base tells how long an id is.
 * Pure. 0 or -1+errno (EBADMSG: not such output).
 */
int difftree_parse(struct buf *out, struct change *c, struct buf *oids);

/*
 * Write the patch to each descriptor that is not -1, byte for byte as git
 * makes it; c->patch_bytes and c->patch_sha256 are of what was written.
 */
int difftree_patch(const struct git *g, struct change *c, int fd, int fd2, struct buf *why);

#endif
