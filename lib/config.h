/* SPDX-License-Identifier: MIT */
/*
 * config: the one table of the environment variables that jobdir reads.
 * jobdir-env --variables prints it; env decides by it what a job inherits.
 */
#ifndef JOBDIR_CONFIG_H
#define JOBDIR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct config_var {
	const char *name;
	const char *dflt;	/* for people; "-": none */
	const char *meaning;
	bool inherited;		/* stays in a job's environment */
};

const struct config_var *config_vars(size_t *n);
const struct config_var *config_find(const char *name);	/* NULL: not one of ours */

#endif
