/* SPDX-License-Identifier: MIT */
/*
 * servd: supervise's side of the service (service.h).
 */
#ifndef JOBDIR_SERVD_H
#define JOBDIR_SERVD_H

#include "redactor.h"

struct servd {
	int sock;			/* ours; -1: closed */
	int jobfd;
	struct redactors *redactors;	/* borrowed; knows the secrets */
};

/* Open; *theirs is the end for the job's programs, close-on-exec. 0 or -1. */
int servd_open(struct servd *d, int jobfd, struct redactors *r, int *theirs);
/* Answer what is there, without blocking. At end of file sock is closed. */
void servd_step(struct servd *d);
void servd_close(struct servd *d);

#endif
