/* SPDX-License-Identifier: MIT */
/*
 * clean: may this job go, and taking it away. A job is renamed into trash/,
 * which takes no time and cannot be seen half done; clean_trash() removes what
 * is in there, and may be killed and started again.
 */
#ifndef JOBDIR_CLEAN_H
#define JOBDIR_CLEAN_H

#include <stdint.h>
#include "job.h"

enum clean_flags {
	CLEAN_DRY = 1 << 0,	/* judge only */
	CLEAN_FORCE = 1 << 1,	/* also a change that was not landed */
	CLEAN_TREES = 1 << 2,	/* the tree, its repositories and the agent's home; not the record */
};

enum clean_fate {
	CLEAN_REMOVED,		/* or, when dry, would be */
	CLEAN_KEPT,		/* finished, but not to be removed: reason */
	CLEAN_ACTIVE,
	CLEAN_YOUNG,		/* younger than asked for */
	CLEAN_FAILED,		/* reason */
	CLEAN_GONE,		/* no such job (any more), or, of a tree, none */
	CLEAN_FATES
};

struct clean_verdict {
	enum clean_fate fate;
	char state[16];		/* of the job; "" not known */
	char reason[200];	/* one clause */
	int64_t age_ms;		/* since its end; -1 not known */
};

/*
 * Judge the job with this exact id and, unless dry, remove it. Jobs that
 * ended less than older_ms ago are CLEAN_YOUNG. cwd (NULL: any): others than
 * those made for that directory are CLEAN_GONE. Takes tree.lock exclusively and
 * without waiting: a job whose tree is in use is kept.
 */
void clean_one(const struct root *r, const char *id, int64_t older_ms, const char *cwd, int flags,
	struct clean_verdict *v);

/* Since the job of this id was made, by its name alone. -1: no such time. */
int64_t clean_id_age(const char *id, int64_t now_ms);

/* Remove all that lies in trash/. 0 or -1+errno of the first failure. */
int clean_trash(const struct root *r);

#endif
