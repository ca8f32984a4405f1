/* SPDX-License-Identifier: MIT */
/*
 * redactuser: the user's own rules, ~/.config/jobdir/redact. A line is
 *
 *	rule NAME PATTERN	what is of this pattern is a secret
 *	allow TEXT		this text is none, whatever rule finds it
 *
 * or empty, or begins with #. PATTERN begins with at least three plain
 * characters, by which it is found; then comes a shape (redactshape.h).
 */
#ifndef JOBDIR_REDACTUSER_H
#define JOBDIR_REDACTUSER_H

#include <stddef.h>

struct buf;
struct redact_rule;

enum { REDACT_USER_MAX = 256 };

struct redact_user {
	char *text;			/* the file; the others point into it */
	struct redact_rule *rules;
	size_t n;
	char **allowed;			/* ended by NULL */
	size_t allow;
};

/* Pure; 0, or -1: EINVAL with why naming line and fault, or ENOMEM. name: of the file, for why. */
int redact_user_parse(struct redact_user *u, const char *text, size_t len, const char *name,
	struct buf *why);
/* The user's file; there is none: 0 and no rules. Refused (EPERM) if others may write it. */
int redact_user_read(struct redact_user *u, struct buf *why);
void redact_user_free(struct redact_user *u);

#endif
