/* SPDX-License-Identifier: MIT */
#include "canceltool.h"

#include <errno.h>
#include <string.h>
#include "answer.h"
#include "await.h"
#include "buf.h"
#include "clock.h"
#include "jobreq.h"
#include "jsonw.h"
#include "nextaction.h"
#include "store.h"
#include "summary.h"

#define GRACE_MS 5000			/* job.json's default */
#define REACT_MS 10000
#define DIE_MS 5000

int
cancel_ask(struct job *j, const struct root *r, const char *reason)
{
	CLEANUP(buf) struct buf b = BUF_INIT;
	char now[CLOCK_STAMP];
	struct jsonw w;
	int got = job_is_terminal(j, r);

	if (got)
		return got < 0 ? -1 : 0;
	clock_stamp(now, clock_wall_ms());
	jsonw_init(&w, &b);
	jsonw_object(&w);
	jsonw_mstr(&w, "at", now);
	jsonw_mstr(&w, "by", "cancel");
	jsonw_mstr(&w, "reason", reason);
	jsonw_end(&w);
	if (!buf_ok(&b)) {
		errno = ENOMEM;
		return -1;
	}
	/* Not synced: the asking need not survive a power cut, the job does not either. */
	return store_once(j->fd, JOB_CANCEL, b.p, b.len, NULL, STORE_NOSYNC) < 0 ? -1 : 0;
}

int
cancel_finish(struct job *j, const struct root *r, int64_t limit_ms)
{
	int64_t grace = json_get_int(&j->doc, 0, "grace_ms", GRACE_MS), patience;
	int got;

	if (grace < 0 || grace > INT32_MAX)
		grace = GRACE_MS;
	patience = clock_boot_ms() + grace + REACT_MS;
	got = await_job(j, r, patience < limit_ms ? patience : limit_ms);
	if (got || limit_ms < patience)
		return got;
	if (await_kill_supervisor(j) < 0)
		return errno == ESRCH ? job_is_terminal(j, r) : -1;
	return await_job(j, r, clock_boot_ms() + DIE_MS);
}

static void
add_summary(struct jsonw *w, const struct job_status *st, bool before)
{
	CLEANUP(buf) struct buf b = BUF_INIT;

	if (!st->terminal)
		(void)buf_addstr(&b, "asked to cancel; its processes have not all ended yet");
	else if (before)
		(void)buf_addstr(&b, "nothing to cancel, the job had ended: ");
	if (st->terminal)
		(void)summary_words(&b, st);	/* sticky in b */
	jsonw_key(w, "summary");
	jsonw_str(w, b.p, b.len);
}

static void
write_answer(struct jobreq *q, const struct job_status *st, bool before)
{
	CLEANUP(buf) struct buf args = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, &q->out);
	jsonw_object(&w);
	jsonw_mbool(&w, "cancelled", st->state == JOB_CANCELLED);
	answer_agent_words(&w, "job.summary");
	jsonw_key(&w, "job");
	(void)summary_job(&w, &q->job, st);	/* sticky in out */
	jsonw_mstr(&w, "status", job_state_name(st->state));
	add_summary(&w, st, before);
	jsonw_key(&w, "next_actions");
	jsonw_array(&w);
	const char *next = st->terminal ? "claude_result" : "claude_job_wait";

	if (nextaction_may(next) && !jobreq_args(q, &args, NULL))
		answer_action(&w, next, st->terminal ? "see what it had done until then" :
			"wait for its end", args.p);
	jsonw_end(&w);
	jsonw_end(&w);
}

void
canceltool(struct jobreq *q)
{
	int before = job_is_terminal(&q->job, &q->root);
	int64_t limit = clock_boot_ms() + await_window_ms(INT32_MAX);
	struct job_status st;

	if (before < 0 || cancel_ask(&q->job, &q->root, "claude_job_cancel") < 0 ||
	    cancel_finish(&q->job, &q->root, limit) < 0 || job_status(&q->job, &q->root, &st) < 0) {
		answer_error(&q->out, errno == EBADMSG ? ANSWER_STATE_DAMAGED :
			errno == ENOENT ? ANSWER_JOB_NOT_FOUND : ANSWER_STATE_UNAVAILABLE,
			job_open_why(errno), NULL);
		return;
	}
	write_answer(q, &st, before);
	job_status_release(&st);
}
