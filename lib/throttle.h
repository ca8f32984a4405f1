/* SPDX-License-Identifier: MIT */
/*
 * throttle: how often claude_job_wait may be called without waiting inside
 * the call, and the record waits/ID that remembers the last call. An impatient
 * call does not push the window forward.
 */
#ifndef JOBDIR_THROTTLE_H
#define JOBDIR_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

struct root;

struct throttle {
	bool too_soon;
	int64_t delay_ms;		/* recommended by the job's age */
	int64_t remaining_ms;		/* when too soon */
	int64_t next_ms;		/* wall time from which a call is welcome */
};

/* 10 s for a young job to 90 s for an old one. */
int64_t throttle_delay_ms(int64_t age_ms);

/*
 * Judge a call at wall time now for a job of that age, and, if it is not too
 * soon, record it. A record that cannot be read or written never hinders.
 */
void throttle_call(const struct root *r, const char *id, int64_t age_ms, int64_t now,
	struct throttle *t);

#endif
