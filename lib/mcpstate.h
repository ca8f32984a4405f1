/* SPDX-License-Identifier: MIT */
/*
 * mcpstate: what the modules of the server (server.h) share: its state, and the
 * shape of a method.
 */
#ifndef JOBDIR_MCPSTATE_H
#define JOBDIR_MCPSTATE_H

#include <stdbool.h>
#include "calls.h"
#include "mcpera.h"
#include "outcall.h"
#include "question.h"
#include "reply.h"
#include "rpc.h"
#include "tool.h"

#define SERVER_PAGE (24u << 10)		/* bytes of tools in one answer */
#define SERVER_ASYNC 1			/* of a method: the answer comes later, or was given */

struct server {
	const char *toolset;		/* NULL: every toolset */
	const char *toolset_dir;	/* NULL: the installed tools */
	struct tool *tools;		/* loaded when first asked for */
	int ntools;			/* -1: not yet */
	struct buf first_page;		/* of tools/list, once made */
	unsigned can;			/* what the client said in its handshake (mcpera.h) */
	struct calls calls;
	struct questions questions;	/* to the client, not answered yet */
	struct outcall o;		/* what goes to the client */
};

/*
 * A method is a function of server, message, kind and reply. It fills r->result and returns 0;
 * or an error code (below 0) with r->why; or SERVER_ASYNC.
 */

/*
 * The cursor of a list request: malloc'd, or NULL (absent). False: not a string
 * (errno EINVAL) or no memory.
 */
bool server_cursor(const struct rpc_message *m, char **cursor);
extern const char server_bad_cursor[];

#endif
