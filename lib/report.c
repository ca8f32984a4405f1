/* SPDX-License-Identifier: MIT */
#include "report.h"
#include <stdio.h>
#include <string.h>
#include "answer.h"
#include "checkrec.h"
#include "jsonw.h"
#include "metricsum.h"
#include "reportcut.h"
#include "landself.h"
#include "session.h"

#define SUMMARY_MAX 600

/* ---- the parts ---- */

static void
put_report(struct jsonw *w, const struct verdict *v, const struct report_cut *c)
{
	const struct json *d = &v->report.d;

	jsonw_key(w, "report");
	report_value(w, d, verdict_structured(v), c, 0);
	report_member(w, d, 0, "text", c);
	report_member(w, d, 0, "errors", c);
}

/* Of all attempts together; the model is the last one's. */
static void
put_usage(struct jsonw *w, const struct verdict *v, const struct report_cut *c)
{
	const struct usage *u = &v->usage;

	jsonw_key(w, "usage");
	jsonw_object(w);
	if (v->usage_known) {
		jsonw_mint(w, "input_tokens", u->n[USAGE_IN]);
		jsonw_mint(w, "output_tokens", u->n[USAGE_OUT]);
		jsonw_mint(w, "cache_read_tokens", u->n[USAGE_READ]);
		jsonw_mint(w, "cache_creation_tokens", u->n[USAGE_MADE]);
		if (u->cost_known) {
			jsonw_key(w, "cost_usd");
			jsonw_double(w, u->cost);
		}
		jsonw_mint(w, "turns", u->turns);
	}
	report_member(w, &v->exit.d, 0, "model", c);
	(void)metricsum_models(w, "gateway", v->job->fd, JOB_METRICS);	/* cannot be read: not told */
	jsonw_end(w);
}

static void
put_attempt(struct jsonw *w, const struct verdict *v, const struct report_cut *c)
{
	static const char *const members[] = { "code", "signal", "terminal_reason",
	    "api_error_status", "duration_ms", "session_id", "model", "version" };

	jsonw_mint(w, "attempts", v->attempt);
	jsonw_key(w, "attempt");
	jsonw_object(w);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		report_member(w, &v->exit.d, 0, members[i], c);
	jsonw_end(w);
	report_member(w, &v->exit.d, 0, "denials", c);
	put_usage(w, v, c);
}

/* Of a job that went on with another. */
static void
put_session(struct jsonw *w, const struct verdict *v)
{
	CLEANUP(free) char *now = NULL;
	struct session s;

	if (session_read(v->job, &s) < 0)
		return;
	now = session_of(v->job);
	jsonw_key(w, "session");
	jsonw_object(w);
	jsonw_mstr(w, "continues", s.from);
	jsonw_mstr(w, "requested_session_id", s.id);
	jsonw_mstr(w, "returned_session_id", now);
	jsonw_mbool(w, "resumed", true);
	jsonw_mbool(w, "forked", s.forked);
	jsonw_end(w);
	session_release(&s);
}

/* The checks of the last round as lines; where there were more rounds, each. */
static void
put_checks(struct jsonw *w, const struct verdict *v)
{
	const struct json *d = &v->checks.d;

	jsonw_key(w, "checks");
	checkrec_lines(w, d, checkrec_last(d), 0);
	if (checkrec_touched(d, checkrec_last(d)))
		jsonw_mint(w, "checks_changed", checkrec_touched(d, checkrec_last(d)));
	if (v->attempt < 2)
		return;
	jsonw_key(w, "rounds");
	jsonw_array(w);
	for (int n = 1; n <= v->attempt; n++) {
		int round = checkrec_of(d, n);

		jsonw_object(w);
		jsonw_mint(w, "attempt", n);
		jsonw_mbool(w, "passed", json_get_bool(d, round, "passed", false));
		jsonw_key(w, "checks");
		checkrec_lines(w, d, round, 0);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
put_landed(struct jsonw *w, const struct verdict *v)
{
	struct buf why CLEANUP(buf) = BUF_INIT;
	bool landed = landself_landed(v->job, &why);

	jsonw_mbool(w, "landed", landed);
	jsonw_mstr(w, "landed_why", why.p);
}

static void
put_reasons(struct jsonw *w, const char *name, const struct change_reason *list, size_t n,
	const struct report_limits *l)
{
	char total[64];

	if (!n)
		return;
	jsonw_key(w, name);
	jsonw_array(w);
	for (size_t i = 0; i < n && i < l->list; i++) {
		jsonw_object(w);
		answer_path(w, "path", list[i].path);
		report_words(w, "reason", list[i].reason);
		jsonw_end(w);
	}
	jsonw_end(w);
	(void)snprintf(total, sizeof total, "%s_total", name);
	jsonw_mint(w, total, (int64_t)n);
}

/* What is not in the list of files: refused, left out, notes, the patch. */
static void
put_change(struct jsonw *w, const struct verdict *v, const struct report_limits *l)
{
	const struct change *c = &v->change;
	char uri[80];

	jsonw_key(w, "change");
	jsonw_object(w);
	jsonw_mbool(w, "snapshot", c->snapshot);
	put_reasons(w, "refused", c->refused, c->nrefused, l);
	put_reasons(w, "special", c->special, c->nspecial, l);
	if (c->ignored_total) {
		jsonw_mint(w, "ignored_total", (int64_t)c->ignored_total);
		jsonw_key(w, "ignored");
		jsonw_array(w);
		for (size_t i = 0; i < c->nignored && i < l->list; i++)
			answer_name(w, c->ignored[i]);
		jsonw_end(w);
	}
	if (c->nnotes) {
		jsonw_key(w, "notes");
		jsonw_array(w);
		for (size_t i = 0; i < c->nnotes && i < l->list; i++)
			report_words(w, NULL, c->notes[i]);
		jsonw_end(w);
	}
	jsonw_mint(w, "patch_bytes", c->patch_bytes);
	(void)snprintf(uri, sizeof uri, "job://%s/" JOB_PATCH, v->job->id);
	jsonw_mstr(w, "patch", uri);
	jsonw_end(w);
}

/* One line per file: what a reviewer needs; modes only where they matter. */
static void
put_files(struct jsonw *w, const struct verdict *v, const struct report_limits *l)
{
	const struct change *c = &v->change;

	jsonw_key(w, "files");
	jsonw_array(w);
	for (size_t i = 0; i < c->nfiles && i < l->files; i++) {
		const struct change_file *f = &c->files[i];

		jsonw_object(w);
		answer_path(w, "path", f->path);
		jsonw_key(w, "status");
		jsonw_str(w, &f->status, 1);
		if (f->binary) {
			jsonw_mbool(w, "binary", true);
		} else {
			jsonw_mint(w, "added", f->added);
			jsonw_mint(w, "deleted", f->deleted);
		}
		if (f->marks) {
			jsonw_key(w, "marks");
			change_write_marks(w, f->marks);
		}
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_mint(w, "files_total", (int64_t)c->nfiles);
	jsonw_key(w, "stat");
	jsonw_object(w);
	jsonw_mint(w, "files", (int64_t)c->nfiles);
	jsonw_mint(w, "added", c->added);
	jsonw_mint(w, "deleted", c->deleted);
	jsonw_end(w);
}

/* ---- warnings ---- */

static void
warn_denials(struct jsonw *w, const struct verdict *v)
{
	const struct json *d = &v->exit.d;
	int list = json_get(d, 0, "denials"), n, shown = 0;
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (!v->facts.denials)
		return;
	(void)buf_addstr(&b, "permission denied to the agent (");
	for (n = json_first(d, list); n >= 0 && shown < 5; n = json_next(d, n), shown++) {
		struct buf tool CLEANUP(buf) = BUF_INIT;

		(void)json_str(d, json_get(d, n, "tool"), &tool);
		(void)buf_addstr(&b, shown ? ", " : "");
		answer_foreign(&b, tool.p, tool.len, 40, NULL);
		(void)buf_addf(&b, " %lld", (long long)json_get_int(d, n, "count", 0));
	}
	(void)buf_addf(&b, "%s): what it says of its own tests may be unreliable",
	    n >= 0 ? ", and others" : "");
	jsonw_str(w, b.p, b.len);
}

static void
warn_isolation(struct jsonw *w, const struct verdict *v)
{
	const struct json *d = &v->isolation.d;
	int list = json_get(d, 0, "missing"), n;
	struct buf b CLEANUP(buf) = BUF_INIT;

	if (!v->facts.started || !json_len(d, list))
		return;
	(void)buf_addstr(&b, "not enforced while the agent ran:");
	for (n = json_first(d, list); n >= 0 && b.len < 300; n = json_next(d, n)) {
		(void)buf_addch(&b, ' ');
		(void)json_str(d, n, &b);
	}
	jsonw_str(w, b.p, b.len);
}

static void
warn_if(struct jsonw *w, bool c, const char *words)
{
	if (c)
		jsonw_cstr(w, words);
}

static void
put_warnings(struct jsonw *w, const struct verdict *v)
{
	const struct outcome_facts *f = &v->facts;
	const struct json *d = &v->report.d;
	int tests = json_get(d, verdict_structured(v), "tests");
	bool ran = true;

	jsonw_key(w, "warnings");
	jsonw_array(w);
	warn_denials(w, v);
	(void)json_bool(d, json_get(d, tests, "ran"), &ran);	/* not said: no warning */
	warn_if(w, f->write && !ran && !f->checks_known, "no tests were run");
	warn_if(w, f->write && tests >= 0 && ran && !json_get_bool(d, tests, "passed", false),
	    "the agent does not say that its tests passed");
	warn_if(w, f->refused > 0,
	    "some paths can never be a part of the change: see result.change.refused");
	warn_if(w, v->change.ignored_total > 0,
	    "files that git ignores are not a part of the change: see result.change.ignored");
	warn_if(w, v->change_why != NULL, v->change_why);
	warn_if(w, f->write && f->started && !f->change_known && !v->change_why &&
	    job_terminal(v->state),
	    "the change was not sealed: jobdir-diff shows the tree as it is");
	warn_if(w, checkrec_touched(&v->checks.d, checkrec_last(&v->checks.d)) > 0,
	    "the checks changed files in the tree: those are no part of the change");
	warn_isolation(w, v);
	jsonw_end(w);
}

void
report_write(struct jsonw *w, const struct verdict *v, const struct report_limits *l)
{
	struct buf summary CLEANUP(buf) = BUF_INIT, tail CLEANUP(buf) = BUF_INIT;
	char where[96];
	struct report_cut c = { .l = l, .where = where };

	(void)snprintf(where, sizeof where, "job://%s/attempt-%d/result.json", v->job->id, v->attempt);
	(void)verdict_summary(v, &summary, l->text < SUMMARY_MAX ? l->text : SUMMARY_MAX);
	jsonw_mstr(w, "result_status", outcome_name(v->outcome));
	jsonw_mstr(w, "why", v->why);
	jsonw_mstr(w, "summary", summary.p);
	answer_agent_words(w, "summary, result.report, result.checks, result.log_tail, file names");
	jsonw_key(w, "result");
	jsonw_object(w);
	if (v->facts.agent) {
		put_report(w, v, &c);
		put_attempt(w, v, &c);
		put_session(w, v);
	}
	if (v->facts.change_known)
		put_change(w, v, l);
	if (v->facts.checks_known)
		put_checks(w, v);
	if (v->facts.change_known && v->change.nfiles)
		put_landed(w, v);
	report_member(w, &v->isolation.d, 0, "containment", &c);
	verdict_isolation(w, v);
	if (v->outcome != OUTCOME_SUCCESS && verdict_log_tail(v, &tail, l->text) == 0 && tail.len)
		jsonw_mstr(w, "log_tail", tail.p);
	jsonw_end(w);
	if (v->facts.change_known)
		put_files(w, v, l);
	put_warnings(w, v);
}

void
report_plan(struct jsonw *w, const struct json *answer, const struct report_limits *l)
{
	static const char *const skip[] = { "preview_token", "job", "job_id", "next_actions",
	    "interaction", "patch", "summary", "next_offset", "preview", "cleanup_performed", NULL };
	struct report_cut c = { .l = l, .where = "part plan", .skip = skip,
	    .ours = true };

	if (json_type(answer, 0) != JSON_T_OBJECT)
		return;
	jsonw_key(w, "plan");
	report_value(w, answer, 0, &c, 0);
	report_member(w, answer, 0, "preview_token", &c);
}
