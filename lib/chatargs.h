/* SPDX-License-Identifier: MIT */
/*
 * chatargs: the arguments of one tool call as they trickle in.
 *
 * What is let through is one JSON object: blanks and words before it, an empty
 * {} before the real one, and whatever follows its end are dropped (providers
 * send all of these). Nothing is checked inside; constant state. Pure.
 */
#ifndef JOBDIR_CHATARGS_H
#define JOBDIR_CHATARGS_H

#include <stdbool.h>
#include <stddef.h>

enum chatargs_state { CHATARGS_BEFORE, CHATARGS_OPENED, CHATARGS_INSIDE, CHATARGS_DONE };

struct chatargs {
	enum chatargs_state state;
	int depth;
	bool quoted, escaped;
	bool empty;			/* {} has come */
};

/*
 * Which part of the n bytes at p goes through: the length, and in *from where it
 * begins; *brace: a '{' that came in an earlier piece goes before it.
 */
size_t chatargs_take(struct chatargs *a, const char *p, size_t n, size_t *from, bool *brace);
/* An object has come whole. */
bool chatargs_complete(const struct chatargs *a);

#endif
