/* SPDX-License-Identifier: MIT */
/*
 * request: one request, two forms of it.
 *
 * Every MCP tool is a command. The server calls it as
 *
 *	jobdir-wait --tool=claude_job_wait --request=-
 *
 * with the arguments, whole, as one JSON object on standard input. A person
 * may say the same with options, which are made from the same manifest
 * (lib/tools/NAME.json), so the two cannot drift:
 *
 *	jobdir-wait --tool=claude_job_wait --cwd=. --job-id=ID
 *
 * member older_than_hours is --older-than-hours=24; true is --flag, false
 * --no-flag, null --flag=null; an array of strings is the option repeated (an
 * empty array: --no-flag); an object or other array is its JSON text. A string
 * member whose value is too long or secret for argv may be read from a file:
 * --task-file=PATH ("-": standard input). Absent, null and an empty array are
 * three things. A command with one tool of its own accepts the options without
 * --tool. Defaults are not filled in: the command knows them.
 *
 * In this form the command prints exactly one JSON object and exits 0 whenever
 * it answered; a refusal is an answer: {"error": {code, message, hint}}.
 */
#ifndef JOBDIR_REQUEST_H
#define JOBDIR_REQUEST_H

#include <stdbool.h>
#include "json.h"

struct buf;

struct request {
	char *tool;			/* the tool's name */
	struct buf *text;		/* the request as JSON text */
	struct json doc;		/* node 0 is the request object */
};

/* True if argv has --tool or --request: the command is called as a tool. */
bool request_form(int argc, char *const argv[]);

/* Is it called as this tool? */
bool request_names(int argc, char *const argv[], const char *tool);

/*
 * Read and validate; the env file (envfile.h) too, by which requests are judged.
 * default_tool may be NULL (then --tool is required).
 * 0; or -1 with why holding one message that names every problem
 * ("cwd: required; limit: must be an integer from 1 to 200"): errno EINVAL
 * for what the caller did, others for system errors. errno ENOENT: no such tool.
 */
int request_read(struct request *rq, int argc, char *const argv[],
	const char *default_tool, struct buf *why);
void request_release(struct request *rq);

/* Members, by name (node or JSON_ABSENT; null counts as absent here). */
int request_get(const struct request *rq, const char *name);
/*
 * Malloc'd or NULL. Of the delegate tools (claude_…) strings are taken without the
 * white space around them; request_trim() does that, in place.
 */
char *request_str(const struct request *rq, const char *name);
char *request_trim(char *s);
bool request_bool(const struct request *rq, const char *name, bool dflt);
int64_t request_int(const struct request *rq, const char *name, int64_t dflt);

/* The job that it names: job_id, or its other names run_id and worktree_path. */
char *request_job(const struct request *rq);

#endif
