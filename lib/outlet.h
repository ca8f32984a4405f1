/* SPDX-License-Identifier: MIT */
/*
 * outlet: writing to a descriptor that others share, without ever blocking.
 *
 * O_NONBLOCK belongs to the open file description, so setting it would surprise
 * whoever holds the other copies. A pipe is reopened; anything else is asked by
 * poll() before each small write.
 */
#ifndef JOBDIR_OUTLET_H
#define JOBDIR_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct outlet {
	int fd, own;		/* own: a descriptor that does not block, or -1 */
	size_t written;		/* bytes of the buffer that are out */
	bool gone;		/* nobody reads any more */
};

void outlet_open(struct outlet *o, int fd);
void outlet_close(struct outlet *o);
/* Write what it takes; the buffer is emptied once all is out. True: something was written. */
bool outlet_write(struct outlet *o, struct buf *b);
/* Bytes still to be written. */
size_t outlet_left(const struct outlet *o, const struct buf *b);

#endif
