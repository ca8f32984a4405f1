/* SPDX-License-Identifier: MIT */
/*
 * proctree: children that stand for something else, and ending all of them.
 */
#ifndef JOBDIR_PROCTREE_H
#define JOBDIR_PROCTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "procstart.h"

/*
 * A child that blocks on a lock and exits: a lock one can poll for. The open
 * file description is shared, so when it has exited 0 the lock is ours.
 * Dies with us. -1+errno.
 */
int proc_lock_waiter(struct proc *p, int lockfd, bool exclusive);

/*
 * End every descendant of this process (which must be a child subreaper):
 * STOP all, then KILL all, reap, repeat until waitpid says ECHILD: a look that
 * finds nobody proves nothing, somebody may have forked and exited meanwhile.
 * pids in spare[] are left alone; they must have been forked aside
 * (procstart.h), where waitpid does not see them. With sig != SIGKILL: one
 * round of sig only; nothing is reaped.
 * Number signalled in all, -1 on error.
 */
int proc_end_children(int sig, const pid_t *spare, size_t nspare);

/* Reap the zombies of orphans that became ours; the child pid is left to proc_wait(). */
void proc_reap_orphans(pid_t pid);

#endif
