/* SPDX-License-Identifier: MIT */
/*
 * newjob: the delivery of a job, as state-layout.md numbers it.
 *
 *	newjob_build(&n, …)	hidden directory, lock held
 *	newjob_start(&n, …)	supervise has the lock and waits
 *	newjob_publish(&n)	durable; symlinks, rename, durable; supervise goes on
 *	newjob_close(&n)	or newjob_discard(&n) after a failure of any step
 *
 * supervise starts before the disk is done: it has work of its own to do
 * before it waits for the word.
 */
#ifndef JOBDIR_NEWJOB_H
#define JOBDIR_NEWJOB_H

#include <stdbool.h>
#include <stddef.h>
#include "jobname.h"
#include "json.h"

struct joborder;
struct root;

struct newjob {
	const struct root *root;
	char id[JOB_ID_LEN + 1];
	const char *slug, *path;	/* of the workspace */
	bool prompt;			/* has one */
	int day, dir, lock;		/* jobs/DAY, the job, its lock */
	int word;			/* write end: a byte tells supervise to go on */
};

/*
 * Are locks to be trusted on the file system of this root? Proved once per
 * root (the proof is kept in it). 1, 0 no, -1 errno.
 */
int newjob_locks_work(const struct root *r);

/* request may be NULL. 0 or -1+errno. */
int newjob_build(struct newjob *n, const struct root *r, const struct joborder *o,
	const char *request);
/* Our environment, sanitised, becomes supervise's; our secrets and the env file's go with it in a memfd. 0 or -1+errno. */
int newjob_start(struct newjob *n);
int newjob_publish(struct newjob *n);
void newjob_close(struct newjob *n);
/* Take back what there is, of a job that nobody was told of. */
void newjob_discard(struct newjob *n);

/* supervise's view: has the job at this directory got its name? If not, take it back. */
int newjob_published(int jobfd, const char *id);	/* 1, 0 */
void newjob_abandon(const struct root *r, const char *id, const struct json *job);

#endif
