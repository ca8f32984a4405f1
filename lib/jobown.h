/* SPDX-License-Identifier: MIT */
/*
 * jobown: the files of a job that only its supervisor writes, and nobody needs
 * after a power cut: state.json and isolation.json.
 */
#ifndef JOBDIR_JOBOWN_H
#define JOBDIR_JOBOWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "level.h"
#include "pidmark.h"

struct job_owned {
	bool running;			/* else queued */
	const char *boot_id;
	pid_t pid;			/* the payload; -1: none yet */
	int64_t deadline_boot_ms;	/* -1: none */
	int slot;			/* -1: none yet */
	const char *cgroup;		/* that is about to be made; NULL: none */
};

/* What is enforced on a job: on its processes, and, by walls, on what confine runs. */
struct job_isolation {
	const char *containment;	/* "pidns", "cgroup", "reaper" */
	const char *cgroup;		/* its path; NULL: none */
	struct pidmark init;		/* of the PID namespace */
	bool userns, proc, pidns;
	const char *net;		/* "open", "port-only", "door" */
	const char *login;		/* "mine": the person's own file is lent; NULL */
	struct level walls;		/* a plain program has none: all false, but the kernel's ABI */
};

/* Write state.json; since is now. 0 or -1. */
int job_put_state(int jobfd, const struct job_owned *s);
int job_put_isolation(int jobfd, const struct job_isolation *i);

/*
 * What a killed supervisor has left to wait for and to clear away, as far as it was
 * noted down: the path of a cgroup, to be freed (NULL: none), and an init.
 */
char *job_left(int jobfd, struct pidmark *init);

#endif
