/* SPDX-License-Identifier: MIT */
#include "runinspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "attempt.h"
#include "buf.h"
#include "jobreq.h"
#include "jsonw.h"
#include "report.h"
#include "rungroup.h"
#include "runs.h"
#include "store.h"

#define LANDINGS_MAX 20

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
	answer_agent_words(&w, "entry.summary");
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
