/* SPDX-License-Identifier: MIT */
#include "worktool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agentctl.h"
#include "answer.h"
#include "await.h"
#include "canceltool.h"
#include "clock.h"
#include "config.h"
#include "jobreq.h"
#include "jsonw.h"
#include "page.h"
#include "steer.h"
#include "summary.h"
#include "worklog.h"
#include "workresult.h"

#define SEND_MS 30000

static void
refuse_state(struct jobreq *q)
{
	answer_error(&q->out, errno == EBADMSG ? ANSWER_STATE_DAMAGED : ANSWER_STATE_UNAVAILABLE,
		job_open_why(errno), NULL);
}

/* How the job stands, and what came of it where it has ended. */
static void
say_state(struct jobreq *q, bool waited)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	struct job_status st;

	if (job_status(&q->job, &q->root, &st) < 0) {
		refuse_state(q);
		return;
	}
	if (workresult(&q->out, q, &st, waited, &why) < 0) {
		buf_reset(&q->out);
		answer_error(&q->out, ANSWER_INTERNAL, why.len ? why.p : strerror(errno), NULL);
	}
	job_status_release(&st);
}

static void
wait_job(struct jobreq *q)
{
	CLEANUP(buf) struct buf why = BUF_INIT;
	int64_t ms, most = await_window_ms(INT32_MAX);

	if (config_int("WAIT_DEFAULT_MS", &ms, &why) < 0) {
		answer_error(&q->out, ANSWER_INVALID_REQUEST, why.p, NULL);
		return;
	}
	ms = request_int(&q->rq, "timeout_ms", ms);
	if (await_job(&q->job, &q->root, clock_boot_ms() + (ms < most ? ms : most)) < 0)
		refuse_state(q);
	else
		say_state(q, true);
}

static void
cancel_job(struct jobreq *q)
{
	int64_t limit = clock_boot_ms() + await_window_ms(INT32_MAX);

	if (cancel_ask(&q->job, &q->root, "cancel") < 0 ||
	    cancel_finish(&q->job, &q->root, limit) < 0)
		refuse_state(q);
	else
		say_state(q, false);
}

static void
tail_job(struct jobreq *q)
{
	int64_t limit = request_int(&q->rq, "limit", WORKLOG_LINES), offset;
	struct job_status st;
	struct jsonw w;

	if (job_status(&q->job, &q->root, &st) < 0) {
		refuse_state(q);
		return;
	}
	offset = request_int(&q->rq, "offset", -1);
	jsonw_init(&w, &q->out);
	jsonw_object(&w);
	jsonw_mstr(&w, "job_id", q->job.id);
	jsonw_mstr(&w, "job_status", workresult_status(&st, NULL));
	if (worklog(&w, q->job.fd, offset, limit) < 0) {
		bool beyond = errno == EINVAL;

		buf_reset(&q->out);
		answer_error(&q->out, beyond ? ANSWER_INVALID_REQUEST : ANSWER_STATE_UNAVAILABLE,
			beyond ? "offset: beyond the end of the log" : strerror(errno), NULL);
	} else {
		jsonw_end(&w);
	}
	job_status_release(&st);
}

/* Delivered or not is an answer; a job that can take nothing is refused. */
static void
send_job(struct jobreq *q)
{
	CLEANUP(buf) struct buf words = BUF_INIT;
	CLEANUP(free) char *message = request_str(&q->rq, "message");
	CLEANUP(free) char *model = request_str(&q->rq, "model");
	CLEANUP(free) char *mode = request_str(&q->rq, "permission_mode");
	int64_t most = await_window_ms(INT32_MAX), ms = request_int(&q->rq, "timeout_ms", SEND_MS);
	struct steer_want want = { .message = message, .model = model, .mode = mode,
		.interrupt = request_bool(&q->rq, "interrupt", false),
		.timeout_ms = ms < most ? ms : most };
	struct jsonw w;

	if (!message && !model && !mode && !want.interrupt) {
		answer_error(&q->out, ANSWER_INVALID_REQUEST, "nothing to send: message, interrupt, "
			"model or permission_mode is wanted", NULL);
		return;
	}
	if ((model && *model == '-') || (mode && !agentctl_mode(mode))) {
		answer_error(&q->out, ANSWER_INVALID_REQUEST, mode && !agentctl_mode(mode) ?
			"permission_mode: not for a running agent" : "model: begins with a dash", NULL);
		return;
	}
	enum steer_fate fate = steer(&q->job, &q->root, &want, &words);
	if (fate == STEER_CANNOT || fate == STEER_ERROR) {
		answer_error(&q->out, fate == STEER_CANNOT ? ANSWER_REFUSED : ANSWER_STATE_UNAVAILABLE,
			words.p, "get says how the job stands");
		return;
	}
	jsonw_init(&w, &q->out);
	jsonw_object(&w);
	jsonw_mstr(&w, "job_id", q->job.id);
	jsonw_mbool(&w, "delivered", fate == STEER_DELIVERED);
	if (fate != STEER_DELIVERED)
		jsonw_mstr(&w, "why", words.p);
	jsonw_end(&w);
}

void
worktool(struct jobreq *q)
{
	if (!strcmp(q->rq.tool, "wait"))
		wait_job(q);
	else if (!strcmp(q->rq.tool, "cancel"))
		cancel_job(q);
	else if (!strcmp(q->rq.tool, "tail"))
		tail_job(q);
	else if (!strcmp(q->rq.tool, "send"))
		send_job(q);
	else
		say_state(q, false);
}
