/* SPDX-License-Identifier: MIT */
/*
 * chatstate: the state of one answer's translation; what chatstream.h drives and
 * chatblocks.h fills. Callers read usage, err, opened and done.
 */
#ifndef JOBDIR_CHATSTATE_H
#define JOBDIR_CHATSTATE_H

#include <stdbool.h>
#include <stdint.h>
#include "chatcall.h"
#include "chatchunk.h"
#include "chatdetails.h"
#include "chaterr.h"
#include "chatthink.h"
#include "chatusage.h"
#include "sse.h"

struct chatctx;

#define CHATSTREAM_EVENT (16u << 20)	/* bytes of one upstream event */

enum chatblock { CHATBLOCK_NONE, CHATBLOCK_TEXT, CHATBLOCK_THINKING };

struct chatstream {
	const struct chatctx *ctx;
	struct sse sse;
	struct chatthink think;
	struct chatcalls calls;
	struct chatdetails details;	/* not given to the client yet */
	struct chatusage usage;		/* the bill; whole at the end */
	struct chaterr err;		/* after EPROTO */
	struct buf scratch, head;	/* head: what each delta of the open block begins with */
	char id[36];
	int blocks;			/* begun so far */
	int index;			/* of the open text or thinking block */
	enum chatblock open;		/* is there one? */
	enum chatsign from;		/* of the thinking in it */
	enum chatstop stop;		/* why the answer ended; NONE: it has not */
	int tools;			/* tool calls begun */
	int64_t written;		/* bytes of content, to estimate tokens */
	bool opened;			/* message_start is written */
	bool done;			/* the end is written, or it failed */
};

#endif
