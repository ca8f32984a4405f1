/* SPDX-License-Identifier: MIT */
/*
 * joborder: what spawn was asked for, and the job.json made of it. Pure.
 */
#ifndef JOBDIR_JOBORDER_H
#define JOBDIR_JOBORDER_H

#include <stddef.h>
#include <stdint.h>
#include "workspace.h"

struct buf;

struct joborder {
	const char *recipe;
	const char *name;		/* or NULL */
	char *const *argv;		/* NULL-terminated; NULL unless recipe is "command" */
	char *cwd;
	struct workspace ws;
	const char *params;		/* text of a JSON object */
	size_t params_len;
	char *const *env;		/* NAME=VALUE, NULL-terminated */
	int64_t timeout_ms, grace_ms;
	const char *contain;
	int slots, depth;
	unsigned umask;			/* the user's, for the payload */
	const void *prompt;		/* NULL: none */
	size_t prompt_len;
	const char *state;		/* what else the answer depends on; NULL: nothing */
	const char *which;		/* what it was asked to continue; NULL: nothing */
	const char *continues;		/* the job that it does continue; NULL: none */
	bool fork;			/* with a copy of its tree and session */
};

/* The text of job.json; request may be NULL. -1+ENOMEM. */
int joborder_write(struct buf *out, const struct joborder *o, const char *id, const char *created,
	const char *request);

/* The hash of the whole request: two orders with the same one ask for the same. -1+ENOMEM. */
int joborder_hash(const struct joborder *o, char hex[65]);

#endif
