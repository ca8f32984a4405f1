/* SPDX-License-Identifier: MIT */
#include "runs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "answer.h"
#include "attempt.h"
#include "buf.h"
#include "checkrec.h"
#include "jobreq.h"
#include "jsonw.h"
#include "landed.h"
#include "report.h"
#include "store.h"
#include "summary.h"

#define SUMMARY_MAX 300

static bool
is_there(const struct job *j, const char *name)
{
	struct stat st;

	return fstatat(j->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Did the last preview find something in the way? */
static bool
is_blocked(const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(fd) int dir = store_opendir(j->fd, JOB_APPLY);
	struct json d;
	bool blocked;

	attempt_json(dir, "preview.json", &text, &d);
	blocked = json_len(&d, json_path(&d, 0, "plan.conflicts")) > 0;
	json_release(&d);
	return blocked;
}

/* What became of it: of its change where it has one, else of the run. */
static const char *
lifecycle(const struct run *r, const struct job *j)
{
	const char *s = r->status;

	if (!strcmp(r->recipe, "write")) {
		int was = landed_look(j->fd);

		if (was == LANDED_ALL)
			return "applied";
		if (was == LANDED_PART)
			return "partial";
		/* a tree that another job took over was not cleaned */
		if (!r->tree && is_there(j, JOB_CHANGES) && !is_there(j, JOB_CONTINUED))
			return "cleaned";
		if (is_blocked(j))
			return "apply_blocked";
	}
	if (!strcmp(s, "success") || !strcmp(s, "failed"))
		return *s == 's' ? "success" : "failed";
	return !strcmp(s, "partial") || !strcmp(s, "needs_user") ? "partial" : "unknown";
}

/* From their record: in a line of the result a test could say itself that it passed. */
static void
count_checks(struct run *r, const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d;
	int list;

	attempt_json(j->fd, JOB_CHECKS, &text, &d);
	list = json_get(&d, checkrec_last(&d), "checks");
	for (int n = json_first(&d, list); n >= 0; n = json_next(&d, n)) {
		r->checks++;
		r->passed += json_get_bool(&d, n, "passed", false);
	}
	json_release(&d);
}

static void
from_result(struct run *r, const struct job *j)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d;
	int list;

	if (summary_result(j, &text, &d) < 0)
		return;
	r->status = json_get_cstr(&d, 0, "result_status");
	r->summary = json_get_cstr(&d, 0, "summary");
	r->session = json_cstr(&d, json_path(&d, 0, "result.attempt.session_id"));
	list = json_path(&d, 0, "result.denials");
	for (int n = json_first(&d, list); n >= 0; n = json_next(&d, n))
		r->denials += (int)json_get_int(&d, n, "count", 1);
	if (json_len(&d, json_path(&d, 0, "result.checks")))
		count_checks(r, j);
	json_release(&d);
}

int
run_read(struct run *r, struct job *j, const struct job_status *st)
{
	*r = (struct run){ .recipe = job_recipe(j), .cwd = job_cwd(j) };
	r->type = r->recipe ? summary_type(r->recipe) : NULL;
	if (!st->terminal || !r->type || r->type == r->recipe)
		return -1;		/* a type of its own name: no recipe of an agent */
	from_result(r, j);
	/* An ended job of which nothing is stored was cut off: that is all one knows. */
	if (!r->status)
		r->status = strdup("unknown");
	if (st->state == JOB_CANCELLED || st->state == JOB_LOST || st->message)
		r->error = strdup(st->message ? st->message : job_state_name(st->state));
	r->goal = json_cstr(&j->doc, job_param(j, "goal_item_id"));
	r->supersedes = json_cstr(&j->doc, job_param(j, "supersedes_run_id"));
	r->tree = is_there(j, JOB_TREE);
	if (!r->status)
		return -1;
	r->lifecycle = lifecycle(r, j);
	return 0;
}

void
run_release(struct run *r)
{
	free(r->recipe);
	free(r->cwd);
	free(r->goal);
	free(r->supersedes);
	free(r->status);
	free(r->summary);
	free(r->error);
	free(r->session);
}

static void
foreign(struct jsonw *w, const char *name, const char *s)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (!s)
		return;
	answer_foreign(&b, s, strlen(s), SUMMARY_MAX, NULL);
	jsonw_mstr(w, name, b.p);
}

void
run_line(struct jsonw *w, const struct run *r, const struct job *j)
{
	jsonw_mstr(w, "run_id", j->id);
	jsonw_mstr(w, "type", r->type);
	jsonw_mstr(w, "status", r->status);
	jsonw_mstr(w, "lifecycle", r->lifecycle);
}

static void
members(struct jsonw *w, const struct run *r, const struct job *j, const struct job_status *st)
{
	CLEANUP(buf) struct buf tree = BUF_INIT;

	run_line(w, r, j);
	jsonw_mstr(w, "job_status", job_state_name(st->state));
	foreign(w, "summary", r->summary);
	foreign(w, "error", r->error);
	if (r->tree && !buf_addf(&tree, "%s/" JOB_TREE, j->path)) {
		jsonw_mstr(w, "worktree_path", tree.p);
		jsonw_mstr(w, "worktree_name", j->id);
	}
	foreign(w, "returned_session_id", r->session);
	jsonw_mstr(w, "started_at", st->started);
	jsonw_mstr(w, "updated_at", st->ended ? st->ended : st->created);
	if (r->checks) {
		jsonw_key(w, "server_verified");
		jsonw_object(w);
		jsonw_mstr(w, "status", r->passed == r->checks ? "passed" : "failed");
		jsonw_mint(w, "command_count", r->checks);
		jsonw_mint(w, "passed_count", r->passed);
		jsonw_mint(w, "failed_count", r->checks - r->passed);
		jsonw_end(w);
	}
	if (r->denials)
		jsonw_mint(w, "total_denied", r->denials);
	jsonw_mstr(w, "goal_item_id", r->goal);
	jsonw_mstr(w, "supersedes_run_id", r->supersedes);
}

void
run_entry(struct jsonw *w, const struct run *r, const struct job *j, const struct job_status *st)
{
	jsonw_object(w);
	members(w, r, j, st);
	jsonw_end(w);
}

/* ---- claude_run_inspect ---- */
