/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "answer.h"
#include "attempt.h"
#include "checkrec.h"
#include "jsonw.h"
#include "page.h"
#include "path.h"
#include "store.h"

#define LOG_TAIL_MAX 1500

static void
doc_init(struct verdict_doc *x)
{
	buf_init(&x->text);
	x->d = (struct json){ 0 };
}

static void
doc_release(struct verdict_doc *x)
{
	json_release(&x->d);
	buf_release(&x->text);
}

static bool
is_agent_recipe(const char *recipe)
{
	return recipe && (!strcmp(recipe, "read") || !strcmp(recipe, "review") ||
	    !strcmp(recipe, "write"));
}

/*
 * A recipe that was cut off (cancel, time limit, loss) did not come to sealing:
 * then the one who asks seals, so that what was done is judged, shown and kept.
 */
static int
read_or_seal(struct verdict *v, bool terminal, struct buf *why)
{
	if (change_read(v->job->fd, &v->change, why) == 0)
		return 0;
	if (errno != ENOENT || !terminal || faccessat(v->job->fd, JOB_CTL_GIT, F_OK, 0) < 0)
		return -1;
	return change_of(v->job, true, -1, &v->change, why);
}

static void
load_change(struct verdict *v, bool terminal)
{
	struct buf why CLEANUP(buf) = BUF_INIT;

	if (read_or_seal(v, terminal, &why) == 0) {
		v->facts.change_known = true;
		v->facts.changed_files = (int)v->change.nfiles;
		v->facts.refused = (int)v->change.nrefused;
	} else if (errno != ENOENT) {
		v->change_why = strdup(why.len ? why.p : strerror(errno));
	}
}

static void
load_checks(struct verdict *v)
{
	attempt_json(v->job->fd, JOB_CHECKS, &v->checks.text, &v->checks.d);
	v->facts.checks_known = checkrec_known(&v->checks.d, &v->facts.checks_passed,
	    &v->facts.checks_strayed);
}

static void
load_usage(struct verdict *v)
{
	for (int n = 1; n <= v->attempt; n++) {
		struct buf text CLEANUP(buf) = BUF_INIT;
		int dir CLEANUP(fd) = attempt_open(v->job, n);
		struct json d;

		attempt_json(dir, "usage.json", &text, &d);
		v->usage_known |= json_type(&d, 0) == JSON_T_OBJECT;
		usage_add(&v->usage, &d);
		json_release(&d);
	}
}

static void
load_attempt(struct verdict *v)
{
	struct outcome_facts *f = &v->facts;
	int dir CLEANUP(fd) = attempt_last(v->job, &v->attempt);
	const struct json *e = &v->exit.d;

	attempt_json(dir, "exit.json", &v->exit.text, &v->exit.d);
	load_usage(v);
	/* exit.json is written last: without it the others may be cut */
	if (json_type(e, 0) == JSON_T_OBJECT)
		attempt_json(dir, "result.json", &v->report.text, &v->report.d);
	f->started = dir >= 0;
	f->result_seen = json_get_bool(e, 0, "result", false);
	f->missing = !f->result_seen && (json_get_int(e, 0, "code", 0) == 126 ||
	    json_get_int(e, 0, "code", 0) == 127);
	f->is_error = json_get_bool(e, 0, "is_error", true);
	v->terminal_reason = json_get_cstr(e, 0, "terminal_reason");
	f->terminal_reason = v->terminal_reason;
	f->structured = verdict_structured(v) >= 0;
	f->denials = json_len(e, json_get(e, 0, "denials")) > 0;
	v->reported = json_get_cstr(&v->report.d, verdict_structured(v), "status");
	f->reported = v->reported;
}

/* The recipe ends with the agent's status, or with that of sealing or checking the change. */
static enum job_state
state_to_be(const struct verdict *v)
{
	const struct outcome_facts *f = &v->facts;
	bool good = f->result_seen && !f->is_error && f->terminal_reason &&
	    !strcmp(f->terminal_reason, "completed");

	return good && (f->change_known || !f->write) && (!f->checks_known || f->checks_passed) ?
	    JOB_SUCCEEDED : JOB_FAILED;
}

int
verdict_load(struct verdict *v, struct job *j, const struct job_status *st, bool storing)
{
	*v = (struct verdict){ .job = j };
	doc_init(&v->exit);
	doc_init(&v->report);
	doc_init(&v->checks);
	doc_init(&v->isolation);
	change_init(&v->change);
	v->recipe = job_recipe(j);
	if (!v->recipe) {
		errno = EBADMSG;
		return -1;
	}
	load_attempt(v);
	v->facts.agent = is_agent_recipe(v->recipe) || v->attempt > 0;
	v->facts.structured_wanted = v->facts.agent;
	v->facts.write = !strcmp(v->recipe, "write") || faccessat(j->fd, JOB_CTL_GIT, F_OK, 0) == 0;
	load_change(v, st->terminal);
	load_checks(v);
	attempt_json(j->fd, JOB_ISOLATION, &v->isolation.text, &v->isolation.d);
	v->state = storing && !st->terminal ? state_to_be(v) : st->state;
	v->facts.state = v->state;
	v->outcome = outcome_of(&v->facts, &v->why);
	return 0;
}

void
verdict_release(struct verdict *v)
{
	doc_release(&v->exit);
	usage_release(&v->usage);
	doc_release(&v->report);
	doc_release(&v->checks);
	doc_release(&v->isolation);
	change_release(&v->change);
	free(v->recipe);
	free(v->change_why);
	free(v->terminal_reason);
	free(v->reported);
}

int
verdict_structured(const struct verdict *v)
{
	int n = json_get(&v->report.d, 0, "structured");

	return json_type(&v->report.d, n) == JSON_T_OBJECT ? n : JSON_ABSENT;
}

/* ---- as text ---- */

static void text_value(struct buf *out, const struct json *d, int node, int depth);

static void
text_list(struct buf *out, const struct json *d, int node, int depth)
{
	bool object = json_type(d, node) == JSON_T_OBJECT;

	for (int n = json_first(d, node); n >= 0; n = json_next(d, n)) {
		(void)buf_addf(out, "%*s- ", depth * 2, "");	/* sticky */
		if (object) {
			(void)json_str(d, n, out);
			(void)buf_addstr(out, ": ");
		}
		text_value(out, d, object ? json_value(d, n) : n, depth + 1);
	}
}

static void
text_value(struct buf *out, const struct json *d, int node, int depth)
{
	enum json_type t = json_type(d, node);
	size_t len = 0;
	const char *raw;

	if (t == JSON_T_STRING) {
		(void)json_str(d, node, out);
		(void)buf_addch(out, '\n');
	} else if ((t == JSON_T_OBJECT || t == JSON_T_ARRAY) && depth < 4 && json_len(d, node)) {
		(void)buf_addch(out, '\n');
		text_list(out, d, node, depth);
	} else {
		raw = json_raw(d, node, &len);
		(void)buf_add(out, raw ? raw : "", raw ? len : 0);
		(void)buf_addch(out, '\n');
	}
}

int
verdict_text(const struct verdict *v, struct buf *out)
{
	const struct json *d = &v->report.d;
	int s = verdict_structured(v), n, only = json_get(d, s, "answer");

	if (json_len(d, s) == 1 && only >= 0) {
		text_value(out, d, only, 0);
	} else if (s >= 0) {
		for (n = json_first(d, s); n >= 0; n = json_next(d, n)) {
			int value = json_value(d, n);

			if (json_type(d, value) == JSON_T_ARRAY && !json_len(d, value))
				continue;
			(void)json_str(d, n, out);
			(void)buf_addstr(out, json_len(d, value) ? ":" : ": ");
			text_value(out, d, value, 0);
		}
	} else if (json_type(d, json_get(d, 0, "text")) == JSON_T_STRING) {
		text_value(out, d, json_get(d, 0, "text"), 0);
	}
	for (n = json_first(d, json_get(d, 0, "errors")); n >= 0; n = json_next(d, n))
		text_value(out, d, n, 0);
	return buf_ok(out) ? 0 : -1;
}

int
verdict_log_tail(const struct verdict *v, struct buf *out, size_t max)
{
	int fd CLEANUP(fd) = path_open(v->job->fd, JOB_LOG, O_RDONLY | O_NONBLOCK, 0);

	if (fd >= 0)		/* what cannot be read is nothing */
		(void)page_tail(out, fd, max < LOG_TAIL_MAX ? max : LOG_TAIL_MAX, false);
	return buf_ok(out) ? 0 : -1;
}

void
verdict_isolation(struct jsonw *w, const struct verdict *v)
{
	if (json_type(&v->isolation.d, 0) != JSON_T_OBJECT)
		return;
	jsonw_key(w, "isolation");
	jsonw_node(w, &v->isolation.d, 0);
}

int
verdict_summary(const struct verdict *v, struct buf *out, size_t max)
{
	static const char *const telling[] = { "summary", "answer", "findings" };
	const struct json *d = &v->report.d;
	int s = verdict_structured(v), node = JSON_ABSENT;
	struct buf b CLEANUP(buf) = BUF_INIT;

	for (size_t i = 0; i < sizeof telling / sizeof *telling && node < 0; i++)
		node = json_get(d, s, telling[i]);
	if (node < 0)
		node = json_get(d, 0, "text");
	if (v->outcome != OUTCOME_SUCCESS && v->why)
		(void)buf_addf(&b, "%s%s", v->why, json_type(d, node) == JSON_T_STRING ? ": " : "");
	(void)json_str(d, node, &b);
	if (!b.len)
		(void)buf_addstr(&b, v->why ? v->why : "");
	answer_foreign(out, b.p, b.len, max, NULL);
	return buf_ok(out) ? 0 : -1;
}
