/* SPDX-License-Identifier: MIT */
/*
 * chattool: the tools of an Anthropic request for chat completions. Pure.
 */
#ifndef JOBDIR_CHATTOOL_H
#define JOBDIR_CHATTOOL_H

#include <stdbool.h>

struct buf;
struct chatctx;
struct gwprofile;
struct json;
struct jsonw;

/*
 * Members tools, tool_choice and parallel_tool_calls, as far as there is anything
 * to say; names that had to change go to ctx. 0; -1 with ENOMEM.
 */
int chattool_write(struct jsonw *w, const struct json *d, const struct gwprofile *p,
	struct chatctx *ctx);

/* Inside a string: the name that providers take for a tool, always the same. */
void chattool_name(struct jsonw *w, const struct json *d, int name);

/* A JSON schema (a node that is an object) without what providers refuse. */
void chattool_schema(struct jsonw *w, const struct json *d, int schema, const struct gwprofile *p);

/*
 * Member response_format, up to where its schema stands: true: the caller writes that;
 * false: this provider takes none. Then close with the same.
 */
bool chattool_format(struct jsonw *w, const struct gwprofile *p);
void chattool_format_end(struct jsonw *w, bool schema);

#endif
