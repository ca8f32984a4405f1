/* SPDX-License-Identifier: MIT */
/*
 * session: the conversation of an agent that a later job goes on with. Claude Code keeps it
 * as home/projects/DIR/ID.jsonl, and finds it by its id, whatever DIR is called (it is made of
 * the directory in which the session began). That file is there or it is not: nobody has
 * to guess from words whether a session has expired.
 *
 * session.json says what a job went on with; the only code that knows its members.
 */
#ifndef JOBDIR_SESSION_H
#define JOBDIR_SESSION_H

#include <stdbool.h>
#include "jobname.h"
#include "usage.h"

struct job;

struct session {
	char from[JOB_ID_LEN + 1];	/* the job that it was taken from */
	char *id;
	bool forked;			/* that job keeps its own: this one goes on under another id */
	struct usage before;		/* of the whole session until then */
};
#define SESSION_INIT { .id = NULL, .before = USAGE_INIT }

/* 0; -1+errno, ENOENT: the job began anew (or has not begun). */
int session_read(const struct job *j, struct session *s);
int session_write(const struct job *j, const struct session *s);	/* durable */
void session_release(struct session *s);

/* A name that can be a session's: letters, digits and dashes, as a UUID is written. */
bool session_valid(const char *id);

/*
 * The session in which a job was last at work: of its newest run that had one, also of one
 * that was cut off; else what it went on with. malloc'd; NULL+ENOENT: none.
 */
char *session_of(const struct job *j);
/* Is its file in the job's home? */
bool session_there(const struct job *j, const char *id);
/* What the whole session has used until the end of this job. */
void session_used(const struct job *j, const char *id, struct usage *u);

#endif
