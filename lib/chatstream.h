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
#include "chatstate.h"

struct chatctx;

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
