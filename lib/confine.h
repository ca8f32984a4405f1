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
#include "policy.h"

struct buf;
struct jsonw;

/* What is in force after confine_enter(), or would be. */
struct confine_level {
	int landlock_abi;
	bool fs;			/* writing outside is refused, reading what is not named too */
	bool truncate;			/* truncating outside is */
	bool tcp;			/* connecting elsewhere is, by port */
	bool scope;			/* signals and abstract sockets outside are, by Landlock */
	bool seccomp;
	bool mounts;			/* own mount namespace: modes and times too, masks, /tmp */
};

/* What this kernel would give. Costs a few system calls, and a child to try the mounts. */
void confine_probe(struct confine_level *l);

/*
 * Raise the walls around this process: 0; -1 with why and errno: ENOENT a path that is
 * not there, else what the kernel said. What the kernel has not got is left out and told
 * in level: whether that will do is the caller's policy.
 */
int confine_enter(const struct policy *p, struct confine_level *level, struct buf *why);

/* As one JSON object. */
void confine_print_level(const struct confine_level *l, struct jsonw *w);

/*
 * words: comma-separated members of the level. The first that level has not, or NULL: all
 * there; a word that is none is returned as well, with *known false.
 */
const char *confine_lacks(const struct confine_level *l, const char *words, size_t *len,
	bool *known);

#endif
