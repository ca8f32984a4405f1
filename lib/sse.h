/* SPDX-License-Identifier: MIT */
/*
 * sse: cutting a stream of bytes into server-sent events.
 *
 *	struct sse s;
 *	sse_init(&s, most_bytes);
 *	for each piece p, n:
 *		while ((r = sse_next(&s, &p, &n, &ev)) == 1) … ev …
 *	at the end: while (sse_last(&s, &ev) == 1) … ev …
 *	sse_release(&s);
 *
 * LF, CRLF and CR end lines; comments are skipped; several data lines are
 * joined by LF; a byte order mark is skipped. The events do not depend on how
 * the bytes are cut into pieces. An event that lies whole in one piece is not
 * copied. Pure.
 */
#ifndef JOBDIR_SSE_H
#define JOBDIR_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"

struct sse {
	struct buf line;		/* the start of a line whose end has not come */
	struct buf data;		/* of the event so far, when not in the piece */
	const char *now;		/* the data, when it lies in the piece */
	size_t now_len, max;
	char type[40];			/* event: field, cut */
	bool has_data, after_cr, begun, given;
};

struct sse_event {
	const char *type;		/* "" when not said */
	const char *data;		/* until the next call; may hold NUL */
	size_t len;
};

void sse_init(struct sse *s, size_t max);
/*
 * 1: an event, *p and *n stand behind it; 0: the piece is used up; -1 with
 * errno EMSGSIZE (a line or event over max bytes: the stream is unusable) or
 * ENOMEM. Events without data are not reported.
 */
int sse_next(struct sse *s, const char **p, size_t *n, struct sse_event *ev);
/* The stream has ended: 1 and what lacked only its end; else 0, -1 as above. */
int sse_last(struct sse *s, struct sse_event *ev);
void sse_release(struct sse *s);

#endif
