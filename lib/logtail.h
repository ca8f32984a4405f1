/* SPDX-License-Identifier: MIT */
/*
 * logtail: the last lines of a growing file, however long it is. Reads from
 * the end; a file of gigabytes costs what is printed.
 */
#ifndef JOBDIR_LOGTAIL_H
#define JOBDIR_LOGTAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct logtail {
	int fd;				/* a regular file */
	off_t pos;			/* next byte to hand out; the start of a line */
	off_t seen;			/* no newline between pos and here */
	bool cut;			/* it began within a line that was too long */
};

#define LOGTAIL_LINE (1 << 20)

/*
 * Where the last n lines begin. An unterminated last line counts as one if
 * whole, and is not looked at otherwise. Of a line longer than LOGTAIL_LINE
 * bytes only the last that many count, and nothing before it: t->cut. 0 or
 * -1+errno.
 */
int logtail_start(struct logtail *t, int fd, uint64_t n, bool whole);

/*
 * Hand out what is there: complete lines, or with whole everything. fn returns
 * 0 to go on, -1 to stop. Bytes handed out, or -1+errno.
 */
off_t logtail_next(struct logtail *t, bool whole, int (*fn)(char *p, size_t len, void *arg),
	void *arg);

#endif
