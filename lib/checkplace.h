/* SPDX-License-Identifier: MIT */
/*
 * checkplace: the rows of doctor about one workspace: may tools work there, is it a repository
 * with a commit, what does the review gate say, which jobs are active there.
 */
#ifndef JOBDIR_CHECKPLACE_H
#define JOBDIR_CHECKPLACE_H

struct checkup;

/* 0 or -1+errno. */
int checkplace(struct checkup *c, const char *dir);

#endif
