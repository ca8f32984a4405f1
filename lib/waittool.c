/* SPDX-License-Identifier: MIT */
#include "waittool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "await.h"
#include "clock.h"
#include "jobreq.h"
#include "jsonw.h"
#include "nextaction.h"
#include "summary.h"
#include "throttle.h"

#define RESULT_SHOWN 6000		/* bytes of result.json that fit in an answer */

struct call {
	struct jobreq *q;
	struct job_status st;
	int64_t asked_sec;		/* 0: do not wait */
	struct throttle t;
	int64_t age_ms;
};

static void
add_result(struct jsonw *w, const struct call *c)
{
	CLEANUP(buf) struct buf text = BUF_INIT;
	struct json d;

	if (summary_result(&c->q->job, &text, &d) < 0)
		return;
	if (text.len <= RESULT_SHOWN) {
		jsonw_key(w, "result");
		jsonw_node(w, &d, 0);
	}
	json_release(&d);
}

/* One sentence: what came of it, or where it is. */
static void
add_summary(struct jsonw *w, const struct call *c)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	CLEANUP(buf) struct buf text = BUF_INIT;
	CLEANUP(free) char *said = NULL;
	CLEANUP(free) char *phase = NULL;
	struct json d;

	if (c->st.terminal && !summary_result(&c->q->job, &text, &d)) {
		said = json_get_cstr(&d, 0, "summary");
		json_release(&d);
	}
	if (said) {
		answer_foreign(&b, said, strlen(said), 1000, NULL);
	} else {
		(void)summary_words(&b, &c->st);	/* sticky */
		phase = c->st.terminal ? NULL : summary_phase(&c->q->job);
		if (phase)
			(void)buf_addf(&b, ", phase %s", phase);
		if (!c->st.terminal)
			(void)buf_addf(&b, ", %lld s old", (long long)(c->age_ms / 1000));
	}
	jsonw_key(w, "summary");
	jsonw_str(w, b.p, b.len);
}

static void
add_delays(struct jsonw *w, const struct call *c)
{
	char stamp[CLOCK_STAMP];

	if (c->st.terminal)
		return;
	if (c->t.too_soon)
		jsonw_mbool(w, "poll_too_soon", true);
	jsonw_mint(w, "recommended_delay_ms", c->t.delay_ms);
	if (c->t.too_soon)
		jsonw_mint(w, "remaining_delay_ms", c->t.remaining_ms);
	clock_stamp(stamp, c->t.next_ms);
	jsonw_mstr(w, "next_allowed_poll_at", stamp);
}

static void
add_actions(struct jsonw *w, const struct call *c)
{
	CLEANUP(buf) struct buf args = BUF_INIT;
	const char *tool = c->st.terminal ? "claude_result" : "claude_job_wait";
	char extra[64], stamp[CLOCK_STAMP];

	clock_stamp(stamp, c->t.next_ms);
	if (c->st.terminal)
		*extra = '\0';
	else if (c->asked_sec)
		(void)snprintf(extra, sizeof extra, "\"wait_timeout_sec\":%lld",	/* fits */
			(long long)c->asked_sec);
	else
		(void)snprintf(extra, sizeof extra, "\"not_before\":\"%s\"", stamp);	/* fits */
	jsonw_key(w, "next_actions");
	jsonw_array(w);
	if (nextaction_may(tool) && !jobreq_args(c->q, &args, *extra ? extra : NULL))
		answer_action(w, tool, c->st.terminal ? "read what came of the job" :
			"the job is still going on", args.p);
	jsonw_end(w);
}

static void
add_interaction(struct jsonw *w, const struct call *c)
{
	static const struct {
		const char *state, *headline, *next;
	} words[] = {
		{ "completed", "The job has ended", "Read its result with claude_result." },
		{ "poll_too_soon", "Asked again too soon",
			"Do something else until next_allowed_poll_at, or give wait_timeout_sec." },
		{ "waiting", "The job is still going on",
			"Do not start it again; ask at next_allowed_poll_at, or give wait_timeout_sec." },
	};
	int i = c->st.terminal ? 0 : c->t.too_soon ? 1 : 2;

	jsonw_key(w, "interaction");
	jsonw_object(w);
	jsonw_mstr(w, "headline", words[i].headline);
	jsonw_mstr(w, "state", words[i].state);
	jsonw_mstr(w, "next_step", words[i].next);
	jsonw_end(w);
}

static void
write_answer(struct call *c)
{
	bool waiting = !c->st.terminal;
	struct jsonw w;

	jsonw_init(&w, &c->q->out);
	jsonw_object(&w);
	jsonw_key(&w, "job");
	(void)summary_job(&w, &c->q->job, &c->st);	/* sticky in out */
	if (!waiting) {
		add_result(&w, c);
		answer_agent_words(&w, "summary, job.summary, result.summary, result.result.report, "
			"file names");
	}
	jsonw_mstr(&w, "status", job_state_name(c->st.state));
	add_summary(&w, c);
	jsonw_mbool(&w, "waiting", waiting);
	jsonw_mbool(&w, "timed_out", waiting && c->asked_sec);
	jsonw_mbool(&w, "do_not_start_duplicate_job", waiting);
	add_delays(&w, c);
	jsonw_mint(&w, "age_ms", c->age_ms);
	if (waiting) {
		/* The lock is held: that is a heartbeat without a gap. */
		jsonw_mint(&w, "heartbeat_age_ms", 0);
		jsonw_mstr(&w, "stale_state", "fresh");
	}
	add_actions(&w, c);
	add_interaction(&w, c);
	jsonw_end(&w);
}

void
waittool(struct jobreq *q)
{
	struct call c = { .q = q, .asked_sec = request_int(&q->rq, "wait_timeout_sec", 0) };
	int64_t deadline = clock_boot_ms() + await_window_ms(c.asked_sec), now;

	if ((c.asked_sec && await_job(&q->job, &q->root, deadline) < 0) ||
	    job_status(&q->job, &q->root, &c.st) < 0) {
		answer_error(&q->out, errno == EBADMSG ? ANSWER_STATE_DAMAGED :
			errno == ENOENT ? ANSWER_JOB_NOT_FOUND : ANSWER_STATE_UNAVAILABLE,
			job_open_why(errno), NULL);
		return;
	}
	now = clock_wall_ms();
	c.age_ms = summary_age_ms(&c.st);
	c.t = (struct throttle){ .delay_ms = throttle_delay_ms(c.age_ms), .next_ms = now };
	if (!c.st.terminal && !c.asked_sec)
		throttle_call(&q->root, q->job.id, c.age_ms, now, &c.t);
	write_answer(&c);
	job_status_release(&c.st);
}
