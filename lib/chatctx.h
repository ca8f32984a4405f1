/* SPDX-License-Identifier: MIT */
/*
 * chatctx: what the translation of an answer must know of its request.
 *
 *	struct chatctx ctx = CHATCTX_INIT;
 *	chatreq_write(&body, &req, profile, model, &ctx, &why);
 *	… chatstream_* or chatreply_write with &ctx …
 *	chatctx_release(&ctx);
 *
 * It may outlive the request's document, and serves any number of attempts:
 * chatreq_write() fills it anew.
 */
#ifndef JOBDIR_CHATCTX_H
#define JOBDIR_CHATCTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A tool whose name providers would refuse, and what it is called there. */
struct chatname {
	char *ours, *theirs;
};

struct chatctx {
	char *model;			/* as the client named it: answers repeat it */
	bool stream;			/* the client wants events */
	int64_t max_tokens;		/* sent upstream; 0: none */
	int64_t estimate;		/* input tokens, estimated */
	int64_t window;			/* of the profile; 0: unknown */
	struct chatname *names;
	size_t nnames;
};
#define CHATCTX_INIT { 0 }
void chatctx_release(struct chatctx *ctx);	/* also back to CHATCTX_INIT */

/* The client's name for a tool that the provider calls so; may be theirs. */
const char *chatctx_tool(const struct chatctx *ctx, const char *theirs);

#endif
