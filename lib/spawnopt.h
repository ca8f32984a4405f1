/* SPDX-License-Identifier: MIT */
/*
 * spawnopt: the options of spawn, judged and made into an order. Messages go
 * into why; the caller prints them.
 */
#ifndef JOBDIR_SPAWNOPT_H
#define JOBDIR_SPAWNOPT_H

#include <stdbool.h>
#include <stddef.h>
#include "buf.h"
#include "joborder.h"
#include "resume.h"
#include "wallask.h"

struct spawnopt {
	bool dry, quiet, json, wait, dedupe;
	bool named;			/* --recipe was given */
	const char *cwd;		/* as given; NULL: here */
	const char *prompt, *params;	/* files; "-": standard input */
	struct buf prompt_text, params_text;
	char **param;			/* NAME=VALUE, as given */
	size_t nparam;
	char **env;			/* NAME=VALUE or NAME, NULL-terminated */
	size_t nenv;
	struct wallask walls;
	struct resume resume;
	struct joborder order;
};

/* room: how many options there can be (argc). -1+ENOMEM. */
int spawnopt_init(struct spawnopt *o, size_t room);

/*
 * --continue: find the job, and take from it what was not given: recipe and directory. Opens r,
 * which need not be there. 0; or -1 as below.
 */
int spawnopt_resume(struct spawnopt *o, struct root *r, struct buf *why);

/*
 * Everything the options leave open: read the files, find the directory, check
 * names and values. 0; or -1 with why and errno: EINVAL the caller's mistake,
 * EPERM against policy, others a system's.
 */
int spawnopt_settle(struct spawnopt *o, struct buf *why);

#endif
