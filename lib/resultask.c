/* SPDX-License-Identifier: MIT */
#include "resultask.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "guard.h"
#include "home.h"
#include "jsonw.h"
#include "page.h"
#include "proc.h"
#include "repo.h"
#include "report.h"
#include "reportnext.h"
#include "request.h"
#include "summary.h"

#define ANSWER_MAX 10000
#define PLAN_MAX (4 << 20)
#define ID_SECOND 19			/* "job-20261121-100000" */

/* Tighter and tighter until the answer fits. */
static const struct report_limits levels[] = {
	{ 4000, 20, 50 }, { 1200, 10, 50 }, { 500, 5, 20 }, { 160, 3, 5 },
};

static int
refuse(struct buf *out, enum answer_code code, const char *message, const char *hint)
{
	buf_reset(out);
	answer_error(out, code, message, hint);
	return -1;
}

/*
 * The plan of landing, from the command that lands: a command never links
 * another. False: there is none to be had (no change, or no such command).
 */
static bool
preview(const struct verdict *v, const char *cwd, int64_t offset, struct buf *text,
	struct json *plan)
{
	char *cmd CLEANUP(free) = home_command("apply");
	const char *argv[] = { cmd, "--tool=claude_apply", "--request=-", NULL };
	struct proc_spec spec = { .argv = (char *const *)argv, .cwd_fd = -1 };
	struct buf in CLEANUP(buf) = BUF_INIT;
	struct jsonw w;
	int status;

	if (!v->facts.change_known || !v->facts.changed_files || !job_terminal(v->state) || !cmd)
		return false;
	jsonw_init(&w, &in);
	jsonw_object(&w);
	jsonw_mstr(&w, "cwd", cwd);
	jsonw_mstr(&w, "job_id", v->job->id);
	jsonw_mbool(&w, "preview", true);
	if (offset)
		jsonw_mint(&w, "offset", offset);
	jsonw_end(&w);
	return buf_ok(&in) && proc_run(&spec, in.p, in.len, text, PLAN_MAX, NULL, 60000, &status) == 0 &&
	    status == 0 && json_parse(plan, text->p, text->len, NULL) == JSON_OK;
}

static int
write_answer(struct buf *out, const struct verdict *v, const struct job_status *st,
	const char *cwd, const struct json *plan, const struct report_limits *l)
{
	struct buf tree CLEANUP(buf) = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "source_type", "job");
	jsonw_key(&w, "job");
	if (summary_job(&w, v->job, st) < 0)
		return -1;
	report_write(&w, v, l);
	if (v->facts.write) {
		(void)buf_addf(&tree, "%s/" JOB_TREE, v->job->path);
		jsonw_mstr(&w, "worktree_path", tree.p);
	}
	if (plan)
		report_plan(&w, plan, l);
	jsonw_mbool(&w, "do_not_start_duplicate_job", !st->terminal);
	report_actions(&w, v, cwd, plan);
	report_interaction(&w, v, plan);
	jsonw_end(&w);
	return buf_ok(out) ? 0 : -1;
}

int
result_answer(struct buf *out, const struct verdict *v, const struct job_status *st, const char *cwd)
{
	struct buf text CLEANUP(buf) = BUF_INIT;
	struct json plan = { 0 };
	bool planned = preview(v, cwd, 0, &text, &plan);
	int r = 0;

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		buf_reset(out);
		r = write_answer(out, v, st, cwd, planned ? &plan : NULL, &levels[i]);
		if (r < 0 || out->len <= ANSWER_MAX)
			break;
	}
	json_release(&plan);
	return r;
}

/* ---- the request form ---- */

struct pick {
	const struct root *root;
	const char *cwd, *recipe;	/* recipe NULL: any */
	struct job *job;		/* the newest so far */
	char *created;			/* its stamp; NULL: none yet */
};

static bool
wanted(const struct pick *p, const struct job *j)
{
	char *cwd CLEANUP(free) = job_cwd(j), *recipe CLEANUP(free) = job_recipe(j);

	return cwd && recipe && !strcmp(cwd, p->cwd) && (!p->recipe || !strcmp(recipe, p->recipe));
}

/* Ids are in order by the second only; within one, the stamp in the job decides. */
static int
pick_one(const char *id, void *arg)
{
	struct pick *p = arg;
	struct job j;
	char *created;

	if (p->created && strncmp(id, p->job->id, ID_SECOND) != 0)
		return 1;
	if (job_open_id(&j, p->root, id) < 0)
		return 0;
	created = wanted(p, &j) ? json_get_cstr(&j.doc, 0, "created") : NULL;
	if (!created || (p->created && strcmp(created, p->created) <= 0)) {
		free(created);
		job_close(&j);
		return 0;
	}
	if (p->created)
		job_close(p->job);
	free(p->created);
	p->created = created;
	*p->job = j;
	return 0;
}

/* The newest job of this directory, of the kind that is preferred. */
static bool
pick_job(struct job *j, const struct root *r, const char *cwd, const char *prefer)
{
	struct pick p = { .root = r, .cwd = cwd, .job = j };
	struct buf why CLEANUP(buf) = BUF_INIT;
	struct git_repo repo;
	char *slug CLEANUP(free) = NULL;
	bool found;

	if (prefer && !strcmp(prefer, "latest-implement"))
		p.recipe = "write";
	if (prefer && !strcmp(prefer, "latest-review"))
		p.recipe = "review";
	if (git_discover(cwd, &repo, &why) == 0) {
		slug = job_slug(repo.common);
		git_repo_release(&repo);
	} else {
		slug = job_slug(cwd);
	}
	if (slug)
		(void)job_each(r, slug, 0, pick_one, &p);	/* what was found until then counts */
	found = p.created != NULL;
	free(p.created);
	return found;
}

/* 0, or -1 with the refusal in out. */
static int
find_job(struct job *j, const struct root *r, const struct request *rq, const char *cwd,
	struct buf *out)
{
	char *id CLEANUP(free) = request_job(rq);
	char *prefer CLEANUP(free) = request_str(rq, "prefer");
	char *have CLEANUP(free) = NULL;

	if (!id && pick_job(j, r, cwd, prefer))
		return 0;
	if (!id)
		return refuse(out, ANSWER_JOB_NOT_FOUND, "no job in this workspace yet", NULL);
	if (job_open(j, r, id) < 0)
		return refuse(out, errno == EMLINK ? ANSWER_JOB_AMBIGUOUS : errno == EBADMSG ||
		    errno == EPROTO ? ANSWER_STATE_DAMAGED : ANSWER_JOB_NOT_FOUND,
		    job_open_why(errno), NULL);
	have = job_cwd(j);
	if (have && !strcmp(have, cwd))
		return 0;
	job_close(j);
	return refuse(out, ANSWER_JOB_NOT_FOUND, "no such job in this workspace", NULL);
}

/* The plan has pages of its own. */
static void
write_plan(struct jsonw *w, const struct verdict *v, int64_t offset, const char *cwd)
{
	struct buf text CLEANUP(buf) = BUF_INIT;
	struct json plan = { 0 };

	jsonw_key(w, "plan");
	if (preview(v, cwd, offset, &text, &plan))
		jsonw_node(w, &plan, 0);
	else
		jsonw_null(w);
	jsonw_mint(w, "offset", offset);
	jsonw_mint(w, "total", json_get_int(&plan, 0, "total", 0));
	jsonw_key(w, "next_offset");
	if (json_type(&plan, json_get(&plan, 0, "next_offset")) == JSON_T_NUMBER)
		jsonw_node(w, &plan, json_get(&plan, 0, "next_offset"));
	else
		jsonw_null(w);
	json_release(&plan);
}

static int
write_part(struct jsonw *w, const struct verdict *v, const char *part, int64_t offset, const char *cwd)
{
	struct buf text CLEANUP(buf) = BUF_INIT;

	if (!strcmp(part, "files"))
		return page_files(w, &v->change, offset);
	if (!strcmp(part, "patch"))
		return page_file(w, v->job->fd, JOB_PATCH, offset, true);
	if (!strcmp(part, "log"))
		return page_file(w, v->job->fd, JOB_LOG, offset, false);
	if (!strcmp(part, "text"))
		return verdict_text(v, &text) < 0 ? -1 : page_text(w, text.p, text.len, offset);
	write_plan(w, v, offset, cwd);
	return 0;
}

static void
answer_part(struct buf *out, const struct verdict *v, const char *part, int64_t offset,
	const char *cwd)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "job_id", v->job->id);
	jsonw_mstr(&w, "part", part);
	answer_agent_words(&w, !strcmp(part, "files") || !strcmp(part, "plan") ? "file names" : "text");
	if (write_part(&w, v, part, offset, cwd) < 0)
		(void)refuse(out, errno == EINVAL ? ANSWER_INVALID_REQUEST : ANSWER_STATE_UNAVAILABLE,
		    errno == EINVAL ? "offset: beyond the end" : strerror(errno), NULL);
	else
		jsonw_end(&w);
}

static void
answer_job(struct buf *out, struct job *j, const struct root *r, const struct request *rq,
	const char *cwd)
{
	char *part CLEANUP(free) = request_str(rq, "part");
	struct job_status st;
	struct verdict v;

	if (job_status(j, r, &st) < 0) {
		(void)refuse(out, ANSWER_STATE_DAMAGED, strerror(errno), NULL);
		return;
	}
	if (verdict_load(&v, j, &st, false) < 0)
		(void)refuse(out, ANSWER_STATE_DAMAGED, strerror(errno), NULL);
	else if (part && strcmp(part, "summary") != 0)
		answer_part(out, &v, part, request_int(rq, "offset", 0), cwd);
	else if (result_answer(out, &v, &st, cwd) < 0)
		(void)refuse(out, ANSWER_INTERNAL, strerror(errno), NULL);
	if (job_in_place(j) < 0) {		/* removed while we read it */
		buf_reset(out);
		(void)refuse(out, ANSWER_JOB_NOT_FOUND, job_open_why(errno), NULL);
	}
	verdict_release(&v);
	job_status_release(&st);
}

void
result_serve(struct buf *out, const struct request *rq)
{
	char *asked CLEANUP(free) = request_str(rq, "cwd"), *cwd CLEANUP(free) = NULL;
	struct buf why CLEANUP(buf) = BUF_INIT;
	int fd CLEANUP(fd) = guard_cwd(asked, &cwd, &why);
	struct root r;
	struct job j;

	if (fd < 0) {
		(void)refuse(out, ANSWER_CWD_REFUSED, why.p, NULL);
		return;
	}
	if (root_open(&r, false) < 0) {
		char *words CLEANUP(free) = errno == ENOENT ? NULL : root_why(errno);

		(void)refuse(out, words ? ANSWER_STATE_UNAVAILABLE : ANSWER_JOB_NOT_FOUND,
		    words ? words : "no job in this workspace yet", NULL);
		return;
	}
	if (find_job(&j, &r, rq, cwd, out) == 0) {
		answer_job(out, &j, &r, rq, cwd);
		job_close(&j);
	}
	root_close(&r);
}
