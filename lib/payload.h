/* SPDX-License-Identifier: MIT */
/*
 * payload: what a job.json says to run: argument vector and environment.
 */
#ifndef JOBDIR_PAYLOAD_H
#define JOBDIR_PAYLOAD_H

#include <stdbool.h>
#include "json.h"

struct buf;

/* Is it the recipe `command`: the job's own argv, in cwd, with no service? */
bool payload_is_command(const struct json *job);

/* malloc'd vector (payload_free()); NULL with why and errno (ENOENT: no such recipe). */
char **payload_argv(const struct json *job, struct buf *why);

/*
 * The environment: environ_in (already sanitised), what --env named, and ours:
 * JOBDIR_ID, JOBDIR_JOB, JOBDIR_STATE, BRIDGE_DEPTH; for recipes JOBDIR_SERVICE
 * (a descriptor's number) and our commands first in PATH. NULL+errno.
 */
char **payload_env(const struct json *job, char *const *environ_in, const char *job_path,
	const char *root_path, int service);

void payload_free(char **v);

#endif
