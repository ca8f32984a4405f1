/* SPDX-License-Identifier: MIT */
/*
 * attempt: the directories attempt-N/ of a job, one per run of the agent.
 */
#ifndef JOBDIR_ATTEMPT_H
#define JOBDIR_ATTEMPT_H

struct buf;
struct job;
struct json;

/* Open attempt-N/: fd or -1+errno. */
int attempt_open(const struct job *j, int number);
/* The highest N without a gap, opened; -1, and *number 0: none. */
int attempt_last(const struct job *j, int *number);

/*
 * A JSON file of an attempt (or of any directory), parsed; text is what doc borrows. A file
 * that is absent, cut or no JSON is treated alike: an empty doc. dirfd may be -1.
 */
void attempt_json(int dirfd, const char *name, struct buf *text, struct json *doc);

#endif
