/* SPDX-License-Identifier: MIT */
/*
 * confineword: whether a job's agent is to have walls: the parameter `confine`, else
 * $JOBDIR_CONFINE.
 */
#ifndef JOBDIR_CONFINEWORD_H
#define JOBDIR_CONFINEWORD_H

struct job;

/* require, prefer or off, malloc'd, not checked; NULL: as the mode has it (wallchain.h). */
char *confine_word(const struct job *j);

#endif
