/* SPDX-License-Identifier: MIT */
/*
 * allocfail: to be preloaded; in the program ALLOC_PROG the allocation number
 * ALLOC_FAIL fails. Each process of it appends "PROGRAM ALLOCATIONS" (without
 * ALLOC_FAIL), or "failed", to the file ALLOC_LOG.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t m);
extern void *__libc_realloc(void *p, size_t n);

static long count, fail = -1;
static char where[4096];

static void
say(const char *line)
{
	int fd = *where ? open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	(void)!write(fd, line, strlen(line));	/* then it counts as not reached */
	close(fd);
}

/* Our own environment may be cleared by main(): it is read before. */
__attribute__((constructor)) static void
begin(void)
{
	const char *log = getenv("ALLOC_LOG"), *prog = getenv("ALLOC_PROG"), *n = getenv("ALLOC_FAIL");

	if (log && strlen(log) < sizeof(where))
		memcpy(where, log, strlen(log) + 1);
	fail = !n ? 0 : prog && strcmp(prog, program_invocation_short_name) == 0 ? atol(n) : -1;
	count = 0;
}

__attribute__((destructor)) static void
end(void)
{
	char line[300];

	if (fail == 0 &&
	    snprintf(line, sizeof(line), "%.200s %ld\n", program_invocation_short_name, count) > 0)
		say(line);
}

static int
fails(void)
{
	if (++count != fail)
		return 0;
	say("failed\n");
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t m)
{
	return fails() ? NULL : __libc_calloc(n, m);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
