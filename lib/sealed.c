/* SPDX-License-Identifier: MIT */
#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "job.h"
#include "store.h"

/* The sealed patch, as it lies there. */
static int
copy_patch(int dir, int to, struct buf *why)
{
	CLEANUP(fd) int from = to < 0 ? -1 : openat(dir, JOB_PATCH, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(free) char *chunk = malloc(1 << 16);
	ssize_t n;

	if (to < 0)
		return 0;
	if (from < 0 || !chunk) {
		(void)buf_addstr(why, "changes.patch cannot be read");
		return -1;
	}
	while ((n = store_read_some(from, chunk, 1 << 16)) > 0)
		if (store_write_all(to, chunk, (size_t)n) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

/* 0: read, 1: there is none, -1. */
int
sealed_read(int dir, int patch_fd, struct change *c, struct buf *why)
{
	if (change_read(dir, c, why) < 0)
		return errno == ENOENT ? 1 : -1;
	return copy_patch(dir, patch_fd, why);
}

/* Another name for a file of the attempt; what a cut-off promotion left gives way. */
static int
link_up(int attempt, int jobfd, const char *name)
{
	if (unlinkat(jobfd, name, 0) < 0 && errno != ENOENT)
		return -1;
	return linkat(attempt, name, jobfd, name, 0);
}

int
sealed_promote(int attempt, int jobfd)
{
	return link_up(attempt, jobfd, JOB_PATCH) < 0 || store_sync(jobfd) < 0 ||
	    link_up(attempt, jobfd, JOB_CHANGES) < 0 ? -1 : store_sync(jobfd);
}
