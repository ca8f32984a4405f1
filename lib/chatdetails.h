/* SPDX-License-Identifier: MIT */
/*
 * chatdetails: reasoning_details of a stream (OpenRouter), put together.
 *
 * They come in pieces and must go back whole and in their order: pieces of one
 * text are joined, everything else is kept as it came. Pure.
 *
 *	chatdetails_add(&d, array);	each chunk's
 *	if (chatdetails_any(&d)) chatdetails_take(&d, &json);	so far; then it is empty
 */
#ifndef JOBDIR_CHATDETAILS_H
#define JOBDIR_CHATDETAILS_H

#include <stdbool.h>
#include "buf.h"
#include "jsonpick.h"

enum { CHATDETAILS_MEMBERS = 12 };

#define CHATDETAILS_MAX (256u << 10)	/* bytes; more is not kept at all */

struct chatdetails_member {
	struct buf name, value;		/* raw */
};

struct chatdetails {
	struct buf done;		/* elements, commas between */
	struct chatdetails_member member[CHATDETAILS_MEMBERS];	/* of the last one, that may grow */
	int n;
	bool over;			/* too much came: none of it can be given back */
};

/* array: of a text that is valid JSON. 0 or -1+ENOMEM. */
int chatdetails_add(struct chatdetails *d, struct jsonpick array);
bool chatdetails_any(const struct chatdetails *d);
/* Append the array. 0 or -1+ENOMEM. */
int chatdetails_take(struct chatdetails *d, struct buf *out);
void chatdetails_release(struct chatdetails *d);

#endif
