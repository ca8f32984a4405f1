/* SPDX-License-Identifier: MIT */
/*
 * gitadopt: bringing objects of ours into the person's repository. They are
 * packed here and the pack is copied there under a name git sweeps away, synced,
 * and renamed, its index last: so it is there whole or not at all, and no program
 * or configuration of that repository has a say.
 */
#ifndef JOBDIR_GITADOPT_H
#define JOBDIR_GITADOPT_H

#include "gitrun.h"

struct git_repo;

/*
 * oids: one object id per line, all readable through g. scratch: a directory of ours
 * (and its absolute path) in which the pack is left; name[] gets "pack-HASH".
 */
#define GIT_PACK_NAME (5 + GIT_OID_MAX + 1)
int git_pack(const struct git *g, const char *scratch_path, const struct buf *oids,
	char name[GIT_PACK_NAME], struct buf *why);

/*
 * While nothing points to the new objects pack-HASH.keep holds gc off, as in git's own
 * fetch; ours is locked, so that one left by a kill is known, and removed by the next.
 */
struct git_keep {
	int dir, fd;			/* -1: none */
	char name[GIT_PACK_NAME + 8];
};
#define GIT_KEEP_INIT { .dir = -1, .fd = -1 }
void git_keep_drop(struct git_keep *k);

/* Copy pack NAME of the directory scratch into r, durable. tag: makes temporary names ours. */
int git_adopt(const struct git_repo *r, int scratch, const char *name, const char *tag,
	struct git_keep *k, struct buf *why);

/* Are all these objects in r? 1, 0, or -1+errno. */
int git_has(const struct git_repo *r, const struct buf *oids, struct buf *why);

/*
 * Is everything that a commit reaches in r? 0; -1+ENOENT: something is missing (why says what).
 */
int git_connected(const struct git_repo *r, const char *commit, struct buf *why);

#endif
