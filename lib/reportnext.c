/* SPDX-License-Identifier: MIT */
#include "reportnext.h"
#include <stdarg.h>
#include <string.h>
#include "answer.h"
#include "continued.h"
#include "jsonw.h"
#include "nextaction.h"

/* JSON text as it is. */
#define GO_ON "Go on with the earlier work: look at what is there, finish what is missing and mend " \
	"what failed."

/* Everything of the plan is in the workspace already. */
static bool
landed(const struct json *plan)
{
	int list = plan ? json_get(plan, 0, "planned_changes") : JSON_ABSENT, n;

	for (n = json_first(plan, list); n >= 0; n = json_next(plan, n))
		if (!json_is(plan, json_get(plan, n, "op"), "already"))
			return false;
	return json_len(plan, list) > 0;
}

static bool
landable(const struct verdict *v, const struct json *plan)
{
	return v->facts.change_known && v->facts.changed_files > 0 && job_terminal(v->state) &&
	    !landed(plan);
}

static bool
conflicts(const struct json *plan)
{
	return plan && json_len(plan, json_get(plan, 0, "conflicts")) > 0;
}

/* It may be worth going on; to a question there is no answer yet. */
static bool
unfinished(const struct verdict *v)
{
	return v->facts.agent && (v->outcome == OUTCOME_PARTIAL || v->outcome == OUTCOME_FAILED ||
	    v->outcome == OUTCOME_UNKNOWN);
}

void
report_actions(struct jsonw *w, const struct verdict *v, const char *cwd, const struct json *plan)
{
	const char *id = v->job->id;

	jsonw_key(w, "next_actions");
	jsonw_array(w);
	if (!job_terminal(v->state)) {
		nextaction(w, "claude_job_wait", "the job has not finished", cwd, id,
		    ",\"wait_timeout_sec\":300");
	} else {
		if (landable(v, plan))
			nextaction(w, "claude_apply", conflicts(plan) ?
			    "see what is in the way of landing the change" :
			    "preview the change and show it to the user; landing needs their agreement",
			    cwd, id, ",\"preview\":true");
		if (unfinished(v) && continued_can(v->job))
			nextaction(w, "claude_task", "go on with it, in its tree and its conversation, "
			    "if the user wants that", cwd, id, ",\"task\":\"" GO_ON "\"");
		if (v->outcome == OUTCOME_PARTIAL || v->outcome == OUTCOME_FAILED ||
		    v->outcome == OUTCOME_UNKNOWN)
			nextaction(w, "claude_result", "read what happened", cwd, id, ",\"part\":\"log\"");
		if (v->facts.write && v->facts.started && v->outcome != OUTCOME_SUCCESS)
			nextaction(w, "claude_cleanup", "see which trees could be removed", cwd,
			    NULL, ",\"dry_run\":true");
	}
	jsonw_end(w);
}

void
report_interaction(struct jsonw *w, const struct verdict *v, const struct json *plan)
{
	bool ended = job_terminal(v->state);
	const char *state = !ended ? "waiting" : v->outcome == OUTCOME_SUCCESS ||
	    v->outcome == OUTCOME_PARTIAL ? "result_ready" : v->outcome == OUTCOME_NEEDS_USER ?
	    "needs_user" : "needs_attention";
	const char *step;

	if (!ended)
		step = "Wait with claude_job_wait; do not start the task again.";
	else if (v->outcome == OUTCOME_NEEDS_USER)
		step = continued_can(v->job) ? "Put the agent's question to the user; then call "
		    "claude_task with this job_id and the answer as task." :
		    "Put the agent's question to the user; start a new task with the answer in it.";
	else if (landable(v, plan) && conflicts(plan))
		step = "Tell the user what is in the way (plan.conflicts); nothing can be landed yet.";
	else if (landable(v, plan))
		step = "Show the user the summary and the plan, and ask whether to land it. "
		    "Never land, resume or discard on your own.";
	else if (landed(plan))
		step = "The change is in the workspace already.";
	else if (v->outcome == OUTCOME_SUCCESS)
		step = "Give the user the answer.";
	else
		step = "Tell the user what went wrong, and ask how to go on.";
	answer_interaction(w, v->why, state, step);
}
