/* SPDX-License-Identifier: MIT */
/*
 * chatstream: a provider's stream of chat-completion chunks becomes Anthropic
 * events, as it comes.
 *
 *	chatstream_init(&s, &ctx, "a unique id");
 *	each piece:	chatstream_feed(&s, bytes, n, &out)
 *	at the end:	chatstream_end(&s, &out)
 *	chatstream_release(&s);
 *
 * out gets whole events; the caller sends and empties it. message_start is
 * written with the first content, or by chatstream_open(), which a caller uses
 * as soon as it no longer wants to answer with an HTTP error or try again.
 *
 * -1 means that the answer failed. errno ENOMEM; or EPROTO: s->err says what
 * (an error sent inside the stream, a cut stream, what is no stream), nothing is
 * written, and the caller either tries again (if !s->opened, and
 * chaterr_retryable()) or ends with chatstream_fail(). After -1 and after the
 * end nothing more is taken.
 *
 * What is written does not depend on how the bytes are cut into pieces. State
 * is bounded: a slot per tool call, and one event. Pure.
 */
#ifndef JOBDIR_CHATSTREAM_H
#define JOBDIR_CHATSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "chatcall.h"
#include "chatchunk.h"
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

/* ctx is borrowed; id: unique among all answers, letters and digits, up to 32. */
void chatstream_init(struct chatstream *s, const struct chatctx *ctx, const char *id);
void chatstream_release(struct chatstream *s);

int chatstream_open(struct chatstream *s, struct buf *out);
int chatstream_feed(struct chatstream *s, const char *bytes, size_t n, struct buf *out);
int chatstream_end(struct chatstream *s, struct buf *out);
/* The provider answered a stream request with one JSON document. */
int chatstream_whole(struct chatstream *s, const char *body, size_t len, struct buf *out);

/*
 * The content is complete: only usage or [DONE] can follow. Providers that send
 * neither may leave the connection open: wait a moment, then chatstream_end().
 */
bool chatstream_complete(const struct chatstream *s);
/* event: error with e. The client keeps the blocks it has, or asks again. */
int chatstream_fail(struct chatstream *s, const struct chaterr *e, struct buf *out);
/* A ping event, for silences; only when opened and not done. */
int chatstream_ping(struct chatstream *s, struct buf *out);

#endif
