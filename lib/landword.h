/* SPDX-License-Identifier: MIT */
/*
 * landword: the user's own word on a landing that a client asks for. A model may say that
 * the user agreed; so, where a server runs us, its client is made to ask them, with the files
 * and the checks in the question, and what they said is recorded in the job: apply/answer-N.json.
 */
#ifndef JOBDIR_LANDWORD_H
#define JOBDIR_LANDWORD_H

#include "landask.h"

/*
 * After land_ask_token(): is this very plan (token) agreed to? Nothing but a yes is one. 0 with
 * *confirmed, for the record of the landing; or -1 with *code, why, and in hint what the user can do.
 */
int landword(const struct land *l, const struct land_ask *a, const char *token,
	const char **confirmed, enum answer_code *code, struct buf *why, struct buf *hint);

/*
 * May the caller of ours (caller.h) write every file of the plan itself? 0; or -1 with
 * *code, why and hint.
 */
int landword_caller(const struct land *l, const struct land_ask *a, enum answer_code *code,
	struct buf *why, struct buf *hint);

/* May it write in the repository at all, as one who makes a branch there? 0, or -1 with why. */
int landword_branch(const struct land *l, struct buf *why);

/* "jobdir apply ID": the command that does what was asked for. */
void landword_command(struct buf *out, const struct land *l, const struct land_ask *a);

#endif
