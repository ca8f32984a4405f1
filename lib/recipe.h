/* SPDX-License-Identifier: MIT */
/*
 * recipe: the shell scripts that a job runs: ours in recipes/ of the data
 * directory, the user's own in ~/.config/jobdir/recipes/. A name that both have
 * means ours: what `write` does must not change behind the caller's back.
 */
#ifndef JOBDIR_RECIPE_H
#define JOBDIR_RECIPE_H

#include <stdbool.h>

#define RECIPE_COMMAND "command"	/* not a script: the job's own argv */

/* [a-z0-9] and '-', at most 64 characters, not beginning with '-'. */
bool recipe_valid(const char *name);

/* malloc'd absolute path of a recipe's script; NULL+errno: EINVAL bad name, ENOENT no such recipe. */
char *recipe_path(const char *name);

#endif
