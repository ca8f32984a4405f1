/* SPDX-License-Identifier: MIT */
/*
 * question: what a tool's command asks of the client while it runs, and what comes
 * back. The command writes to its control descriptor (calls.h)
 *
 *	{"ask": {KEY: {"method": "elicitation/create", "params": {…}}, …}, "free": bool}
 *
 * and reads one line there:
 *
 *	{"answers": {KEY: result or null, …}}	null: the client answered with an error
 *	{"cannot": [KEY, …]}			the client has not said that it can be asked that
 *	{"gone": true}				nobody is there any more
 *
 * To a client with a handshake each question is a request of ours. Without one the call
 * is made again with the answers (askround.h), and the command run anew: so a command
 * asks before it does anything. "free": what is answered need not be bound to it.
 */
#ifndef JOBDIR_QUESTION_H
#define JOBDIR_QUESTION_H

#include <stdbool.h>
#include "askround.h"

struct buf;
struct call;
struct json;
struct reply;
struct rpc_message;

struct question;
struct questions {
	struct question *first;
	unsigned long made;
	struct askround_secret secret;
};

/*
 * The parameters inputResponses and requestState of a call that is not started yet.
 * 0; or an error code with r->why. Looks at nothing where there was a handshake.
 */
int question_take(struct questions *qs, struct call *c, const struct rpc_message *m,
	struct reply *r);

/* A control line of c that has a member "ask": requests go to out, or c gets its answers. */
void question_asked(struct questions *qs, struct call *c, const struct json *line, struct buf *out);

/* A response of the client's. */
void question_answered(struct questions *qs, const struct rpc_message *m);

/* c is at its end: whoever is still asked for it need not answer. */
void question_drop(struct questions *qs, struct call *c, struct buf *out);

/* No client is there any more. */
void question_gone(struct questions *qs);

#endif
