/* SPDX-License-Identifier: MIT */
/*
 * chatwords: reading what a provider's error says: JSON of many shapes, a page
 * for browsers, or plain text. Pure.
 */
#ifndef JOBDIR_CHATWORDS_H
#define JOBDIR_CHATWORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"

struct chatctx;

enum chatwords_topic {
	CHATWORDS_CONTEXT,		/* the prompt does not fit the model */
	CHATWORDS_QUOTA,		/* no money left: waiting does not help */
	CHATWORDS_RATE,			/* too many requests */
	CHATWORDS_BUSY,			/* overloaded */
};

struct chatwords {
	struct buf text;		/* one line for a person; may be empty */
	struct buf codes;		/* code and type members, for recognition */
	int64_t code;			/* a number given as code; 0: none */
	bool page;			/* it was HTML, text is its title */
};

/* Always succeeds; without memory the texts are short or empty. */
void chatwords_read(struct chatwords *w, const char *body, size_t len);
void chatwords_release(struct chatwords *w);

bool chatwords_say(const struct chatwords *w, enum chatwords_topic topic);
/* "try again in 7.5s" in ms; -1: not said. */
int64_t chatwords_delay(const struct chatwords *w);
/*
 * If it says that the prompt is too long: append that in the words which make
 * the client compact (or lower max_tokens). ctx, for numbers not said: may be
 * NULL.
 */
bool chatwords_context(const struct chatwords *w, const struct chatctx *ctx, struct buf *out);

#endif
