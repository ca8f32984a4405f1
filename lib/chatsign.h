/* SPDX-License-Identifier: MIT */
/*
 * chatsign: our signature of a thinking block.
 *
 * The client echoes thinking blocks with their signatures on every later turn,
 * also after a resume; so what a provider wants to see again travels there:
 * under which name its reasoning came, and what it attached to a tool call
 * (extra_content, as Gemini's thought signatures). Pure.
 */
#ifndef JOBDIR_CHATSIGN_H
#define JOBDIR_CHATSIGN_H

#include <stddef.h>

struct buf;

/* Where the thinking came from. */
enum chatsign { CHATSIGN_OTHER, CHATSIGN_CONTENT, CHATSIGN_PLAIN, CHATSIGN_TAGS, CHATSIGN_CALL };

/* The reasoning member's name for CONTENT and PLAIN; else NULL. */
const char *chatsign_member(enum chatsign from);

/* Append a signature. extra: JSON for the call that follows (CALL only). */
int chatsign_write(struct buf *out, enum chatsign from, const char *extra, size_t len);

/*
 * What a signature says; OTHER: it is not ours. The extra JSON of a CALL is
 * appended to extra: valid JSON, or the signature is not ours.
 */
enum chatsign chatsign_read(const char *sign, size_t len, struct buf *extra);

#endif
