/* SPDX-License-Identifier: MIT */
#include "dedupe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "buf.h"
#include "job.h"
#include "lock.h"

struct search {
	const struct root *root;
	const char *slug;
	const char *request;
	char *id;
};

/* The lock's descriptor (closing it lets go), or -1+errno. */
static int
take_lock(const struct root *r, const char *slug)
{
	CLEANUP(buf) struct buf rel = BUF_INIT;
	CLEANUP(fd) int dir = -1;
	CLEANUP(fd) int fd = -1;

	if (buf_addf(&rel, "workspaces/%s", slug) < 0)
		return -1;
	dir = root_dir(r, rel.p, true);
	fd = dir < 0 ? -1 : lock_open(dir, "lock");
	return fd < 0 || lock_wait(fd, true) < 0 ? -1 : steal_fd(&fd);
}

/* Of this workspace? Its own index says so, without reading the job. */
static bool
of_workspace(const struct search *s, const char *id)
{
	char rel[160];
	struct stat st;

	/* Fits: a slug is at most 57 bytes. */
	(void)snprintf(rel, sizeof rel, "workspaces/%.60s/%.8s/%.28s", s->slug, id + 4, id);
	return !fstatat(s->root->fd, rel, &st, AT_SYMLINK_NOFOLLOW);
}

static int
compare(const char *id, void *arg)
{
	struct search *s = arg;
	struct job j;
	bool same;

	if (!of_workspace(s, id) || job_open_id(&j, s->root, id) < 0)
		return 0;		/* stale, or being removed */
	same = json_is(&j.doc, json_get(&j.doc, 0, "request"), s->request) &&
		job_is_terminal(&j, s->root) == 0;
	job_close(&j);
	if (same)
		memcpy(s->id, id, JOB_ID_LEN + 1);
	return same;
}

int
dedupe_begin(const struct root *r, const char *slug, const char *request, char *id)
{
	struct search s = { .root = r, .slug = slug, .request = request, .id = id };

	*id = '\0';
	if (take_lock(r, slug) < 0)
		return -1;
	return request && job_each_active(r, compare, &s) < 0 ? -1 : 0;
}
