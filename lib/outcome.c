/* SPDX-License-Identifier: MIT */
#include "outcome.h"
#include <stddef.h>
#include <string.h>

const char *
outcome_name(enum outcome o)
{
	switch (o) {
	case OUTCOME_SUCCESS: return "success";
	case OUTCOME_PARTIAL: return "partial";
	case OUTCOME_FAILED: return "failed";
	case OUTCOME_NEEDS_USER: return "needs_user";
	case OUTCOME_UNKNOWN: break;
	}
	return "unknown";
}

/* How the agent says that it stopped, and what to tell people. */
static const struct {
	const char *reason, *why;
} stops[] = {
	{ "max_turns", "the turn limit was reached" },
	{ "budget_exhausted", "the cost limit was reached" },
	{ "api_error", "the model's API failed" },
	{ "prompt_too_long", "the prompt is too long for the model" },
	{ "blocking_limit", "the model's context window is full" },
	{ "rapid_refill_breaker", "the model's context window is too small for the task" },
	{ "model_error", "the model failed" },
	{ "malformed_tool_use_exhausted", "the model gave malformed tool calls" },
	{ "structured_output_retry_exhausted", "the agent's answer did not fit its schema" },
	{ "aborted_streaming", "the agent was interrupted" },
	{ "aborted_tools", "the agent was interrupted" },
};

const char *
outcome_stop_words(const char *reason)
{
	for (size_t i = 0; reason && i < sizeof stops / sizeof *stops; i++)
		if (!strcmp(stops[i].reason, reason))
			return stops[i].why;
	return "the agent ended with an error";
}

/* Why the run itself did not go well, or NULL: it did. */
static const char *
run_failure(const struct outcome_facts *f)
{
	switch (f->state) {
	case JOB_CANCELLED: return "the job was cancelled";
	case JOB_TIMED_OUT: return "the time limit was reached";
	case JOB_LOST: return "the job was lost: its supervisor died";
	case JOB_FAILED:
	case JOB_SUCCEEDED: break;
	case JOB_QUEUED:
	case JOB_RUNNING: return "the job has not finished";
	}
	if (!f->agent)
		return f->state == JOB_SUCCEEDED ? NULL : "the program failed";
	if (!f->started)
		return "the agent was never started";
	if (f->missing)
		return "Claude Code could not be started: set CLAUDE_BIN to its path, or install it "
		    "(npm install -g @anthropic-ai/claude-code)";
	if (!f->result_seen)
		return "the agent ended without a result";
	if (f->is_error)
		return outcome_stop_words(f->terminal_reason);
	if (!f->terminal_reason || strcmp(f->terminal_reason, "completed") != 0)
		return outcome_stop_words(f->terminal_reason);
	/* the recipe of a write job ends with 1 when a check failed: judged by the checks */
	if (f->state != JOB_SUCCEEDED && !(f->write && f->checks_known && !f->checks_passed))
		return "the agent finished, but a step of the job failed";
	return NULL;
}

/* The run went well; what did it do? */
static enum outcome
judge_write(const struct outcome_facts *f, const char **why)
{
	const char *said = f->reported ? f->reported : "";
	bool changed = f->change_known && f->changed_files > 0;

	if (!strcmp(said, "needs_user"))
		return *why = "the agent needs a decision of the user", OUTCOME_NEEDS_USER;
	if (!strcmp(said, "partial"))
		return *why = "the agent did a part of it", OUTCOME_PARTIAL;
	if (!strcmp(said, "failed"))
		return *why = "the agent could not do it", changed ? OUTCOME_PARTIAL : OUTCOME_FAILED;
	if (strcmp(said, "success") != 0)
		return *why = "the agent did not say what came of it", OUTCOME_UNKNOWN;
	if (!f->change_known)
		return *why = "what was changed is not known", OUTCOME_UNKNOWN;
	if (f->checks_known && f->checks_strayed)
		return *why = "the change leaves its scope", OUTCOME_FAILED;
	if (f->refused > 0)
		return *why = "a part of the change can never be applied", OUTCOME_PARTIAL;
	if (f->changed_files <= 0)
		return *why = "success was reported, but nothing was changed", OUTCOME_UNKNOWN;
	if (f->checks_known && !f->checks_passed)
		return *why = "the checks failed", OUTCOME_PARTIAL;
	return *why = f->checks_known ? "done, and the checks passed" : "done, by the agent's own word",
	    OUTCOME_SUCCESS;
}

enum outcome
outcome_of(const struct outcome_facts *f, const char **why)
{
	const char *unused;

	if (!why)
		why = &unused;
	*why = run_failure(f);
	if (*why && !job_terminal(f->state))
		return OUTCOME_UNKNOWN;
	if (*why)
		return f->agent && f->write && f->change_known && f->changed_files > 0 ?
		    OUTCOME_PARTIAL : OUTCOME_FAILED;
	if (!f->agent)
		return *why = "the program exited with 0", OUTCOME_SUCCESS;
	if (f->structured_wanted && !f->structured)
		return *why = "the agent gave no structured answer", OUTCOME_UNKNOWN;
	if (f->write)
		return judge_write(f, why);
	return *why = "answered", OUTCOME_SUCCESS;
}
