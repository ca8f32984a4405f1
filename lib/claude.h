/* SPDX-License-Identifier: MIT */
/*
 * claude: the command line and the environment of one run of Claude Code,
 * made from prompts/profiles.json and the parameters of a job. Pure. What each
 * flag does was measured, not read: the order matters (--json-schema last,
 * the lists of rules before it), writing needs the rule for
 * Edit below ".", and with --setting-sources user a repository's hooks, servers and
 * environment never run.
 */
#ifndef JOBDIR_CLAUDE_H
#define JOBDIR_CLAUDE_H

#include <stdbool.h>
#include <stdint.h>
#include "json.h"

struct buf;

#define CLAUDE_PROFILES "profiles.json"	/* below the data directory's prompts/ */

struct claude_run {
	const char *program;		/* path of the executable */
	const char *mode;		/* read, review, write */
	const char *profile;		/* strict, default, permissive, worker; NULL: default */
	const char *permission;		/* permission mode; NULL: dontAsk */
	const char *sensitive;		/* off, default, strict; NULL: default */
	const char *schema;		/* text of the mode's JSON schema, one line or many */
	const char *model;		/* NULL: its own choice */
	const char *resume;		/* session id or NULL */
	bool fork;			/* with resume: under a new id */
	const char *instructions;	/* path of a file appended to the system prompt, or NULL */
	const char *const *add_dirs;	/* NULL-terminated, or NULL */
	int64_t max_turns;		/* 0: no limit */
	double max_cost_usd;		/* 0: no limit */
};

/*
 * The vector, NULL-terminated, malloc'd (strv_free()). NULL with errno
 * EINVAL and why saying what is wrong (unknown mode, profile, …), or ENOMEM.
 */
char **claude_argv(const struct json *profiles, const struct claude_run *run, struct buf *why);

/* The name of the mode's schema file; malloc'd or NULL+EINVAL. */
char *claude_schema_name(const struct json *profiles, const char *mode);

/*
 * "NAME=VALUE" to be set on top of the sanitised environment (env.h): home and
 * temporary directory, nothing but the model's traffic, no background tasks.
 * login: NAME=VALUE strings, each ended by NUL, n bytes. NULL+ENOMEM.
 */
char **claude_env(const char *home, const char *tmp, int depth, const char *login, size_t n);

#endif
