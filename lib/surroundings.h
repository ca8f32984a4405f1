/* SPDX-License-Identifier: MIT */
/*
 * surroundings: what a path's neighbourhood in the workspace has to say to a
 * plan that was decided once: siblings that differ only by case or normal
 * form, directories that will be empty, submodules, and what git knows of a
 * file in the way.
 */
#ifndef JOBDIR_SURROUNDINGS_H
#define JOBDIR_SURROUNDINGS_H

#include "plan.h"

/* git_dir (may be NULL) is the workspace's own; read only. 0 or -1+errno. */
int surroundings(int ws, const char *git_dir, const char *ws_path, struct plan *p);

#endif
