/* SPDX-License-Identifier: MIT */
#include "reply.h"

int
reply_fail(struct reply *r, int code, const char *words)
{
	(void)buf_addstr(&r->why, words);
	return code;
}

void
reply_release(struct reply *r)
{
	buf_release(&r->result);
	buf_release(&r->why);
	buf_release(&r->data);
}
