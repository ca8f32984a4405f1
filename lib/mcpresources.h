/* SPDX-License-Identifier: MIT */
/* mcpresources: the methods of the server about resources (mcpstate.h, resource.h). */
#ifndef JOBDIR_MCPRESOURCES_H
#define JOBDIR_MCPRESOURCES_H

struct mcpera;
struct reply;
struct rpc_message;
struct server;

int mcpresources_list(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r);
int mcpresources_templates(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r);
int mcpresources_read(struct server *s, const struct rpc_message *m, const struct mcpera *e,
	struct reply *r);

#endif
