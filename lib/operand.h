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

#endif
