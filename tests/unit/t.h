/* SPDX-License-Identifier: MIT */
/*
 * t: a unit test program. Each check prints one TAP line; main() ends with
 * return t_done().
 *
 *	OK(buf_ok(&b), "empty buffer is sound");
 *	IS(b.p, "abc", "text is kept");
 *	EQ(b.len, 3, "length");
 */
#ifndef JOBDIR_TESTS_T_H
#define JOBDIR_TESTS_T_H

#include <stdio.h>
#include <string.h>

static int t_count, t_failed;

__attribute__((unused)) static int
t_ok(int good, const char *what, const char *file, int line)
{
	t_count++;
	printf("%sok %d - %s\n", good ? "" : "not ", t_count, what);
	if (!good) {
		t_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

__attribute__((unused)) static void
t_is(const char *got, const char *want, const char *what, const char *file, int line)
{
	if (!t_ok(got && want && !strcmp(got, want), what, file, line))
		printf("# got  '%s'\n# want '%s'\n", got ? got : "(null)", want ? want : "(null)");
}

__attribute__((unused)) static void
t_eq(long long got, long long want, const char *what, const char *file, int line)
{
	if (!t_ok(got == want, what, file, line))
		printf("# got %lld, want %lld\n", got, want);
}

__attribute__((unused)) static int
t_done(void)
{
	printf("1..%d\n", t_count);
	return t_failed != 0;
}

#define OK(c, what) t_ok(!!(c), what, __FILE__, __LINE__)
#define IS(got, want, what) t_is(got, want, what, __FILE__, __LINE__)
#define EQ(got, want, what) t_eq((long long)(got), (long long)(want), what, __FILE__, __LINE__)

#endif
