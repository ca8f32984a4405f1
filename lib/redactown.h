/* SPDX-License-Identifier: MIT */
/*
 * redactown: a redactor for what this process says itself: the patterns, the
 * rules of the user's file (redactuser.h), and the secrets of our environment
 * and of the env file. Rules or an env file that cannot be used are an error
 * (EINVAL, EPERM): then nothing may be said.
 */
#ifndef JOBDIR_REDACTOWN_H
#define JOBDIR_REDACTOWN_H

#include <stddef.h>

#include "redactuser.h"

struct buf;
struct redact;

struct redactown {
	struct redact *r;
	struct redact_user user;
};

/* 0, or -1+errno. To be closed in either case. */
int redactown_open(struct redactown *o);
void redactown_close(struct redactown *o);

/* One-shot: for answers and records. 0, or -1+errno. */
int redact_text(const char *p, size_t n, struct buf *out);

/* Are the user's rules of use? 0, or -1+errno: why says what is wrong with them. */
int redactown_check(struct buf *why);

#endif
