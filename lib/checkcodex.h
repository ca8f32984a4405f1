/* SPDX-License-Identifier: MIT */
/*
 * checkcodex: the rows of doctor about the configuration of Codex, by what is in
 * its file; Codex itself is not run.
 */
#ifndef JOBDIR_CHECKCODEX_H
#define JOBDIR_CHECKCODEX_H

struct checkup;

/* 0 or -1+errno. */
int checkcodex(struct checkup *c);

#endif
