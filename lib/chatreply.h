/* SPDX-License-Identifier: MIT */
/*
 * chatreply: a whole chat-completion answer as an Anthropic message.
 */
#ifndef JOBDIR_CHATREPLY_H
#define JOBDIR_CHATREPLY_H

#include <stddef.h>

struct buf;
struct chatctx;
struct chaterr;
struct chatusage;

/*
 * Append the message. id as for chatstream_init(). 0 and the bill in *usage;
 * -1 with errno EPROTO (an error sent as a success, no answer in it, no JSON:
 * *err says it for the client) or ENOMEM. On -1 out is as it was.
 */
int chatreply_write(struct buf *out, const char *body, size_t len, const struct chatctx *ctx,
	const char *id, struct chatusage *usage, struct chaterr *err);

#endif
