/* SPDX-License-Identifier: MIT */
/*
 * config: the one table of the environment variables that jobdir reads.
 * jobdir-env --variables prints it, jobdir(7) is compared with it, the env file
 * and doctor check values by it, and env decides by it what a job inherits.
 */
#ifndef JOBDIR_CONFIG_H
#define JOBDIR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum config_type {
	CONFIG_TEXT,
	CONFIG_BOOL,		/* "0" or "1" */
	CONFIG_INT,		/* range: "LOW-HIGH" */
	CONFIG_WORD,		/* range: "one|other" */
	CONFIG_PATH,		/* absolute */
	CONFIG_LIST,
	CONFIG_URL,		/* http or https, without user and password */
	CONFIG_TYPES
};

enum config_flags {
	CONFIG_INHERITED = 1 << 0,	/* stays in a job's environment */
	CONFIG_PLACE = 1 << 1,		/* where things are: not from the env file */
	CONFIG_OURS = 1 << 2,		/* set by jobdir itself: not from the env file */
};

struct config_var {
	const char *name;
	const char *dflt;	/* for people; "-": none */
	enum config_type type;
	const char *range;	/* or NULL */
	const char *meaning;
	unsigned flags;
};

const struct config_var *config_vars(size_t *n);
const struct config_var *config_find(const char *name);	/* NULL: not one of ours */

/* The type with its range for people: "integer 1-100", "worktree|none". 0 or -1+ENOMEM. */
int config_type_text(const struct config_var *v, struct buf *out);

/* Is value one that the variable may have? 0; or -1+EINVAL with why naming variable and fault. */
int config_check(const struct config_var *v, const char *value, struct buf *why);

/*
 * The value in our environment; the default of the table where it is unset or
 * empty. name must be in the table with that type. 0; or -1+EINVAL with why.
 */
int config_int(const char *name, int64_t *out, struct buf *why);
int config_bool(const char *name, bool *out, struct buf *why);
/* The first of two names that is set and not empty, or NULL; second may be NULL. */
const char *config_text(const char *first, const char *second);

#endif
