/* SPDX-License-Identifier: MIT */
/*
 * chatevent: the events of an Anthropic stream, as bytes. Errors are sticky in
 * the buf. Pure.
 */
#ifndef JOBDIR_CHATEVENT_H
#define JOBDIR_CHATEVENT_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct chatusage;

void chatevent_start(struct buf *out, const char *id, const char *model, int64_t input);
/* content_block_start of "text" or "thinking"; of a tool_use. */
void chatevent_block(struct buf *out, int index, const char *type);
void chatevent_tool(struct buf *out, int index, const char *id, const char *name);
/*
 * content_block_delta up to the value of its last member, which is JSON that the
 * caller appends; then chatevent_delta_end().
 */
void chatevent_delta(struct buf *out, int index, const char *type, const char *member);
void chatevent_delta_end(struct buf *out);
void chatevent_block_end(struct buf *out, int index);
/* message_delta with the bill, and message_stop. */
void chatevent_end(struct buf *out, const char *stop_reason, const struct chatusage *u);
void chatevent_ping(struct buf *out);

#endif
