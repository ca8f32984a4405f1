/* SPDX-License-Identifier: MIT */
/*
 * chatsign: our signature of a thinking block.
 *
 * The client echoes thinking blocks with their signatures on every later turn,
 * also after a resume; so what a provider wants to see again travels there:
 * under which name its reasoning came, what it attached to a tool call
 * (extra_content, as Gemini's thought signatures), and the reasoning as it had it itself
 * (reasoning_details, as OpenRouter's). Pure.
 */
#ifndef JOBDIR_CHATSIGN_H
#define JOBDIR_CHATSIGN_H

#include <stddef.h>

struct buf;

/* Where the thinking came from. */
enum chatsign { CHATSIGN_OTHER, CHATSIGN_CONTENT, CHATSIGN_PLAIN, CHATSIGN_TAGS, CHATSIGN_CALL,
	CHATSIGN_DETAILS };

/* The reasoning member's name for CONTENT, PLAIN and DETAILS; else NULL. */
const char *chatsign_member(enum chatsign from);

/* Append a signature. extra: JSON for the call that follows (CALL), or the details. */
int chatsign_write(struct buf *out, enum chatsign from, const char *extra, size_t len);

/*
 * What a signature says; OTHER: it is not ours. The extra JSON of CALL and
 * DETAILS is appended to extra: an object, an array, or the signature is not ours.
 */
enum chatsign chatsign_read(const char *sign, size_t len, struct buf *extra);

#endif
