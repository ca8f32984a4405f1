/* SPDX-License-Identifier: MIT */
/*
 * jobenv: what the user named with --env when the job was made. Sanitising an environment
 * again would drop it, so whoever does that adds it.
 */
#ifndef JOBDIR_JOBENV_H
#define JOBDIR_JOBENV_H

#include <stddef.h>

struct job;

/* "NAME=VALUE" …, NULL-terminated, with room for more strings after; env_free(). NULL+ENOMEM. */
char **jobenv(const struct job *j, size_t more);

#endif
