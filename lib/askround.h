/* SPDX-License-Identifier: MIT */
/*
 * askround: questions to a client without a handshake, who is asked by the answer to its
 * call: "input_required". The call's command is ended then, and when the client calls
 * again with inputResponses and requestState it is run anew and finds its answers.
 *
 * The state is what was answered in earlier rounds and a hash of what is asked in this
 * one, signed with a secret of this process, for this call with these arguments only, for
 * an hour, and once: who said no does not say yes to the same question later. An answer
 * counts only for the very question it was given to.
 */
#ifndef JOBDIR_ASKROUND_H
#define JOBDIR_ASKROUND_H

#include <stdbool.h>
#include <stdint.h>
#include "sha256.h"

struct buf;
struct call;
struct json;
struct reply;
struct rpc_message;

#define ASKROUND_OPEN 64	/* states that are not used yet; older ones are void */

struct askround_secret {
	bool known;
	unsigned char key[SHA256_SIZE];
	int64_t made;			/* states are numbered from 1 */
	int64_t open[ASKROUND_OPEN];	/* 0: none */
};

/*
 * Take inputResponses and requestState of a call's request, before it is started. 0; or an
 * error code with r->why.
 */
int askround_take(struct askround_secret *s, struct call *c, const struct rpc_message *m,
	struct reply *r);

/*
 * It asks {KEY: request, …} (a node of d). 1: all answered, line has {"answers": …}; 0: c->needed has the
 * result that asks; -1: it cannot be asked. free_one: answers count without a state, too.
 */
int askround(struct askround_secret *s, struct call *c, const struct json *d, int ask,
	bool free_one, struct buf *line);

#endif
