/* SPDX-License-Identifier: MIT */
/*
 * leak: secrets that a change would put into the workspace, by the rules of the
 * redactor and the values we know: where they are, never what they are.
 */
#ifndef JOBDIR_LEAK_H
#define JOBDIR_LEAK_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct job;
struct jsonw;

enum { LEAKS_SHOWN = 20 };

struct leak {
	char *path;			/* bytes */
	size_t line;			/* of the new file */
	char rule[48];
};

struct leaks {
	struct leak v[LEAKS_SHOWN];
	size_t n, total;		/* of total the first n */
	bool cut;			/* the patch is larger than what is looked at */
	bool unknown;			/* it could not be looked at */
};

/* In the lines that a patch of git's adds. 0, or -1+errno; release in any case. */
int leaks_of_patch(struct leaks *l, int fd);
/* In changes.patch of a job; what went wrong is said with the rest. */
void leaks_find(struct leaks *l, const struct job *j);
void leaks_release(struct leaks *l);

/* A sentence each, given to put(); the last says what is not named. */
void leaks_say(const struct leaks *l, void (*put)(void *arg, const char *sentence), void *arg);
/* The same as elements of an array being written. */
void leaks_write(const struct leaks *l, struct jsonw *w);

#endif
