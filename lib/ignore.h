/* SPDX-License-Identifier: MIT */
/*
 * ignore: does the base's own .gitignore ignore this path? Not the agent's:
 * the files are taken from the base tree into an empty directory of ours, and
 * one `git check-ignore` with that as its working tree answers, question by
 * question. Started at the first question, and not at all if the base has
 * no .gitignore.
 */
#ifndef JOBDIR_IGNORE_H
#define JOBDIR_IGNORE_H

#include "gitcat.h"

struct index;

struct ignore {
	const struct git *g;		/* a repository that has the base's objects */
	const struct index *index;	/* of the base */
	int scratch;			/* a directory of ours to put "ignore/" into */
	const char *scratch_path;
	/* private */
	int work, in, out;
	bool started, none;
	struct proc proc;
	struct buf ahead;
};

/* The pointers are borrowed until ignore_close(). */
void ignore_init(struct ignore *ig, const struct git *g, const struct index *x, int scratch,
	const char *scratch_path);
/* 1 ignored, 0 not, -1+errno. A directory is asked about before what is in it. */
int ignore_match(struct ignore *ig, const char *path, bool dir);
void ignore_close(struct ignore *ig);

#endif
