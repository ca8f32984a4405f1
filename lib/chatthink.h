/* SPDX-License-Identifier: MIT */
/*
 * chatthink: <think>…</think> at the start of a model's text, found whatever the
 * pieces. Only there: later it is text that somebody writes about. Constant
 * state. Pure.
 *
 *	while (chatthink_next(&t, &p, &n, &piece)) … piece …
 *	at the end: if (chatthink_last(&t, &piece)) … piece …
 */
#ifndef JOBDIR_CHATTHINK_H
#define JOBDIR_CHATTHINK_H

#include <stdbool.h>
#include <stddef.h>

enum chatthink_state { THINK_START, THINK_INSIDE, THINK_BEHIND, THINK_PLAIN };

struct chatthink {
	enum chatthink_state state;
	char held[16];			/* may become a tag */
	size_t nheld;
};
#define CHATTHINK_INIT { 0 }

struct chatthink_piece {
	bool thinking;
	const char *p;			/* until the next call */
	size_t len;
};

bool chatthink_next(struct chatthink *t, const char **p, size_t *n, struct chatthink_piece *out);
/* The text ends here: what was held. Blanks alone are nothing. */
bool chatthink_last(struct chatthink *t, struct chatthink_piece *out);
/* No tag can come any more: what follows is text as it is. */
bool chatthink_plain(const struct chatthink *t);

#endif
