/* SPDX-License-Identifier: MIT */
/*
 * confine: what one program may do, and the walls that hold it to that.
 *
 *	policy_add(&p, "/usr", POLICY_READ | POLICY_EXEC); …
 *	confine_enter(&p, &level, &why);	then exec
 *
 * Order of the walls, each needed by those after it or spoilt by them: mounts
 * (walls.h) while that is still possible; capabilities; no-new-privs; Landlock;
 * the call filter, which would refuse all of these.
 */
#ifndef JOBDIR_CONFINE_H
#define JOBDIR_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "level.h"
#include "policy.h"

struct buf;

/*
 * Raise the walls around this process: 0; -1 with why and errno: ENOENT a path that is
 * not there, else what the kernel said. What the kernel has not got is left out and told
 * in level: whether that will do is the caller's policy.
 */
int confine_enter(const struct policy *p, struct level *level, struct buf *why);

/* Is this cache (a path with POLICY_CACHE) one that the program can write to? After confine_enter(). */
bool confine_cache_is_private(const struct level *level, const char *path);

#endif
