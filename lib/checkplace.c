/* SPDX-License-Identifier: MIT */
#include "checkplace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "checkup.h"
#include "gate.h"
#include "guard.h"
#include "job.h"
#include "repo.h"

static int
look_at_repository(struct checkup *c, const char *dir)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct git_repo r = { .root = NULL };
	int got;

	if (git_discover(dir, &r, &why) < 0)
		return checkup_add(c, "repository", CHECKUP_WARN,
			"git init; git add -A; git commit -m first",
			"%s: only reading and reviewing work here", why.len ? why.p : "none");
	got = r.unborn ? checkup_add(c, "repository", CHECKUP_WARN, "git add -A; git commit -m first",
		"'%s' has no commit yet: write jobs start from one", r.root) :
		checkup_add(c, "repository", CHECKUP_OK, NULL, "%s", r.root);
	git_repo_release(&r);
	return got;
}

static int
look_at_gate(struct checkup *c, const char *dir)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct gate g;
	int got;

	if (gate_open(&g, dir, false, &why) < 0)
		got = checkup_add(c, "review gate", CHECKUP_FAIL, "jobdir gate --enable, or --disable",
			"%s", why.p);
	else if (g.enabled && g.n)
		got = checkup_add(c, "review gate", CHECKUP_WARN, "jobdir gate", "closed: %zu change%s not "
			"reviewed", g.n, g.n == 1 ? "" : "s");
	else
		got = checkup_add(c, "review gate", CHECKUP_OK, NULL, "%s", g.enabled ? "open" : "off");
	gate_release(&g);
	return got;
}

struct count {
	const struct root *r;
	const char *slug;
	size_t here, all;
};

static int
count_job(const char *id, void *arg)
{
	struct count *n = arg;
	struct job j;

	n->all++;
	if (job_open_id(&j, n->r, id) < 0)
		return 0;
	n->here += json_is(&j.doc, json_path(&j.doc, 0, "workspace.slug"), n->slug);
	job_close(&j);
	return 0;
}

static int
look_at_jobs(struct checkup *c, const char *dir)
{
	struct root r = { .fd = -1 };
	struct workspace ws;
	struct count n = { .r = &r };

	if (workspace_find(dir, &ws) < 0)
		return -1;
	n.slug = ws.slug;
	if (root_open(&r, false) == 0) {
		(void)job_each_active(&r, count_job, &n);	/* what cannot be read is not counted */
		root_close(&r);
	}
	workspace_release(&ws);
	return checkup_add(c, "active jobs", CHECKUP_OK, NULL, "%zu here, %zu in all", n.here, n.all);
}

int
checkplace(struct checkup *c, const char *dir)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	CLEANUP(free) char *path = NULL;
	CLEANUP(fd) int fd = guard_cwd(dir, &path, &why);
	int e = errno;

	if (fd < 0 && checkup_add(c, "workspace", CHECKUP_FAIL, e == EPERM ?
	    "jobdir setup --write --allow-root=DIR" : "name a directory that is there", "%s", why.p) < 0)
		return -1;
	/* A refused one is looked at all the same. */
	if (fd < 0)
		fd = guard_cwd_person(dir, &path, &why);
	else if (checkup_add(c, "workspace", CHECKUP_OK, NULL, "%s: allowed", path) < 0)
		return -1;
	if (fd < 0)
		return 0;
	return look_at_repository(c, path) < 0 || look_at_gate(c, path) < 0 || look_at_jobs(c, path) < 0 ?
		-1 : 0;
}
