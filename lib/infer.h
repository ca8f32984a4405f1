/* SPDX-License-Identifier: MIT */
/*
 * infer: which kind of job a request means: read, review or write. Pure; one
 * ordered table of rules, first match wins, and the reason is reported.
 */
#ifndef JOBDIR_INFER_H
#define JOBDIR_INFER_H

#include <stdbool.h>
#include <stddef.h>

enum infer_mode { INFER_READ, INFER_REVIEW, INFER_WRITE };

struct infer_request {
	const char *mode;		/* "auto", "read", "review", "write"; NULL: auto */
	const char *task;
	size_t task_len;
	bool diff;			/* a non-blank diff came with it */
	bool constraints;		/* a non-empty list did */
	bool files;
	const char *resume;		/* the mode of the job that it goes on with; NULL: none */
};

struct infer {
	enum infer_mode mode;
	const char *reason;		/* "explicit", "diff", "write_hints", … */
	const char *confidence;		/* "high", "medium", "low" */
	const char *hints[2];		/* the words that decided; NULL when none */
};

const char *infer_mode_name(enum infer_mode m);

/* -1 if mode is not one of the four words, or another than that of the job it goes on with. */
int infer(const struct infer_request *rq, struct infer *out);

#endif
