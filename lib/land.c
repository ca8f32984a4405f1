/* SPDX-License-Identifier: MIT */
/* land: plan, record, land. */
#include "land.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "clock.h"
#include "job.h"
#include "landed.h"
#include "landscope.h"
#include "path.h"
#include "planjson.h"
#include "seal.h"
#include "store.h"
#include "surveyseal.h"
#include "tree.h"

#define PREVIEW "preview.json"
#define PREVIEW_MAX ((size_t)64 << 20)

static int
fail(enum answer_code *code, enum answer_code c)
{
	*code = c;
	return -1;
}

/* The code for an error of reading the change or the workspace. */
static enum answer_code
code_of(int err)
{
	switch (err) {
	case ENOENT:
		return ANSWER_JOB_HAS_NO_CHANGE;
	case EBUSY:
		return ANSWER_BUSY;
	case EBADMSG: case EPROTO:
		return ANSWER_STATE_DAMAGED;
	case ENOSPC: case EROFS: case EACCES: case EDQUOT: case EIO:
		return ANSWER_STATE_UNAVAILABLE;
	default:
		return ANSWER_INTERNAL;
	}
}

static int
open_change(struct land *l, enum answer_code *code, struct buf *why)
{
	if (change_of(l->job, true, -1, &l->change, why) < 0) {
		int e = errno;

		if (!why->len)
			buf_addf(why, "the job's change cannot be read: %s", strerror(e));
		return fail(code, code_of(e));
	}
	/* ENOENT: no tree any more; the sealed change may still be there. */
	l->tree_lock = tree_hold(l->job);
	if (l->tree_lock < 0 && errno != ENOENT) {
		buf_addf(why, "the job's tree is being removed or taken over: %s", strerror(errno));
		return fail(code, code_of(errno));
	}
	if (tree_git(l->job, &l->ctl, &l->ctl_path, why) < 0) {
		buf_reset(why);
		buf_addstr(why, "the job's tree was removed, and its sealed change with it");
		return fail(code, ANSWER_JOB_HAS_NO_CHANGE);
	}
	return 0;
}

static int
open_workspace(struct land *l, const char *into, enum answer_code *code, struct buf *why)
{
	CLEANUP(free) char *is = NULL;

	if (into) {
		struct git_repo repo;

		if (git_discover(into, &repo, why) < 0)
			return fail(code, ANSWER_NOT_A_REPOSITORY);
		l->workspace = steal_ptr(&repo.root);
		git_repo_release(&repo);
	} else {
		l->workspace = job_workspace_root(l->job);
	}
	if (!l->workspace) {
		buf_addstr(why, "the job was made outside a repository: there is nothing to land in");
		return fail(code, ANSWER_NOT_A_REPOSITORY);
	}
	l->ws = open(l->workspace, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	is = l->ws < 0 ? NULL : path_of_fd(l->ws);
	if (!is || strcmp(is, l->workspace)) {
		buf_addf(why, "the workspace '%s' is not there any more: %s", l->workspace,
			l->ws < 0 ? strerror(errno) : "another directory is");
		return fail(code, ANSWER_NOT_A_REPOSITORY);
	}
	return 0;
}

int
land_open(struct land *l, const struct job *j, const char *into, enum answer_code *code,
	struct buf *why)
{
	*l = (struct land)LAND_INIT;
	l->job = j;
	plan_init(&l->plan);
	change_init(&l->change);
	if (open_workspace(l, into, code, why) < 0 || open_change(l, code, why) < 0) {
		land_close(l);
		return -1;
	}
	return 0;
}

void
land_close(struct land *l)
{
	if (l->ws >= 0)
		close(l->ws);
	if (l->tree_lock >= 0)
		close(l->tree_lock);
	plan_release(&l->plan);
	change_release(&l->change);
	leaks_release(&l->leaks);
	free(l->ctl_path);
	free(l->workspace);
	*l = (struct land)LAND_INIT;
}

static int
name_plan(struct land *l)
{
	struct plan *p = &l->plan;

	plan_init(p);
	p->job = strdup(l->job->id);
	p->base_tree = strdup(l->change.base);
	p->sealed_tree = strdup(l->change.tree);
	p->workspace = strdup(l->workspace);
	return p->job && p->base_tree && p->sealed_tree && p->workspace ? 0 : -1;
}

/* A private directory of the job for the copies that merges work on. */
static int
survey_in(struct land *l, struct survey *s, const char *scratch, struct buf *why)
{
	CLEANUP(fd) int apply = store_mkdir(l->job->fd, JOB_APPLY);
	CLEANUP(fd) int dir = apply < 0 ? -1 : store_mkdir(apply, scratch);
	CLEANUP(free) char *path = dir < 0 ? NULL : path_of_fd(dir);
	int rc;

	if (!path) {
		buf_addf(why, "cannot write in the job: %s", strerror(errno));
		return -1;
	}
	s->scratch = dir;
	s->scratch_path = path;
	rc = survey(s, &l->plan, why);

	int e = errno;

	(void)store_remove(apply, scratch);	/* debris in the job's own directory at worst */
	errno = e;
	return rc;
}

int
land_plan(struct land *l, const struct land_want *want, enum answer_code *code,
	struct buf *why)
{
	CLEANUP(fd) int git = journal_git(l->ws);
	CLEANUP(free) char *git_dir = git < 0 ? NULL : path_of_fd(git);
	struct survey s = { .change = &l->change, .ctl = l->ctl, .ws = l->ws,
		.ws_path = l->workspace, .git_dir = git_dir, .accept = want->accept,
		.only = want->only };
	char **allowed = NULL, scratch[40];
	struct plan was = l->plan;
	int rc;

	s.known = &was;
	if (git < 0) {
		buf_addf(why, "'%s' is not the top level of a repository", l->workspace);
		return fail(code, ANSWER_NOT_A_REPOSITORY);
	}
	snprintf(scratch, sizeof(scratch), ".merge-%d", (int)getpid());
	rc = name_plan(l) < 0 || landscope_limits(l->job, l->workspace, &s, &allowed) < 0 ? -1 : 0;
	if (!rc)
		rc = survey_in(l, &s, scratch, why);

	int e = errno;

	landscope_free(allowed);
	plan_release(&was);
	if (rc) {
		if (!why->len)
			buf_addf(why, "cannot plan: %s", strerror(e));
		return fail(code, e == ENOENT ? ANSWER_STATE_DAMAGED : code_of(e));
	}
	if (landscope_names(&l->plan, want->accept, want->only, why) < 0)
		return fail(code, errno == EINVAL ? ANSWER_INVALID_REQUEST : ANSWER_INTERNAL);
	plan_count(&l->plan, &l->count);
	plan_token(&l->plan, l->token);
	return 0;
}

int
land_prepare(struct land *l, const struct land_want *want, struct journal_report *r,
	enum answer_code *code, struct buf *why)
{
	if (journal_recover(l->ws, r) < 0 && errno != EBUSY) {
		buf_addf(why, "%s", r->why.len ? r->why.p : strerror(errno));
		return fail(code, errno == EBADMSG ? ANSWER_STATE_DAMAGED : ANSWER_STATE_UNAVAILABLE);
	}
	leaks_release(&l->leaks);
	leaks_find(&l->leaks, l->job);
	return land_plan(l, want, code, why);
}

static int
apply_dir(const struct land *l)
{
	return store_mkdir(l->job->fd, JOB_APPLY);
}

int
land_record_preview(const struct land *l)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int dir = apply_dir(l);
	char at[CLOCK_STAMP];

	clock_stamp(at, clock_wall_ms());
	if (dir < 0 || planjson_preview(&text, &l->plan, l->token, at) < 0)
		return -1;
	return store_replace(dir, PREVIEW, text.p, text.len, 0);
}

int
land_previewed(const struct land *l, char token[PLAN_TOKEN])
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int dir = store_opendir(l->job->fd, JOB_APPLY);

	if (dir < 0 || store_read(dir, PREVIEW, &text, PREVIEW_MAX) < 0)
		return -1;
	return planjson_token(text.p, text.len, token);
}

bool
land_complete(const struct land *l)
{
	return !l->count.op[PLAN_LEFT] && !l->count.op[PLAN_CONFLICT];
}

static int
run_journal(struct land *l, struct landing *j, struct journal_report *r, enum answer_code *code,
	struct buf *why)
{
	struct survey_source src = { .ws = l->ws, .plan = &l->plan };
	int rc, e;

	if (!l->count.writes)
		return 0;		/* the workspace has it all */
	if (git_cat_open(&src.cat, &l->ctl) < 0) {
		buf_addf(why, "cannot read the sealed change: %s", git_strerror(errno));
		return fail(code, ANSWER_INTERNAL);
	}
	rc = journal_land(j, &l->plan, survey_bytes, &src, r);
	e = errno;
	git_cat_close(&src.cat);
	if (!rc)
		return 0;
	buf_addf(why, "%s: %s", e == EUCLEAN ? "the landing was cut off" : "nothing was landed",
		r->why.p);
	return fail(code, e == ESTALE || e == ETXTBSY || e == EEXIST || e == ENOENT || r->nkept ?
		ANSWER_CONFLICT : e == EUCLEAN ? ANSWER_STATE_DAMAGED : ANSWER_STATE_UNAVAILABLE);
}

int
land_do(struct land *l, const struct land_want *want, const char *token,
	const char *confirmed, struct journal_report *r, enum answer_code *code,
	struct buf *why)
{
	struct landing j;
	int rc = journal_open(&j, l->ws, r);

	if (rc) {
		buf_addf(why, "%s", rc > 0 ? "an earlier landing was undone, and some files had been "
			"edited meanwhile: both versions are kept; look at them, then preview again"
			: r->why.p);
		return fail(code, rc > 0 ? ANSWER_CONFLICT : errno == EBUSY ? ANSWER_BUSY
			: ANSWER_STATE_UNAVAILABLE);
	}
	rc = land_plan(l, want, code, why);
	/* All of it is here already (two landings at once): no word is needed for that. */
	if (!rc && strcmp(l->token, token) && (l->count.writes || l->count.conflicts)) {
		buf_addstr(why, "the plan is no longer what was previewed");
		rc = fail(code, ANSWER_TOKEN_MISMATCH);
	} else if (!rc && l->count.conflicts) {
		buf_addf(why, "%zu file%s cannot be landed", l->count.conflicts,
			l->count.conflicts == 1 ? "" : "s");
		rc = fail(code, ANSWER_CONFLICT);
	}
	if (!rc)
		rc = run_journal(l, &j, r, code, why);
	journal_close(&j);
	if (!rc && landed_record(l->job->fd, &l->plan, l->token, land_complete(l), confirmed) < 0)
		buf_addf(why, "landed, but the job cannot record it: %s", strerror(errno));
	return rc;
}

bool
land_cleanup(struct land *l, const struct root *r, struct job *j, struct buf *why)
{
	if (!land_complete(l)) {
		buf_addstr(why, "the job's tree is kept: not everything of it was landed");
		return false;
	}
	if (l->tree_lock >= 0)
		close(l->tree_lock);	/* or we would be in our own way */
	l->tree_lock = -1;
	return tree_remove(r, j, why) >= 0;
}
