/* SPDX-License-Identifier: MIT */
#include "continued.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "buf.h"
#include "session.h"
#include "store.h"

#define NEW_LINK STORE_TEMP "continued"

int
continued_read(const struct job *j, char id[JOB_ID_LEN + 1])
{
	char to[256];
	ssize_t n = readlinkat(j->fd, JOB_CONTINUED, to, sizeof to - 1);
	const char *last;

	*id = '\0';
	if (n < 0)
		return errno == ENOENT ? 0 : -1;
	to[n] = '\0';
	last = strrchr(to, '/') ? strrchr(to, '/') + 1 : to;
	if (!job_id_valid(last))
		return 0;		/* not ours: unknown files are ignored */
	memcpy(id, last, JOB_ID_LEN + 1);
	return 1;
}

bool
continued_done(const struct job *by)
{
	CLEANUP(free) char *recipe = job_recipe(by);
	bool writes = recipe && !strcmp(recipe, "write");

	return job_has(by, JOB_SESSION) && job_has(by, writes ? JOB_TREE_INFO : JOB_HOME);
}

/* Does it still have what can be taken over? */
static bool
whole(const struct job *j)
{
	CLEANUP(free) char *recipe = job_recipe(j);
	bool writes = recipe && !strcmp(recipe, "write");

	return job_has(j, JOB_HOME) && (!writes || (job_has(j, JOB_TREE) && job_has(j, JOB_AGENT_GIT)));
}

static int
judge(const struct job *j, const struct root *r, struct job *by, enum continued *how)
{
	int ended;

	if (continued_done(by)) {
		*how = CONTINUED_TAKEN;
		return 0;
	}
	ended = job_is_terminal(by, r);
	if (ended < 0)
		return -1;
	/* it may have done so between the two looks */
	*how = continued_done(by) ? CONTINUED_TAKEN : !ended ? CONTINUED_CLAIMED :
		whole(j) ? CONTINUED_NOT : CONTINUED_HALF;
	return 0;
}

int
continued_look(const struct job *j, const struct root *r, enum continued *how,
	char id[JOB_ID_LEN + 1], struct job *by)
{
	struct job own = { .fd = -1 }, *k = by ? by : &own;
	int got = continued_read(j, id);

	*k = (struct job){ .fd = -1 };
	*how = CONTINUED_NOT;
	if (got <= 0)
		return got;
	if (job_open_id(k, r, id) < 0) {
		int e = errno;

		*k = (struct job){ .fd = -1 };
		*how = whole(j) ? CONTINUED_NOT : CONTINUED_TAKEN;
		errno = e;
		return e == ENOENT ? 0 : -1;
	}
	got = judge(j, r, k, how);
	if (!by)
		job_close(k);
	return got;
}

int
continued_put(const struct job *j, const char *id)
{
	char path[64], to[80];

	job_id_path(id, path);
	(void)snprintf(to, sizeof to, "../../%s", path + strlen("jobs/"));	/* fits */
	if ((unlinkat(j->fd, NEW_LINK, 0) < 0 && errno != ENOENT) ||
	    symlinkat(to, j->fd, NEW_LINK) < 0)
		return -1;
	return renameat(j->fd, NEW_LINK, j->fd, JOB_CONTINUED) < 0 ? -1 : store_sync(j->fd);
}

void
continued_drop(const struct job *j, const char *id)
{
	char now[JOB_ID_LEN + 1];

	if (continued_read(j, now) == 1 && !strcmp(now, id))
		(void)unlinkat(j->fd, JOB_CONTINUED, 0);	/* else it names a job that is not */
}

bool
continued_can(const struct job *j)
{
	CLEANUP(free) char *session = NULL;
	char by[JOB_ID_LEN + 1];

	if (continued_read(j, by) != 0 || !whole(j) ||
	    (json_get(&j->doc, 0, "continues") >= 0 && !continued_done(j)))
		return false;
	session = session_of(j);
	return session && session_there(j, session);
}
