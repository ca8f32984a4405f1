/* SPDX-License-Identifier: MIT */
/*
 * gitbuild: making a tree that differs from a known one in a few files, by
 * handing bytes and names to `git fast-import`. No filter, attribute or
 * ignore rule is between us and the object; only the directories on the way
 * are read and written, and the objects come out as one pack, not synced.
 *
 *	git_build_open(&b, &g, base_commit)
 *	mark = git_build_blob(&b, p, len)		any number
 *	git_build_set(&b, path, mode, mark), git_build_delete(&b, path)
 *	git_build_finish(&b, commit, tree, &why)	or git_build_abort(&b)
 *
 * Paths must be clean (path_is_clean()). Errors are sticky: the first -1 may be
 * followed by git_build_finish(), which fails too.
 */
#ifndef JOBDIR_GITBUILD_H
#define JOBDIR_GITBUILD_H

#include "gitrun.h"

struct git_build {
	struct proc proc;
	int in, out;
	long marks;
	struct buf pending;		/* commands not yet written */
	struct buf deletes, sets;	/* deletions must come first: a file may become a directory */
	int error;			/* first errno */
	bool open;
};

int git_build_open(struct git_build *b, const struct git *g, const char *base_commit);
/* The mark of a blob with these bytes, or -1+errno. */
long git_build_blob(struct git_build *b, const void *p, size_t len);
/* The same from a descriptor holding exactly size bytes; -1+EAGAIN: it did not (then abort). */
long git_build_blob_fd(struct git_build *b, int fd, uint64_t size);
int git_build_set(struct git_build *b, const char *path, unsigned mode, long mark);
int git_build_delete(struct git_build *b, const char *path);
int git_build_finish(struct git_build *b, const char *message, char commit[GIT_OID_MAX + 1],
	char tree[GIT_OID_MAX + 1], struct buf *why);
void git_build_abort(struct git_build *b);

#endif
