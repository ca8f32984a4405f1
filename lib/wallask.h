/* SPDX-License-Identifier: MIT */
/*
 * wallask: what a person asks of a job's walls on the command line of spawn or task
 * (--confine, --allow-read, --allow-write, --allow-port), as parameters of the job. No
 * tool's schema has these members, so neither a model nor a repository can.
 */
#ifndef JOBDIR_WALLASK_H
#define JOBDIR_WALLASK_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct job;
struct jsonw;

/* The options' names without dashes; NULL ends. usage: how they are shown. */
extern const char *const wallask_names[];
#define WALLASK_USAGE "[--confine=WORD] [--allow-read=PATH]... [--allow-write=PATH]... " \
	"[--allow-port=N]..."

struct wallask {
	const char **given;		/* "NAME=VALUE", borrowed; NULL-terminated */
	size_t n;
};

/* room: how many there can be. 0 or -1+ENOMEM. */
int wallask_init(struct wallask *a, size_t room);
/* Take one: which, of wallask_names. 0 or -1+ENOMEM. */
int wallask_add(struct wallask *a, int which, const char *value);
/* Take them out of argv, up to "--"; NULL-terminated as before. The new argc. */
int wallask_strip(struct wallask *a, int argc, char *argv[]);

/* Is this parameter given by an option? */
bool wallask_gives(const struct wallask *a, const char *param, size_t len);
/*
 * As members of an open object: confine, allow_read, allow_write (absolute, of what is there),
 * allow_port. 0; -1 with why, EINVAL.
 */
int wallask_write(const struct wallask *a, struct jsonw *w, struct buf *why);

/* Each element of such a parameter of a job, until each() returns -1. */
int wallask_each(const struct job *j, const char *param, int (*each)(void *arg, const char *value),
	void *arg);

#endif
