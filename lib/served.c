/* SPDX-License-Identifier: MIT */
#include "served.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "guard.h"

static bool
allowed(struct served *s, const struct job *j)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *cwd = job_cwd(j);
	CLEANUP(free) char *place = NULL;
	CLEANUP(fd) int fd = -1;

	if (!cwd)
		return false;
	if (s->cwd && !strcmp(s->cwd, cwd))
		return s->allowed;
	fd = guard_cwd(cwd, &place, &why);
	free(s->cwd);
	s->cwd = steal_ptr(&cwd);
	/* The path must still lead to where it did. */
	s->allowed = fd >= 0 && !strcmp(place, s->cwd);
	return s->allowed;
}

int
served_open(struct served *s, struct job *j, const struct root *r, const char *id)
{
	if (job_open_id(j, r, id) < 0)
		return -1;
	if (allowed(s, j))
		return 0;
	job_close(j);
	errno = ENOENT;		/* not even its existence is told */
	return -1;
}

void
served_release(struct served *s)
{
	free(s->cwd);
	*s = (struct served){ 0 };
}
