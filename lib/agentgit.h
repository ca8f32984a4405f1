/* SPDX-License-Identifier: MIT */
/*
 * agentgit: the repository the agent sees and may wreck. We write it once and
 * never read it or run git on it.
 */
#ifndef JOBDIR_AGENTGIT_H
#define JOBDIR_AGENTGIT_H

#include "treeinfo.h"

/*
 * Make stage/agent.git beside stage/ctl.git: HEAD detached at the base, the
 * person's objects borrowed, our objects (a snapshot's) and index copied, so that
 * nothing in it leads to ctl.git; and the packed refs, so that branch names work.
 */
int agent_git_make(int stage, const struct tree_info *i, const char *objects,
	const char *common);
/* Point tree/.git to it, whatever .git is now. */
int agent_git_point(int tree, const char *agent_git);

#endif
