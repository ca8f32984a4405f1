/* SPDX-License-Identifier: MIT */
/*
 * takeover: a job that goes on with another takes its tree, the agent's repository and the
 * agent's home, by rename; or, when it forks, copies of them. The other keeps its ctl.git (of
 * which this one gets a copy that shares the objects), so that its own change can
 * still be shown, landed and reviewed.
 *
 * In this order: the other's change is sealed; session.json; ctl.git; the three; tree.json,
 * which says that it is complete. Cut off before that, the next who wants to go on with the
 * other gives everything back first: takeover_undo().
 */
#ifndef JOBDIR_TAKEOVER_H
#define JOBDIR_TAKEOVER_H

#include <stdbool.h>

struct buf;
struct job;
struct root;

/*
 * What job.json says that this job continues becomes its own, once: 0 done (or done before),
 * 1 it continues none; -1 with why. Waits for whoever uses the other's tree.
 */
int takeover(const struct job *j, const struct root *r, struct buf *why);

/*
 * The halves on their own. Both trees are locked by the caller, and the change of from is
 * sealed. tree: else only the home. 0 or -1 with why.
 */
int takeover_move(const struct job *from, const struct job *to, bool tree, bool fork,
	struct buf *why);
/* Of to, which has ended: what it took from `from` goes back. from's tree is locked. */
int takeover_undo(const struct job *from, const struct job *to, struct buf *why);

#endif
