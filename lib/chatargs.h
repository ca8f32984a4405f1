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
 * Which part of p, n goes through: n bytes at *p on return; *brace: a '{' held
 * back earlier comes first. Call again with what follows until *left is 0.
 */
size_t chatargs_take(struct chatargs *a, const char **p, size_t *left, bool *brace);
/* An object has come whole. */
bool chatargs_complete(const struct chatargs *a);

#endif
