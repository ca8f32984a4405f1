/* SPDX-License-Identifier: MIT */
/*
 * tasklist: the lists of files and rules that a request has.
 */
#ifndef JOBDIR_TASKLIST_H
#define JOBDIR_TASKLIST_H

#include "strv.h"

struct buf;
struct request;

enum tasklist {
	TASKLIST_FIRST,			/* files to read first */
	TASKLIST_ABOUT,			/* files a review is about */
	TASKLIST_ALLOWED,		/* the only files that may change */
	TASKLIST_RULES,			/* constraints */
	TASKLISTS
};

/*
 * Add the strings of an array member, without the white space around them. cwd_fd >= 0: they
 * are files, which must lie below cwd; they become relative to it, and the list is
 * put in order, each once. 0, or -1 with why.
 */
int tasklist_take(struct strv *l, const struct request *rq, const char *member, int cwd_fd,
	const char *cwd, struct buf *why);

#endif
