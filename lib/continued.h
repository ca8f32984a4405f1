/* SPDX-License-Identifier: MIT */
/*
 * continued: JOB/continued-by, a link to the job that goes on with this one's tree and
 * session. It is put there before that job is published, and says who claims them; whether
 * they were taken over, the two directories say.
 */
#ifndef JOBDIR_CONTINUED_H
#define JOBDIR_CONTINUED_H

#include "job.h"

enum continued {
	CONTINUED_NOT,		/* no link, or one to a job that was never published */
	CONTINUED_CLAIMED,	/* by a job that is not over, and has not taken over yet */
	CONTINUED_TAKEN,	/* it was taken over, perhaps by a job that was cleaned since */
	CONTINUED_HALF,		/* the job that claimed it ended before it had taken all over */
};

/* Who the link names: 1 and the id, 0 nobody, -1+errno. */
int continued_read(const struct job *j, char id[JOB_ID_LEN + 1]);

/*
 * How it stands with a job that has ended. id: who the link names, "" nobody. by, if not
 * NULL: that job, opened for the caller (fd -1: there is none). -1+errno.
 */
int continued_look(const struct job *j, const struct root *r, enum continued *how,
	char id[JOB_ID_LEN + 1], struct job *by);

/* Name this job, instead of whoever was named. Durable. 0 or -1+errno. */
int continued_put(const struct job *j, const char *id);
/* Name nobody, if this job is named. */
void continued_drop(const struct job *j, const char *id);

/* Has the job all that it was to take over? It has a session.json then, and a tree if it writes. */
bool continued_done(const struct job *by);

/* Could a job that has ended be gone on with, as far as its directory tells? */
bool continued_can(const struct job *j);

#endif
