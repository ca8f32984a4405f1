/* SPDX-License-Identifier: MIT */
/*
 * strv: a growing vector of strings, for argv and environments. Failures are
 * sticky: strv_finish() tells. Initialise with { 0 }.
 */
#ifndef JOBDIR_STRV_H
#define JOBDIR_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct strv {
	char **v;			/* NULL-terminated once there is something in it */
	size_t n;
	bool failed;
};

void strv_push(struct strv *s, const char *str);		/* copied */
void strv_push2(struct strv *s, const char *flag, const char *value);
void strv_own(struct strv *s, char *str);			/* taken over; NULL: failed */

/* Push, and say at once: 0 or -1+ENOMEM. */
int strv_add(struct strv *s, const char *str);
/* The vector, malloc'd, now the caller's (strv_free()); NULL+ENOMEM, also for an empty one. */
char **strv_finish(struct strv *s);
void strv_free(char **v);

#endif
