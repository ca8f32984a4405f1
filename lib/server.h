/* SPDX-License-Identifier: MIT */
/*
 * server: the Model Context Protocol, as one object fed with lines. It knows
 * which methods there are; the tools are commands (tool.h, calls.h), the
 * resources files of jobs (resource.h). What it has to say grows in s->o.out;
 * who reads and writes the descriptors is the caller (src/mcp.c).
 */
#ifndef JOBDIR_SERVER_H
#define JOBDIR_SERVER_H

#include "mcpstate.h"

void server_init(struct server *s, const char *toolset);
void server_release(struct server *s);

/* Handle one line; too_long: it was, and is not there. */
void server_line(struct server *s, const char *line, size_t len);
void server_too_long(struct server *s);

/* Nothing comes from the client any more: what it was asked is not answered. */
void server_gone(struct server *s);

#endif
