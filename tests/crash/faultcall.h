/* SPDX-License-Identifier: MIT */
/*
 * faultcall: what fault knows about system calls: their names, and which of
 * the errors it injects the manual lets them give.
 */
#ifndef FAULTCALL_H
#define FAULTCALL_H

#include <stdbool.h>

/* How a call that must fail is made to. */
enum call_fail {
	CALL_SKIP,		/* it is not executed */
	CALL_DONE,		/* executed, its success hidden: close() closes even then */
	CALL_BRK,		/* brk() says no with the break as it was */
	CALL_NEVER,		/* it cannot fail */
};

/* A static string, or "syscall". */
const char *call_name(long nr);
enum call_fail call_fail(long nr);

/* "ENOSPC" and the like, of the few that are known here; 0 and NULL for others. */
int call_errno(const char *name);
const char *call_errname(int e);

/* May the call give this error? call_next() goes through all errors: start with 0. */
bool call_gives(long nr, int e);
int call_next(int e);

/* The index of the argument that says how many bytes, or -1. */
int call_count(long nr);

/* Is the name in the list, which separates its words by blanks or commas? */
bool call_listed(const char *list, const char *name);

#endif
