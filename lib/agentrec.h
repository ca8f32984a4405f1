/* SPDX-License-Identifier: MIT */
/*
 * agentrec: the records of one run in attempt-N/. Streams and texts go through
 * redactors of the supervisor (service.h); exit.json comes last, so that
 * whoever sees it sees the others whole.
 */
#ifndef JOBDIR_AGENTREC_H
#define JOBDIR_AGENTREC_H

#include <stdint.h>
#include "clock.h"
#include "usage.h"

struct event_facts;
struct job;

#define AGENTREC_LOGS 3

struct agentrec {
	int64_t attempt;
	int64_t started_boot;
	char started[CLOCK_STAMP];
	struct usage before;		/* of the session, by earlier attempts */
	struct {
		int in, done;		/* -1: closed */
	} logs[AGENTREC_LOGS];
};
#define AGENTREC_INIT { .logs = { { -1, -1 }, { -1, -1 }, { -1, -1 } } }

void agentrec_init(struct agentrec *r, int64_t attempt);
/* It goes on with this session: what was used before, by whomever, is not its own. */
void agentrec_session(struct agentrec *r, const struct job *j, const char *session);
/* Now it starts. */
void agentrec_start(struct agentrec *r);

/* A redactor that appends to attempt-N/NAME: the descriptor to write to, or -1+errno. */
int agentrec_open(struct agentrec *r, int service, const char *name);
/* The same, and what it appends is read from *words as well; both are the caller's to close. */
int agentrec_watch(const struct agentrec *r, int service, const char *name, int *words);
/* Our copy of that descriptor is not needed any more. */
void agentrec_close(struct agentrec *r, int in);

/*
 * The run is over: end the redactors, wait for what they still have to write, then
 * result.json (through a redactor), usage.json and exit.json. status: as waitpid.
 */
int agentrec_finish(struct agentrec *r, int service, int dirfd, const struct event_facts *f,
	int status);
/* It could not even be started: only exit.json, with this code. */
int agentrec_missing(struct agentrec *r, int dirfd, int code);

#endif
