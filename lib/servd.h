/* SPDX-License-Identifier: MIT */
/*
 * servd: supervise's side of the service (service.h).
 */
#ifndef JOBDIR_SERVD_H
#define JOBDIR_SERVD_H

#include "redactor.h"

struct contain;
struct door;
struct job;

struct servd {
	int sock;			/* ours; -1: closed */
	const struct job *job;		/* borrowed, like what follows */
	struct redactors *redactors;	/* knows the secrets */
	const struct contain *contain;	/* where the job's mounts are */
	struct door *door;		/* if it is on, it holds the login; may be NULL */
};

/* Open; *theirs is the end for the job's programs, close-on-exec. 0 or -1. */
int servd_open(struct servd *d, const struct job *j, struct redactors *r,
	const struct contain *c, int *theirs);
/* Answer what is there, without blocking. At end of file sock is closed. */
void servd_step(struct servd *d);
void servd_close(struct servd *d);

#endif
