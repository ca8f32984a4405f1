/* SPDX-License-Identifier: MIT */
/*
 * outcome: what came of the task, as opposed to what the process did. One
 * total, pure function; nothing defaults to success.
 */
#ifndef JOBDIR_OUTCOME_H
#define JOBDIR_OUTCOME_H

#include <stdbool.h>
#include "job.h"

enum outcome {
	OUTCOME_SUCCESS, OUTCOME_PARTIAL, OUTCOME_FAILED, OUTCOME_NEEDS_USER,
	OUTCOME_UNKNOWN,
};

const char *outcome_name(enum outcome o);

/* What a terminal_reason of the agent means, for people; NULL: not known. */
const char *outcome_stop_words(const char *reason);

struct outcome_facts {
	enum job_state state;		/* terminal, or the answer is UNKNOWN */
	bool agent;			/* an agent ran (read, review, write) */
	bool write;			/* a change was asked for */
	bool started;			/* an attempt was begun */
	bool missing;			/* … but there was no program to run */
	bool result_seen;		/* a result line was seen */
	bool is_error;
	const char *terminal_reason;	/* NULL unknown */
	bool structured_wanted, structured;
	const char *reported;		/* the agent's own status word, or NULL */
	bool change_known;		/* the change was sealed without error */
	int changed_files;
	int refused;			/* paths that can never be part of it */
	bool denials;			/* permission denials */
	bool checks_known, checks_passed;
	bool checks_strayed;		/* of these, the scope check failed */
};

/* *why gets a short constant sentence for people. */
enum outcome outcome_of(const struct outcome_facts *f, const char **why);

#endif
