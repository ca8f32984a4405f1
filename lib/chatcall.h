/* SPDX-License-Identifier: MIT */
/*
 * chatcall: which tool call of a stream is meant by a piece of one. Providers
 * leave out the index, or give all calls the same; leave out the id, repeat it,
 * or give two calls the same; repeat the name. Pure.
 */
#ifndef JOBDIR_CHATCALL_H
#define JOBDIR_CHATCALL_H

#include <stdbool.h>
#include <stdint.h>
#include "buf.h"
#include "chatargs.h"

#define CHATCALL_MAX 128		/* calls in one answer */

/* What a piece says of its call. */
struct chatcall_key {
	int64_t index;			/* -1: nothing */
	uint64_t id, name;		/* hashes; 0: nothing */
	bool args;			/* it has some */
	bool again;			/* not the first piece of its chunk */
};

struct chatcall {
	struct chatcall_key key;
	struct chatargs args;
	struct buf held;		/* arguments that came before the name */
	int block;			/* ours; -1: its name has not come */
	bool closed;
};

struct chatcalls {
	struct chatcall *v;
	int n, cap;
};

/* The call that a piece belongs to; NULL: a new one. */
struct chatcall *chatcalls_find(const struct chatcalls *c, const struct chatcall_key *k);
/* NULL: errno ENOMEM, or EMSGSIZE (more than CHATCALL_MAX). */
struct chatcall *chatcalls_add(struct chatcalls *c, const struct chatcall_key *k);
void chatcalls_release(struct chatcalls *c);

#endif
