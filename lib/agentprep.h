/* SPDX-License-Identifier: MIT */
/*
 * agentprep: from a job to all that starting Claude Code needs. Reads the job,
 * the data directory and the repository's own instructions; makes home/ and
 * tmp/; starts nothing.
 */
#ifndef JOBDIR_AGENTPREP_H
#define JOBDIR_AGENTPREP_H

#include <stdbool.h>
#include "buf.h"

struct job;

struct agentprep {
	const char *model;		/* the caller's: instead of the job's; or NULL */
	char **argv;			/* the chain, and the agent at its end */
	char *program;			/* the agent's */
	int missing;			/* errno when that cannot be executed, else 0 */
	char **envp;
	int cwd;			/* the directory it works in */
	struct buf prompt;		/* prompt.md */
	bool login;			/* there was something to log in with */
	char *resume;			/* the session that it goes on with, or NULL */
	bool fork;			/* under an id of its own */
};
#define AGENTPREP_INIT { .cwd = -1, .prompt = BUF_INIT }

/*
 * mode: read, review or write; resume: a session id or NULL (then that of the job which this
 * one continues counts, and the job's resume_session); a reader takes over that job's home
 * here, as jobdir-tree does a writer's; login: a descriptor to read NAME=VALUE strings from, each
 * ended by NUL, or -1. 0; or -1 with errno, and why says what failed, for people.
 */
int agentprep_load(struct agentprep *p, const struct job *j, const char *mode,
	const char *resume, int login, struct buf *why);
void agentprep_release(struct agentprep *p);

#endif
