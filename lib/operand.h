/* SPDX-License-Identifier: MIT */
/*
 * operand: the JOB operands of a command: ids, unambiguous parts of one, job
 * directories. None, or "-", means: read them from standard input, one per
 * line, or ended by NUL.
 */
#ifndef JOBDIR_OPERAND_H
#define JOBDIR_OPERAND_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct job;
struct root;

struct operands {
	char **name;			/* malloc'd, each malloc'd; NULL at the end */
	size_t n;
};

/* Collect. from_stdin says what no operand at all means. 0 or -1+errno. */
int operand_read(struct operands *o, char *const *argv, bool from_stdin, bool nul);
void operand_release(struct operands *o);

/*
 * Is this errno of job_open() the caller's fault (exit 100), not the
 * machine's (exit 111)?
 */
bool operand_fault(int err);

/*
 * What is wrong with a name that job_open() refused with err: which state root
 * was looked in, which jobs an ambiguous name could be. Never NULL; the text
 * is in b.
 */
const char *operand_why(struct buf *b, const struct root *r, const char *name, int err);

/*
 * Open the state root and the one job that a command is about. 0; or why, and 1
 * if it is the caller's fault, -1 if the machine's.
 */
int operand_open(struct root *r, struct job *j, const char *name, struct buf *why);

#endif
