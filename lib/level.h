/* SPDX-License-Identifier: MIT */
/*
 * level: how high the walls are: what a kernel would enforce, and what is in force.
 */
#ifndef JOBDIR_LEVEL_H
#define JOBDIR_LEVEL_H

#include <stdbool.h>
#include <stddef.h>

struct jsonw;

/* What is in force after confine_enter() (confine.h), or would be. */
struct level {
	int landlock_abi;
	bool fs;			/* writing outside is refused, reading what is not named too */
	bool truncate;			/* truncating outside is */
	bool tcp;			/* connecting elsewhere is, by port */
	bool scope;			/* signals and abstract sockets outside are, by Landlock */
	bool seccomp;
	bool mounts;			/* own mount namespace: modes and times too, masks, /tmp */
};

/* From a Landlock version and what of it was used (enum landlock_want). */
void level_set(struct level *l, int abi, unsigned landlock, bool mounts, bool seccomp);

/* Does this kernel filter system calls? */
bool level_seccomp(void);

/* What a write job wants before it starts; pidns: the job has a PID namespace. */
bool level_full(const struct level *l, bool pidns);

/* What would raise it, to be done by who runs this machine; NULL: nothing, all is there. */
const char *level_raise(const struct level *l, bool pidns);

/* What this kernel would give. Costs a few system calls, and a child to try the mounts. */
void level_probe(struct level *l);

/* Its members, into an open object; the names of those it has not, into an open array. */
void level_members(const struct level *l, struct jsonw *w);
void level_missing(const struct level *l, struct jsonw *w);

/*
 * words: comma-separated members of the level. The first that level has not, or NULL: all
 * there; a word that is none is returned as well, with *known false.
 */
const char *level_lacks(const struct level *l, const char *words, size_t *len,
	bool *known);

#endif
