/* SPDX-License-Identifier: MIT */
/*
 * server: the Model Context Protocol, as one object fed with lines. It knows
 * which methods there are; the tools are commands (tool.h, calls.h), the
 * resources files of jobs (resource.h). What it has to say grows in s->o.out;
 * who reads and writes the descriptors is the caller (src/mcp.c).
 */
#ifndef JOBDIR_SERVER_H
#define JOBDIR_SERVER_H

#include <stdbool.h>
#include "calls.h"
#include "outcall.h"
#include "tool.h"

#define SERVER_PAGE (24u << 10)		/* bytes of tools in one answer */

struct server {
	const char *toolset;		/* NULL: every toolset */
	struct tool *tools;		/* loaded when first asked for */
	int ntools;			/* -1: not yet */
	struct buf first_page;		/* of tools/list, once made */
	struct calls calls;
	struct outcall o;		/* what goes to the client */
};

void server_init(struct server *s, const char *toolset);
void server_release(struct server *s);

/* Handle one line; too_long: it was, and is not there. */
void server_line(struct server *s, const char *line, size_t len);
void server_too_long(struct server *s);

#endif
