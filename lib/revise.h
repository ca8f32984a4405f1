/* SPDX-License-Identifier: MIT */
/*
 * revise: another round of repair: whether there is one, and what the agent is told. The decision
 * is a file, attempt-N/revise.json, written once by check and read by agent:
 * {"format": 1, "prompt", "session", "model" or null, "last": bool}.
 */
#ifndef JOBDIR_REVISE_H
#define JOBDIR_REVISE_H

#include <stdbool.h>
#include "buf.h"

struct checkall;
struct job;

#define REVISE_FILE "revise.json"

/*
 * After a round that failed. 1 another round follows: the tree is as the agent left it again,
 * and revise.json is written; 0 none, and why says why not; -1 with why. escalate: the model
 * of the last permitted round, or NULL.
 */
int revise_decide(struct checkall *a, const char *escalate, struct buf *why);

struct revise {
	char *prompt, *session, *model;	/* model NULL: as before */
};

/* The newest attempt's. 0; -1+errno (ENOENT: there is none). */
int revise_read(const struct job *j, struct revise *r);
void revise_release(struct revise *r);

#endif
