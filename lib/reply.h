/* SPDX-License-Identifier: MIT */
/*
 * reply: what a method of the server says at once (mcpstate.h): the text of its result, or words
 * and data of its error.
 */
#ifndef JOBDIR_REPLY_H
#define JOBDIR_REPLY_H

#include "buf.h"

struct reply {
	struct buf result, why, data;
};
#define REPLY_INIT { .result = BUF_INIT, .why = BUF_INIT, .data = BUF_INIT }

void reply_release(struct reply *r);

/* An error with these words; returns code. */
int reply_fail(struct reply *r, int code, const char *words);

#endif
