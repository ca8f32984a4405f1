/* SPDX-License-Identifier: MIT */
/*
 * checkspec: what a job's result must satisfy: the parameters scoped_patch, checks,
 * max_changed_files, auto_revise and max_revisions of job.json, and what options add. Names
 * of checks are foreign text: each check gets a label and a file name of its own that
 * are safe, whatever it was called. Pure.
 *
 *	struct checkspec s = CHECKSPEC_INIT;
 *	checkspec_load(&s, &job, &why); checkspec_command(&s, …); checkspec_release(&s);
 */
#ifndef JOBDIR_CHECKSPEC_H
#define JOBDIR_CHECKSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct job;

#define CHECK_TIMEOUT_MS 600000
#define CHECK_TIMEOUT_MAX_MS 86400000
#define CHECK_MAX 50
#define CHECK_REVISIONS_MAX 5

/* The checks that are not commands have these labels; no command gets one of them. */
#define CHECK_SCOPE "scope"
#define CHECK_SIZE "diff-size"
#define CHECK_FILES "changed-files"
#define CHECK_AGENT "agent"

struct checkcmd {
	char *label;			/* for people and answers: one line, no ':' */
	char *file;			/* [A-Za-z0-9._-]+, not beginning with a dot */
	char *text;			/* the command as one line, to be shown */
	char **argv;			/* NULL: it cannot be run, and bad says why */
	char *bad;
	int64_t timeout_ms;
};

struct checkspec {
	bool asked;			/* anything is to be checked */
	bool scoped;
	char **paths;			/* allowed; relative to the repository's top level, "" is all */
	size_t npaths;
	int64_t max_bytes, max_files;	/* -1: no limit */
	struct checkcmd *cmds;
	size_t ncmds;
	int revisions;			/* rounds of repair permitted */
};
#define CHECKSPEC_INIT { .max_bytes = -1, .max_files = -1 }

/* From job.json. 0; -1 with why: EINVAL a parameter has not the shape it must have, ENOMEM. */
int checkspec_load(struct checkspec *s, const struct job *j, struct buf *why);
/* One more path, relative to the job's directory or absolute. EINVAL: it leaves the repository. */
int checkspec_path(struct checkspec *s, const struct job *j, const char *path, struct buf *why);
/*
 * One more command, as a line: split into words as a shell would, but for anything that needs
 * one (then it is a check that fails and says so); with shell given to sh -c. name NULL: its
 * first word. 0, -1+ENOMEM.
 */
int checkspec_line(struct checkspec *s, const char *name, const char *line, bool shell,
	int64_t timeout_ms);
void checkspec_release(struct checkspec *s);

/*
 * The words of a line, malloc'd vector (strv_free()). Quotes and backslashes as in a
 * shell. NULL with errno EINVAL: a quote is open, or it is empty; ENOSYS: it needs a shell.
 */
char **checkspec_words(const char *line);

#endif
