/* SPDX-License-Identifier: MIT */
/*
 * gwask: what both kinds of upstream need to be asked, and to pass on what they say.
 */
#ifndef JOBDIR_GWASK_H
#define JOBDIR_GWASK_H

#include "gwcall.h"

#define GWCALL_REPLY (64 << 20)		/* most bytes of an answer in one piece */
#define GWCALL_ERROR (256 << 10)	/* of an error that are looked at */

/* The model to ask for instead of the one the client names; NULL: that one. Kept in c->model. */
const char *gwask_model(struct gwcall *c);
/*
 * Start c->try. path: below the base URL; "": where chat completions are. more: headers,
 * NULL-terminated; body NULL: a GET. 0 or -1+errno.
 */
int gwask_start(struct gwcall *c, const char *path, const char *const *more, const char *body,
	size_t len);
/* Keep a piece of an answer that comes whole: GWUP_TAKEN or GWUP_STOP. */
int gwask_keep(struct gwcall *c, const char *p, size_t n);
/* Something for the client is in x->out. */
void gwask_say(struct gwcall *c);
/* Is the client's connection so far behind that the upstream must wait? */
bool gwask_behind(struct gwcall *c);
/* c->err from an HTTP status and what came with it. */
void gwask_error(struct gwcall *c);

#endif
