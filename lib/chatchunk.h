/* SPDX-License-Identifier: MIT */
/*
 * chatchunk: what one chat-completion object says: a chunk of a stream, or a
 * whole answer, whose message is read as one large delta. Pure.
 */
#ifndef JOBDIR_CHATCHUNK_H
#define JOBDIR_CHATCHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include "chatsign.h"
#include "jsonpick.h"

/* Why an answer ended. */
enum chatstop {
	CHATSTOP_NONE, CHATSTOP_END, CHATSTOP_LENGTH, CHATSTOP_REFUSAL, CHATSTOP_CONTEXT,
	CHATSTOP_BROKEN,		/* the provider failed in the middle */
};

/* Pieces of the text; absent where nothing is said (null and "" are nothing). */
struct chatchunk {
	bool error;			/* it is one, or is no chunk at all */
	struct jsonpick content;	/* a string, or an array of parts */
	struct jsonpick thinking;	/* a string */
	enum chatsign from;		/* where that was */
	struct jsonpick details;	/* an array: the reasoning as the provider has it */
	struct jsonpick refusal;	/* a string */
	struct jsonpick calls;		/* an array */
	struct jsonpick function;	/* an object: a call of the old kind */
	struct jsonpick finish;		/* a string */
	struct jsonpick usage;		/* an object */
};

/* text is valid JSON. */
void chatchunk_read(struct chatchunk *c, const char *text, size_t len);
enum chatstop chatchunk_stop(struct jsonpick finish);

#endif
