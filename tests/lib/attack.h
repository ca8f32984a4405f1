/* SPDX-License-Identifier: MIT */
/*
 * attack.h: what every part of the attack program needs. An attack is a function that
 * tries one thing and returns 0 if it came through, -1 with errno if not.
 */
#ifndef JOBDIR_ATTACK_H
#define JOBDIR_ATTACK_H

#include <stdbool.h>
#include <sys/types.h>

struct attack {
	const char *name;
	int (*try)(void);
};

extern const struct attack file_attacks[], other_attacks[];	/* end: NULL name */

/* A value of the file `targets` beside the program, "" if it has none. */
const char *target(const char *name);
/* Below $TMPDIR; static, one at a time. */
const char *own(const char *name);
/* TARGET/name; static, one at a time. */
const char *below(const char *where, const char *name);

/* Opened for this (then closed): 0, else -1. */
int opens(const char *path, int flags);
/* 0 if any other process (of those we see, or `victim`) yields, -1+errno of the last. */
int any_other(int (*try)(pid_t pid));

#endif
