/* SPDX-License-Identifier: MIT */
/*
 * jobreap: the processes of a job whose supervisor died.
 */
#ifndef JOBDIR_JOBREAP_H
#define JOBDIR_JOBREAP_H

/*
 * End processes of a job whose supervisor is dead: those in its cgroup, if it has
 * one (isolation.json, state.json), and every process of this
 * user with JOBDIR_ID=ID (and not the JOBDIR_JOB of a job of that name in another
 * state root, as a copy makes one) in its environment, stopped and killed through
 * pidfds until none is found, also those that fork and exit for ever. Who threw
 * the variable away and is in no cgroup is not found; whom a PID namespace holds is
 * waited for, in bounded time. Number killed, or -1.
 */
int job_reap_lost(int jobfd, const char *id);

#endif
