/* SPDX-License-Identifier: MIT */
/*
 * contain: the processes of a job as one thing, that can be told to end and be
 * made to. The caller must be a child subreaper. Three methods, best first:
 *
 *	pidns	a PID namespace (with a user namespace, if not root) whose first
 *		process is an init of ours: pidns.h
 *	cgroup	a cgroup v2 of the job's own: cgroup.h
 *	reaper	nothing but being everybody's subreaper: proctree.h
 *
 *	contain_prepare(&c, …);		nothing of the job runs yet
 *	contain_go(&c, …);
 *	on SIGCHLD and when contain_fd(&c) is readable: contain_look(&c)
 *	contain_term(&c, …);  contain_kill(&c, …);
 *	contain_release(&c);
 */
#ifndef JOBDIR_CONTAIN_H
#define JOBDIR_CONTAIN_H

#include <stdbool.h>
#include <sys/types.h>
#include "cgroup.h"
#include "pidns.h"
#include "proc.h"

struct buf;

enum contain_method { CONTAIN_AUTO, CONTAIN_PIDNS, CONTAIN_CGROUP, CONTAIN_REAPER };

const char *contain_name(enum contain_method m);		/* "auto", … */
int contain_parse(const char *name, enum contain_method *out);	/* 0 or -1 */

struct contain {
	enum contain_method method;	/* never CONTAIN_AUTO once prepared */
	const struct proc_spec *spec;
	struct pidns ns;
	struct cgroup cg;
	struct proc payload;		/* not with pidns */
	pid_t pid;			/* of the payload, for display; -1: not known */
	bool ended;			/* the payload has ended by itself or otherwise … */
	int status;			/* … with this, as waitpid tells it */
	bool empty;			/* no process of the job is left */
	char stage[24];			/* what failed */
};

/*
 * Choose the method and set it up. want CONTAIN_AUTO: the best there is,
 * for programs as for recipes: with a reaper, a payload that drops its environment
 * outlives a kill of its supervisor. An explicit method that is not to be had is
 * an error. spec is kept until contain_go(); plan is for its cgroup. 0, or -1 with why.
 */
int contain_prepare(struct contain *c, enum contain_method want, const struct proc_spec *spec,
	const struct cgroup_plan *plan, struct buf *why);

/* Start the payload: 0; -1 with errno and the stage that failed ("exec", "cwd", …). */
int contain_go(struct contain *c, const char **stage);

/* A descriptor to poll besides SIGCHLD, or -1. */
int contain_fd(const struct contain *c);
/* See what has happened: ended, status, empty. Reaps. */
void contain_look(struct contain *c);

/* TERM to everybody but the spared; how many (-1: not known, or nobody could be told). */
int contain_term(struct contain *c, const pid_t *spare, size_t n);
/* KILL until nobody but the spared is left; how many, -1 as above. */
int contain_kill(struct contain *c, const pid_t *spare, size_t n);

void contain_release(struct contain *c);

#endif
