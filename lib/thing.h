/* SPDX-License-Identifier: MIT */
/*
 * thing: what stands at a name in a directory, with the hash of its bytes.
 * Opens nothing but NAME itself, never through a symbolic link, never blocking
 * on a fifo.
 */
#ifndef JOBDIR_THING_H
#define JOBDIR_THING_H

#include <stddef.h>
#include <sys/stat.h>
#include "plan.h"

enum thing_flags {
	/*
	 * Fail with ETXTBSY if anybody has the file open for writing (a read
	 * lease says so, where the kernel grants one): bytes that are about to
	 * change must not be judged. Of use when nobody can open NAME any more.
	 */
	THING_QUIET = 1 << 0,
};

/*
 * Fill t (and st, may be NULL); an absent name is PLAN_ABSENT, not an error.
 * bytes (may be NULL) gets the file's bytes or the link's target.
 * 0 or -1+errno.
 */
int thing_read(int dirfd, const char *name, int flags, struct plan_thing *t,
	struct stat *st, struct buf *bytes);

/* A thing of these bytes. */
void thing_of(struct plan_thing *t, enum plan_kind kind, bool exec, const void *p, size_t len);

#endif
