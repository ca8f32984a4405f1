/* SPDX-License-Identifier: MIT */
/*
 * await: sleeping until jobs have ended. Nothing here polls: one job is
 * awaited on its lock, the first of several on their directories.
 */
#ifndef JOBDIR_AWAIT_H
#define JOBDIR_AWAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;
struct root;

#define AWAIT_FOREVER INT64_MAX

/*
 * Sleep until the job has ended or is lost, or until the deadline (in
 * clock_boot_ms()). 1 ended, 0 deadline, -1+errno. A deadline uses SIGALRM
 * and a timer while it sleeps; both are as before when it returns.
 */
int await_job(struct job *j, const struct root *r, int64_t deadline_ms);

/*
 * Sleep until one of n jobs has ended; *which is the first of them. Results as
 * above. *wake gets a descriptor that the caller leaves to exit: closing it
 * takes milliseconds, and the answer should not wait for that.
 */
int await_any(struct job *jobs, size_t n, const struct root *r, int64_t deadline_ms,
	size_t *which, int *wake);

/*
 * End, by force, the supervisor of a job that does not react to `cancel`
 * (stopped or hung). Done only if state.json's boot is this one, the process of
 * that number began before the record was written and is a supervisor, and the
 * job's lock is still held; through a pidfd opened before all that was looked
 * at. 0 done, or -1 with errno ESRCH when it cannot be proved.
 */
int await_kill_supervisor(struct job *j);

/*
 * How long a tool may block, given what was asked for (0: nothing asked): no
 * longer than $JOBDIR_TOOL_TIMEOUT_SEC less a margin; where that is not set, 25 s.
 */
int64_t await_window_ms(int64_t asked_sec);

#endif
