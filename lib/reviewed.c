/* SPDX-License-Identifier: MIT */
#include "reviewed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "dirt.h"
#include "git.h"
#include "job.h"
#include "request.h"
#include "store.h"

#define FILES_SHOWN 200

static int
fail(struct buf *why, enum answer_code *code, enum answer_code c, const char *words)
{
	*code = c;
	(void)buf_addstr(why, words);
	return -1;
}

/* The diff that the request has, unless it is blank: as text, exact. */
static int
own_diff(struct buf *out, const struct request *rq)
{
	int n = request_get(rq, "diff");

	if (n >= 0 && json_str(&rq->doc, n, out) < 0)
		return -1;
	if (!out->p[strspn(out->p, " \t\r\n")])
		buf_reset(out);
	return 0;
}

bool
reviewed_asked(const struct request *rq)
{
	CLEANUP(buf) struct buf diff = BUF_INIT;

	return request_get(rq, "base") >= 0 || request_bool(rq, "uncommitted", false) ||
		request_get(rq, "reviewed_run_id") >= 0 ||
		request_get(rq, "reviewed_worktree_path") >= 0 ||
		(request_get(rq, "diff") >= 0 && !own_diff(&diff, rq) && diff.len);
}

/* ---- a job's change ---- */

static int
open_named(struct job *j, const struct root *root, const char *name, const char *cwd,
	enum answer_code *code, struct buf *why)
{
	CLEANUP(free) char *have = NULL;

	if (root->fd < 0 || job_open(j, root, name) < 0)
		return fail(why, code, root->fd >= 0 && errno == EMLINK ? ANSWER_JOB_AMBIGUOUS :
			ANSWER_JOB_NOT_FOUND, "the job to review: no such job in this workspace");
	have = job_cwd(j);
	if (have && !strcmp(have, cwd))
		return 0;
	job_close(j);
	return fail(why, code, ANSWER_JOB_NOT_FOUND, "the job to review: no such job in this workspace");
}

/* Both names must mean one job; its change is the diff unless the request brought one. */
static int
job_change(struct reviewed *v, const struct request *rq, const char *cwd, enum answer_code *code,
	struct buf *why)
{
	CLEANUP(free) char *run = request_str(rq, "reviewed_run_id");
	CLEANUP(free) char *tree = request_str(rq, "reviewed_worktree_path");
	const char *const names[2] = { run, tree };
	struct root root = { .fd = -1 };
	int got = 0;

	(void)root_open(&root, false);	/* none: there is no such job */
	for (int i = 0; i < 2 && !got; i++) {
		struct job j;

		if (!names[i])
			continue;
		got = open_named(&j, &root, names[i], cwd, code, why);
		if (got < 0)
			break;
		if (v->job && strcmp(v->job, j.id))
			got = fail(why, code, ANSWER_INVALID_REQUEST,
				"reviewed_run_id and reviewed_worktree_path are different jobs");
		else if (!v->job)
			v->job = strdup(j.id);
		if (!got && !v->diff.len && store_read(j.fd, JOB_PATCH, &v->diff, REVIEWED_MAX) < 0)
			got = errno == EFBIG ? fail(why, code, ANSWER_INVALID_REQUEST,
				"the job's change is larger than 1 MiB: give a part of it as diff") :
				fail(why, code, ANSWER_JOB_HAS_NO_CHANGE, "that job has no sealed change");
		job_close(&j);
	}
	if (root.fd >= 0)
		root_close(&root);
	if (!got && v->job && !v->diff.len)
		return fail(why, code, ANSWER_JOB_HAS_NO_CHANGE, "that job changed nothing");
	return got;
}

/* ---- of the repository ---- */

/* Tree against tree: nothing of the repository's choosing is run. */
static int
against_base(struct reviewed *v, const struct git_repo *r, const char *base,
	enum answer_code *code, struct buf *why)
{
	char commit[GIT_OID_MAX + 1], tree[GIT_OID_MAX + 1];
	struct git g = { .git_dir = r->git_dir };
	CLEANUP(buf) struct buf from = BUF_INIT, said = BUF_INIT;

	if (*base == '-' || git_resolve(r, base, commit, tree, &said) < 0) {
		*code = ANSWER_INVALID_REQUEST;
		(void)buf_addf(why, "base: no such commit: '%s'", base);
		return -1;
	}
	const char *merge[] = { "merge-base", commit, r->head, NULL };

	if (git_run(&g, merge, NULL, 0, &from, 200, &said) != 0)
		return fail(why, code, ANSWER_INVALID_REQUEST,
			"base: it has no commit in common with HEAD");
	from.p[strcspn(from.p, "\n")] = '\0';
	const char *diff[] = { "diff-tree", "-r", "-p", "-M", "--no-ext-diff", "--no-textconv",
		"--no-color", from.p, r->head, NULL };

	if (git_run(&g, diff, NULL, 0, &v->diff, REVIEWED_MAX, &said) != 0)
		return fail(why, code, ANSWER_INVALID_REQUEST,
			"base: the difference is larger than 1 MiB, or cannot be read");
	if (!v->diff.len)
		return fail(why, code, ANSWER_INVALID_REQUEST, "base: HEAD has nothing that it has not");
	return 0;
}

/* The agent sees them in the workspace: it is told which they are. */
static int
uncommitted(struct reviewed *v, const struct git_repo *r, enum answer_code *code, struct buf *why)
{
	struct tree_dirty d = { 0 };

	if (tree_dirty(r, FILES_SHOWN, &d, why) < 0) {
		*code = ANSWER_NOT_A_REPOSITORY;
		return -1;
	}
	for (size_t i = 0; i < d.nfiles; i++)
		strv_push(&v->files, d.files[i].path);
	if (d.total)
		(void)buf_addf(&v->note, "\n\nReview the uncommitted changes of this workspace: what "
			"`git diff HEAD` shows, and the files that `git status` calls untracked. They are "
			"%zu file%s%s, named below, relative to the top level of the repository.",
			d.total, d.total == 1 ? "" : "s", d.total > d.nfiles ? "; the first" : "");
	size_t total = d.total;

	tree_dirty_release(&d);
	if (!total)
		return fail(why, code, ANSWER_INVALID_REQUEST, "uncommitted: there are none");
	return v->files.failed ? fail(why, code, ANSWER_INTERNAL, "out of memory") : 0;
}

int
reviewed_read(struct reviewed *v, const struct request *rq, const char *cwd,
	const struct git_repo *r, enum answer_code *code, struct buf *why)
{
	CLEANUP(free) char *base = request_str(rq, "base");
	bool dirty = request_bool(rq, "uncommitted", false);
	bool job = request_get(rq, "reviewed_run_id") >= 0 ||
		request_get(rq, "reviewed_worktree_path") >= 0;

	if (own_diff(&v->diff, rq) < 0)
		return fail(why, code, ANSWER_INTERNAL, "out of memory");
	if ((v->diff.len > 0 || job) + (base != NULL) + dirty > 1)
		return fail(why, code, ANSWER_INVALID_REQUEST, "one thing is reviewed at a time: diff or a "
			"job's change, base, or uncommitted");
	if (v->diff.len > REVIEWED_MAX)
		return fail(why, code, ANSWER_INVALID_REQUEST, "diff: longer than 1 MiB");
	if ((base || dirty) && (!r || r->unborn))
		return fail(why, code, ANSWER_NOT_A_REPOSITORY, "base, uncommitted: this directory is in "
			"no repository with a commit");
	if (job && job_change(v, rq, cwd, code, why) < 0)
		return -1;
	if (base)
		return against_base(v, r, base, code, why);
	return dirty ? uncommitted(v, r, code, why) : 0;
}

void
reviewed_release(struct reviewed *v)
{
	buf_release(&v->diff);
	buf_release(&v->note);
	strv_free(v->files.v);
	free(v->job);
	*v = (struct reviewed)REVIEWED_INIT;
}
