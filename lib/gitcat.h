/* SPDX-License-Identifier: MIT */
/*
 * gitcat: reading objects through one `git cat-file --batch` that stays open.
 */
#ifndef JOBDIR_GITCAT_H
#define JOBDIR_GITCAT_H

#include "gitrun.h"

struct git_cat {
	struct proc proc;
	int in, out;			/* -1 when closed */
	struct buf ahead;		/* bytes read; the first `used` of them are done with */
	size_t used;
	struct buf asked;		/* names asked ahead, NUL after each; the first `next` bytes answered */
	size_t next;
	struct buf pending;		/* of these, what is not yet written */
	size_t room;			/* as much may be outstanding without both sides blocking */
};

int git_cat_open(struct git_cat *c, const struct git *g);
void git_cat_close(struct git_cat *c);
/*
 * Ask ahead: names that git_cat_read() will then be called for, in this order and no
 * other. It saves waiting for each. git_cat_wants(): more may be asked now.
 */
bool git_cat_wants(const struct git_cat *c, bool started);
void git_cat_ask(struct git_cat *c, const char *name);
/*
 * Append the content of object NAME (an id, "ID:path" is allowed) to out. type
 * (room for 16) gets "blob", "tree", "commit". 0; -1 with errno ENOENT: no
 * such object (also: a partial clone lacks it); EFBIG: larger than max (the
 * content is skipped, the next read works); others: the process is of no more use.
 */
int git_cat_read(struct git_cat *c, const char *name, char type[16], struct buf *out, size_t max);

#endif
