/* SPDX-License-Identifier: MIT */
/* mcptools: the methods of the server about tools (mcpstate.h, tool.h). */
#ifndef JOBDIR_MCPTOOLS_H
#define JOBDIR_MCPTOOLS_H

struct mcpera;
struct reply;
struct rpc_message;
struct server;

int mcptools_list(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r);
int mcptools_call(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r);

#endif
