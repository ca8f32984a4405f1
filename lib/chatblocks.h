/* SPDX-License-Identifier: MIT */
/*
 * chatblocks: the content of chunks as blocks of an answer; the part of
 * chatstream that opens, fills and closes them.
 *
 * One text or thinking block is open at a time. Tool calls stay open until their
 * arguments are whole, since they may come interleaved.
 */
#ifndef JOBDIR_CHATBLOCKS_H
#define JOBDIR_CHATBLOCKS_H

struct buf;
struct chatchunk;
struct chatstream;

/* 0; -1 with errno ENOMEM or EMSGSIZE (too many calls, or too much before a name). */
int chatblocks_take(struct chatstream *s, const struct chatchunk *c, struct buf *out);
/* What was held back, and the ends of all that is open. */
int chatblocks_close(struct chatstream *s, struct buf *out);

#endif
