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
#include "jobreq.h"
#include "jsonw.h"
#include "landed.h"
#include "report.h"
#include "rungroup.h"
#include "store.h"
#include "summary.h"

#define SUMMARY_MAX 300
#define LANDINGS_MAX 20

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
		if (!r->tree && is_there(j, JOB_CHANGES))
			return "cleaned";
		if (is_blocked(j))
			return "apply_blocked";
	}
	if (!strcmp(s, "success") || !strcmp(s, "failed"))
		return *s == 's' ? "success" : "failed";
	return !strcmp(s, "partial") || !strcmp(s, "needs_user") ? "partial" : "unknown";
}

/* The lines "NAME: passed …" and how many there are. */
static void
count_checks(struct run *r, const struct json *d)
{
	int list = json_path(d, 0, "result.checks");

	for (int n = json_first(d, list); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *line = json_cstr(d, n);

		r->checks++;
		r->passed += line && strstr(line, ": passed") != NULL;
	}
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
	count_checks(r, &d);
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

static void
members(struct jsonw *w, const struct run *r, const struct job *j, const struct job_status *st)
{
	CLEANUP(buf) struct buf tree = BUF_INIT;

	jsonw_mstr(w, "run_id", j->id);
	jsonw_mstr(w, "type", r->type);
	jsonw_mstr(w, "status", r->status);
	jsonw_mstr(w, "lifecycle", r->lifecycle);
	jsonw_mstr(w, "job_status", job_state_name(st->state));
	foreign(w, "summary", r->summary);
	foreign(w, "error", r->error);
	if (r->tree && !buf_addf(&tree, "%s/" JOB_TREE, j->path)) {
		jsonw_mstr(w, "worktree_path", tree.p);
		jsonw_mstr(w, "worktree_name", j->id);
	}
	jsonw_mstr(w, "returned_session_id", r->session);
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

/* job.json without what may hold secrets: the variables that the user named. */
static void
put_request(struct jsonw *w, const struct job *j)
{
	const struct json *d = &j->doc;

	jsonw_key(w, "request");
	jsonw_object(w);
	for (int n = json_first(d, 0); n >= 0; n = json_next(d, n)) {
		CLEANUP(free) char *name = json_cstr(d, n);

		if (!name || !strcmp(name, "env") || !strcmp(name, "argv"))
			continue;
		jsonw_key(w, name);
		jsonw_node(w, d, json_value(d, n));
	}
	jsonw_end(w);
}

/* Each landing: when, how it was agreed to, and whether it was all. */
static void
put_landings(struct jsonw *w, const struct job *j)
{
	CLEANUP(fd) int dir = store_opendir(j->fd, JOB_APPLY);
	char name[40];

	jsonw_key(w, "landings");
	jsonw_array(w);
	for (int i = 1; dir >= 0 && i <= LANDINGS_MAX; i++) {
		CLEANUP(buf) struct buf text = BUF_INIT;
		struct json d;

		(void)snprintf(name, sizeof name, "landed-%d.json", i);
		attempt_json(dir, name, &text, &d);
		if (json_type(&d, 0) == JSON_T_OBJECT) {
			CLEANUP(free) char *at = json_get_cstr(&d, 0, "at");
			CLEANUP(free) char *how = json_get_cstr(&d, 0, "confirmed");

			jsonw_object(w);
			jsonw_mstr(w, "at", at);
			jsonw_mstr(w, "confirmed", how);
			jsonw_mbool(w, "complete", json_get_bool(&d, 0, "complete", false));
			jsonw_mint(w, "files", (int64_t)json_len(&d, json_get(&d, 0, "files")));
			jsonw_end(w);
		}
		json_release(&d);
	}
	jsonw_end(w);
}

static int
put_raw(struct jsonw *w, struct job *j, const struct job_status *st,
	const struct report_limits *limits)
{
	struct verdict v;

	if (verdict_load(&v, j, st, false) < 0)
		return -1;
	jsonw_key(w, "raw");
	jsonw_object(w);
	put_request(w, j);
	jsonw_key(w, "end");
	jsonw_object(w);
	job_status_write(w, st);
	jsonw_end(w);
	report_write(w, &v, limits);
	put_landings(w, j);
	jsonw_end(w);
	verdict_release(&v);
	return 0;
}

/* The whole answer at one level of detail; it must stay below what a client takes. */
static int
inspect(struct jobreq *q, struct run *r, const struct job_status *st,
	const struct report_limits *limits)
{
	struct jsonw w;

	buf_reset(&q->out);
	jsonw_init(&w, &q->out);
	jsonw_object(&w);
	jsonw_key(&w, "entry");
	run_entry(&w, r, &q->job, st);
	if (put_raw(&w, &q->job, st, limits) < 0)
		return -1;
	rungroup_related(&w, q, r);
	jsonw_key(&w, "next_actions");
	jsonw_array(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	return 0;
}

void
run_inspect(struct jobreq *q)
{
	static const struct report_limits levels[] = { { 3000, 40, 60 }, { 800, 10, 20 },
		{ 200, 4, 5 } };
	struct job_status st;
	struct run r = { 0 };
	int got;

	if (job_status(&q->job, &q->root, &st) < 0) {
		answer_error(&q->out, ANSWER_STATE_DAMAGED, "its state cannot be read", NULL);
		return;
	}
	got = run_read(&r, &q->job, &st);
	for (size_t i = 0; !got && i < 3 && (!i || q->out.len > 10000); i++)
		got = inspect(q, &r, &st, &levels[i]) < 0 ? -2 : 0;
	if (got) {
		buf_reset(&q->out);
		answer_error(&q->out, got == -2 ? ANSWER_STATE_DAMAGED : st.terminal ?
			ANSWER_JOB_NOT_FOUND : ANSWER_JOB_NOT_FINISHED, got == -2 ?
			"its records cannot be read" : st.terminal ? "that job is no run of an agent" :
			"a run is a job that has ended", NULL);
	}
	run_release(&r);
	job_status_release(&st);
}
