/* SPDX-License-Identifier: MIT */
/*
 * tool: the manifests of the MCP tools, tools/NAME.json in the data directory.
 *
 *	name, title, description	strings
 *	annotations			readOnlyHint, destructiveHint, idempotentHint,
 *					openWorldHint: all four, always
 *	inputSchema, outputSchema	see schema.h
 *	rules				optional array of schemas that the input must
 *					also fit, each with a description: what holds
 *					between members. Apart from inputSchema, because
 *					model APIs refuse oneOf, anyOf and not at its top
 *	toolset				"delegate" or "worker"
 *	run				array: the command ("jobdir-wait") and arguments
 *
 * and in a toolset of one's own (a directory of manifests) also
 *
 *	run				"./NAME": a program in that directory
 *	raw				true: what it prints is the whole result of the
 *					call ({"content": […]}); then no outputSchema
 *	requires			the capabilities without which a client cannot
 *					call it: {"sampling": {}}
 *
 * A manifest whose command is not installed is a tool that is not listed.
 */
#ifndef JOBDIR_TOOL_H
#define JOBDIR_TOOL_H

#include <stdbool.h>
#include "json.h"

struct buf;

#define TOOL_NAME_MAX 64
#define TOOL_MANIFEST_MAX (64u << 10)

struct tool {
	char *name;
	char *dir;			/* of a toolset of one's own; NULL: installed */
	struct buf *text;
	struct json doc;		/* node 0 is the manifest */
};

/* [a-z][a-z0-9_]*, at most TOOL_NAME_MAX characters. */
bool tool_name_valid(const char *name);

/*
 * Load one manifest. 0, or -1 with errno: EINVAL not a tool's name, ENOENT no such
 * manifest, EBADMSG the manifest is damaged or names another tool.
 */
int tool_load(struct tool *t, const char *name);
void tool_release(struct tool *t);

/* The members of the manifest (nodes in t->doc). */
int tool_get(const struct tool *t, const char *member);

/* Does the value fit? As schema_check(), with the rules after inputSchema. */
int tool_check(const struct tool *t, const struct json *value, int v, struct buf *why);

/* malloc'd absolute path of the command, or NULL+errno (ENOENT: not installed). */
char *tool_command(const struct tool *t);

/*
 * All tools of a toolset (NULL: of every toolset) that can be run, in the order of their
 * names: the installed ones, or those of the directory from. *list is malloc'd (tool_free_all()). The number, or -1+errno; what is
 * damaged is left out and counted in *bad.
 */
int tool_all(struct tool **list, const char *from, const char *toolset, int *bad);
void tool_free_all(struct tool *list, int n);

#endif
