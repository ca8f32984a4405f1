/* SPDX-License-Identifier: MIT */
/*
 * envtable: the one table of what a job's environment may hold, and why.
 */
#ifndef JOBDIR_ENVTABLE_H
#define JOBDIR_ENVTABLE_H

#include <stddef.h>

enum env_rule {
	ENV_ALLOW,
	ENV_BLOCK,	/* not even by CODEX_CLAUDE_ENV_PASSTHROUGH */
	ENV_BLOCK_WORD,	/* … every name that contains this, in any case */
};

/* A name that ends in '*' stands for all that begin so. */
struct env_row {
	const char *name;
	enum env_rule rule;
	const char *reason;
};

const struct env_row *env_rows(size_t *n);
/* The first row that a variable's name matches; NULL: none. */
const struct env_row *env_row(const char *name);

#endif
