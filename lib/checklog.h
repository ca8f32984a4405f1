/* SPDX-License-Identifier: MIT */
/*
 * checklog: where the output of a check goes: checks/NAME.log of the newest attempt (of the
 * job, where no agent ran), through a redactor. In a recipe that is one of the
 * supervisor, which knows the secrets; alone it is a process of ours that knows those of our
 * environment. The name is a checkcmd's file.
 */
#ifndef JOBDIR_CHECKLOG_H
#define JOBDIR_CHECKLOG_H

#include "redactor.h"

struct buf;
struct job;

struct checklog {
	const struct job *job;
	int attempt;			/* number; 0: none */
	int dir;			/* the directory checks */
	int service;			/* -1: alone */
	struct redactors own;
};

/* 0 or -1+errno. */
int checklog_open(struct checklog *l, const struct job *j, int attempt);
void checklog_close(struct checklog *l);

/* Begin a log, empty. *in: write to it, then close it; *done reads end of file when all is written. */
int checklog_begin(struct checklog *l, const char *name, int *in, int *done);
/* Close *in and *done after all is written. -1: it was not. */
int checklog_end(struct checklog *l, int *in, int *done);

/* Path below the job, for people; malloc'd. */
char *checklog_path(const struct checklog *l, const char *name);
/* The last lines of it, at most max bytes, appended. What cannot be read is nothing. */
void checklog_tail(const struct checklog *l, const char *name, struct buf *out, size_t max);

#endif
