/* SPDX-License-Identifier: MIT */
/*
 * chatreq: an Anthropic Messages request as a chat-completions request.
 *
 * - One system message first; system messages inside the conversation become
 *   <system-reminder> text of the user's next message.
 * - Every tool call is answered directly behind the assistant message that made
 *   it, in order, under an id that is unique in the request; a missing result is
 *   said to be missing, one without a call becomes user text, pictures in
 *   results follow as user content.
 * - Thinking goes back as reasoning to providers that demand it. What came with
 *   it (chatsign.h) travels in the signature.
 * - Tool schemas lose what providers refuse; deferred tools and those without a
 *   schema are left out; names are made acceptable (chatctx.h maps them back).
 * - Nothing that only Anthropic understands is sent on, nor who the user is.
 *
 * Pure: same request, same profile, same bytes; and a longer conversation begins
 * with the bytes of the shorter one, for the providers' prompt caches.
 */
#ifndef JOBDIR_CHATREQ_H
#define JOBDIR_CHATREQ_H

#include <stdint.h>

struct buf;
struct chatctx;
struct gwprofile;
struct json;

/*
 * Append the body for upstream. model: the provider's name for it, NULL: as the
 * client says. 0; -1 with errno EINVAL (not a request we understand: one
 * sentence is appended to why, for a 400) or ENOMEM. On -1 out is as it was.
 */
int chatreq_write(struct buf *out, const struct json *req, const struct gwprofile *p,
	const char *model, struct chatctx *ctx, struct buf *why);

/* Input tokens of a request, about: for count_tokens and until usage comes. */
int64_t chatreq_estimate(const struct json *req);

#endif
