/* SPDX-License-Identifier: MIT */
#include "taskanswer.h"

#include <string.h>
#include "jsonw.h"

void
taskanswer_inference(struct jsonw *w, const struct task *t)
{
	CLEANUP(free) char *asked = request_str(t->rq, "mode");
	const struct infer *i = &t->infer;

	jsonw_mstr(w, "delegated_mode", infer_mode_name(i->mode));
	jsonw_key(w, "mode_inference");
	jsonw_object(w);
	jsonw_mstr(w, "requested_mode", strcmp(t->rq->tool, "claude_task") ?
		infer_mode_name(i->mode) : asked ? asked : "auto");
	jsonw_mstr(w, "delegated_mode", infer_mode_name(i->mode));
	jsonw_mstr(w, "reason", i->reason);
	jsonw_mstr(w, "confidence", i->confidence);
	jsonw_key(w, "matched_hints");
	jsonw_array(w);
	for (int k = 0; k < 2 && i->hints[k]; k++)
		jsonw_cstr(w, i->hints[k]);
	jsonw_end(w);
	jsonw_end(w);
}

void
taskanswer_dirty(struct buf *out, const struct task *t)
{
	CLEANUP(buf) struct buf s = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_mstr(&w, "status", "needs_user");
	jsonw_mstr(&w, "result_status", "needs_user");
	taskanswer_inference(&w, t);
	(void)buf_addf(&s, "The workspace has %zu uncommitted change%s%s. Nothing was started: ask the "
		"user whether to commit or stash first, to start from the last commit (dirty_policy: "
		"committed) or from the files as they are (dirty_policy: snapshot).",
		t->dirty_count, t->dirty_count == 1 ? "" : "s",
		t->lists[TASKLIST_ALLOWED].n ? " in the files that may change" : "");
	jsonw_mstr(&w, "summary", s.p);
	jsonw_key(&w, "dirty_files");
	jsonw_array(&w);
	for (size_t i = 0; t->dirty && t->dirty[i]; i++)
		jsonw_cstr(&w, t->dirty[i]);
	jsonw_end(&w);
	jsonw_mint(&w, "dirty_total", (int64_t)t->dirty_count);
	jsonw_mbool(&w, "waiting", false);
	answer_error_member(&w, ANSWER_DIRTY_WORKSPACE, "the workspace has uncommitted changes",
		"commit or stash them, or call again with dirty_policy committed or snapshot");
	answer_interaction(&w, "The workspace has uncommitted changes.", "needs_user",
		"Ask the user: commit or stash first, start from the last commit, or from the files "
		"as they are. Never choose on your own.");
	jsonw_end(&w);
}

static void
put_wait(struct jsonw *w, const struct taskanswer_wait *how)
{
	jsonw_key(w, "wait");
	jsonw_object(w);
	jsonw_mstr(w, "mode", how->window_ms ? "block" : "background");
	if (how->window_ms)
		jsonw_mint(w, "timeout_sec", how->window_ms / 1000);
	jsonw_mbool(w, "completed_inline", how->ended);
	jsonw_mbool(w, "waiting", !how->ended);
	jsonw_mbool(w, "timed_out", how->window_ms && !how->ended);
	jsonw_mbool(w, "do_not_start_duplicate_job", !how->ended);
	jsonw_mstr(w, "continuation_tool", "claude_job_wait");
	jsonw_end(w);
}

void
taskanswer_reuse(struct jsonw *w, const struct task *t, const char *job_id,
	const struct taskanswer_wait *how)
{
	CLEANUP(buf) struct buf message = BUF_INIT;

	jsonw_mstr(w, "reuse_decision", how->continued ? "job_id" : how->deduped ? "deduped" :
		"created");
	jsonw_mbool(w, "deduped", how->deduped);
	if (how->deduped && !buf_addf(&message, "The same request is being worked on as %s: this is "
	    "that job.", job_id))
		jsonw_mstr(w, "message", message.p);
	if (how->unasked)
		jsonw_mstr(w, "message", "The job has not ended: nothing was done about this task. "
			"Wait for the job, then call again to go on with it.");
	jsonw_key(w, "dedup_policy");
	jsonw_raw(w, "{\"enabled\":true,\"key\":\"task_fingerprint\",\"applies_to\":"
		"[\"read\",\"review\",\"write\"]}", 80);
	put_wait(w, how);
	if (t && t->warnings.n)
		jsonw_mstrs(w, "request_warnings", t->warnings.v, t->warnings.n);
}
