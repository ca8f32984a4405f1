/* SPDX-License-Identifier: MIT */
/*
 * caller: the sandbox of the Codex session that called, as Codex says it with each call
 * (_meta["codex/sandbox-state-meta"], handed on by the server in $JOBDIR_CALLER_SANDBOX). What
 * that session may not do itself its jobs do not do for it: land where it may not write,
 * reach further ports without its network. A job's own tree, the state root and the
 * model's door are ours and not judged by it. $JOBDIR_CALLER=ignore: nothing is.
 *
 * Where nothing is said of a sandbox there is none; what is said and not understood allows
 * nothing.
 */
#ifndef JOBDIR_CALLER_H
#define JOBDIR_CALLER_H

#include <stdbool.h>
#include "json.h"

struct buf;

struct caller {
	enum { CALLER_FREE, CALLER_BOUND, CALLER_UNCLEAR } is;
	struct json doc;		/* CALLER_BOUND: of the environment's text */
	int entries;			/* of its file system; JSON_ABSENT: no limits there */
};

/* Read what is said. 0, or -1+EINVAL with why ($JOBDIR_CALLER is neither of its words). */
int caller_open(struct caller *c, struct buf *why);
void caller_close(struct caller *c);

/* An absolute path without symbolic links, which need not be there. */
bool caller_may_write(const struct caller *c, const char *path);
bool caller_may_connect(const struct caller *c);

/*
 * Take out of our environment what a job of this caller is not to have: JOBDIR_ALLOW_PORT,
 * and of JOBDIR_ALLOW_WRITE what it may not write. What was taken is said in note.
 */
int caller_narrow(struct buf *note, struct buf *why);

#endif
