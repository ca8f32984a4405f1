/* SPDX-License-Identifier: MIT */
#include "t.h"
#include "outcome.h"

#define GOOD .agent = true, .started = true, .result_seen = true, .terminal_reason = "completed", \
	.structured_wanted = true, .structured = true
#define WRITE GOOD, .write = true, .change_known = true, .changed_files = 1
#define S(x) .state = JOB_##x

static const struct row {
	const char *name;
	struct outcome_facts f;
	enum outcome want;
	const char *why;	/* a part of the sentence */
} rows[] = {
	{ "queued", { S(QUEUED), WRITE, .reported = "success" }, OUTCOME_UNKNOWN, "not finished" },
	{ "running", { S(RUNNING), WRITE, .reported = "success" }, OUTCOME_UNKNOWN, "not finished" },
	{ "command done", { S(SUCCEEDED) }, OUTCOME_SUCCESS, "exited with 0" },
	{ "command failed", { S(FAILED) }, OUTCOME_FAILED, "program failed" },
	{ "command cancelled", { S(CANCELLED) }, OUTCOME_FAILED, "cancelled" },
	{ "command timed out", { S(TIMED_OUT) }, OUTCOME_FAILED, "time limit" },
	{ "command lost", { S(LOST) }, OUTCOME_FAILED, "lost" },

	{ "answered", { S(SUCCEEDED), GOOD }, OUTCOME_SUCCESS, "answered" },
	{ "read cancelled", { S(CANCELLED), GOOD }, OUTCOME_FAILED, "cancelled" },
	{ "read timed out", { S(TIMED_OUT), GOOD }, OUTCOME_FAILED, "time limit" },
	{ "read lost after a good result", { S(LOST), GOOD }, OUTCOME_FAILED, "lost" },
	{ "a later step failed", { S(FAILED), GOOD }, OUTCOME_FAILED, "a step of the job" },
	{ "never started", { S(FAILED), .agent = true, .write = true }, OUTCOME_FAILED, "never started" },
	{ "no result line, exit 0", { S(SUCCEEDED), .agent = true, .started = true }, OUTCOME_FAILED, "without a result" },
	{ "no result line, exit 1", { S(FAILED), .agent = true, .started = true }, OUTCOME_FAILED, "without a result" },
	{ "is_error in a succeeded job", { S(SUCCEEDED), .agent = true, .started = true, .result_seen = true,
	    .is_error = true, .terminal_reason = "completed", .structured = true }, OUTCOME_FAILED, "error" },
	{ "API error", { S(FAILED), .agent = true, .started = true, .result_seen = true, .is_error = true,
	    .terminal_reason = "api_error" }, OUTCOME_FAILED, "API failed" },
	{ "turn limit", { S(FAILED), .agent = true, .started = true, .result_seen = true, .is_error = true,
	    .terminal_reason = "max_turns" }, OUTCOME_FAILED, "turn limit" },
	{ "no terminal reason", { S(SUCCEEDED), .agent = true, .started = true, .result_seen = true,
	    .structured = true }, OUTCOME_FAILED, "error" },
	{ "unheard-of reason", { S(SUCCEEDED), .agent = true, .started = true, .result_seen = true,
	    .terminal_reason = "novel", .structured = true }, OUTCOME_FAILED, "error" },
	{ "no structured answer", { S(SUCCEEDED), .agent = true, .started = true, .result_seen = true,
	    .terminal_reason = "completed", .structured_wanted = true }, OUTCOME_UNKNOWN, "no structured" },
	{ "denials change nothing", { S(SUCCEEDED), GOOD, .denials = true }, OUTCOME_SUCCESS, "answered" },

	{ "written", { S(SUCCEEDED), WRITE, .reported = "success" }, OUTCOME_SUCCESS, "own word" },
	{ "written and checked", { S(SUCCEEDED), WRITE, .reported = "success", .checks_known = true,
	    .checks_passed = true }, OUTCOME_SUCCESS, "checks passed" },
	{ "checks failed", { S(SUCCEEDED), WRITE, .reported = "success", .checks_known = true },
	    OUTCOME_PARTIAL, "checks failed" },
	{ "checks failed, so the recipe did", { S(FAILED), WRITE, .reported = "success", .checks_known = true },
	    OUTCOME_PARTIAL, "checks failed" },
	{ "outside its scope", { S(FAILED), WRITE, .reported = "success", .checks_known = true,
	    .checks_strayed = true }, OUTCOME_FAILED, "leaves its scope" },
	{ "a step failed, the checks passed", { S(FAILED), WRITE, .reported = "success", .checks_known = true,
	    .checks_passed = true }, OUTCOME_PARTIAL, "a step of the job" },
	{ "refused paths", { S(SUCCEEDED), WRITE, .reported = "success", .refused = 1 },
	    OUTCOME_PARTIAL, "never be applied" },
	{ "nothing changed", { S(SUCCEEDED), GOOD, .write = true, .change_known = true,
	    .reported = "success" }, OUTCOME_UNKNOWN, "nothing was changed" },
	{ "change not sealed", { S(SUCCEEDED), GOOD, .write = true, .reported = "success" },
	    OUTCOME_UNKNOWN, "not known" },
	{ "no status", { S(SUCCEEDED), WRITE }, OUTCOME_UNKNOWN, "did not say" },
	{ "odd status", { S(SUCCEEDED), WRITE, .reported = "Success" }, OUTCOME_UNKNOWN, "did not say" },
	{ "needs user", { S(SUCCEEDED), WRITE, .reported = "needs_user" }, OUTCOME_NEEDS_USER, "decision" },
	{ "partial", { S(SUCCEEDED), WRITE, .reported = "partial" }, OUTCOME_PARTIAL, "part" },
	{ "failed with changes", { S(SUCCEEDED), WRITE, .reported = "failed" }, OUTCOME_PARTIAL, "could not" },
	{ "failed without", { S(SUCCEEDED), GOOD, .write = true, .change_known = true,
	    .reported = "failed" }, OUTCOME_FAILED, "could not" },
	{ "write, turn limit, changes", { S(FAILED), .agent = true, .started = true, .write = true, .result_seen = true,
	    .is_error = true, .terminal_reason = "max_turns", .change_known = true, .changed_files = 2 },
	    OUTCOME_PARTIAL, "turn limit" },
	{ "write cancelled, changes", { S(CANCELLED), WRITE, .reported = "success" }, OUTCOME_PARTIAL, "cancelled" },
	{ "write timed out, nothing", { S(TIMED_OUT), .agent = true, .started = true, .write = true }, OUTCOME_FAILED, "time limit" },
	{ "write lost, changes", { S(LOST), WRITE, .reported = "success" }, OUTCOME_PARTIAL, "lost" },
	{ "write killed, no result", { S(FAILED), .agent = true, .started = true, .write = true, .change_known = true },
	    OUTCOME_FAILED, "without a result" },
};

/* Whatever the facts, success needs a succeeded job; and no answer is without words. */
static void
check_total(void)
{
	int wrong = 0, mute = 0;

	for (unsigned bits = 0; bits < 7u << 9; bits++) {
		static const char *const words[] = { NULL, "success", "partial", "odd" };
		struct outcome_facts f = { .state = (enum job_state)(bits >> 9),
		    .agent = bits & 1, .started = bits & 1, .write = bits & 2, .result_seen = bits & 4, .is_error = bits & 8,
		    .structured_wanted = bits & 1, .structured = bits & 16, .change_known = bits & 32,
		    .changed_files = bits & 64 ? 1 : 0, .reported = words[bits >> 7 & 3],
		    .terminal_reason = bits & 4 ? "completed" : NULL };
		const char *why = NULL;
		enum outcome o = outcome_of(&f, &why);

		if (o == OUTCOME_SUCCESS && (f.state != JOB_SUCCEEDED ||
		    (f.agent && (!f.result_seen || f.is_error || !f.structured))))
			wrong++;
		if (!why)
			mute++;
	}
	EQ(wrong, 0, "success only of a succeeded job with a good result");
	EQ(mute, 0, "every outcome says why");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *why = NULL;
		enum outcome o = outcome_of(&rows[i].f, &why);

		IS(outcome_name(o), outcome_name(rows[i].want), rows[i].name);
		if (!OK(why && strstr(why, rows[i].why), "says why"))
			printf("# %s\n", why ? why : "(null)");
	}
	check_total();
	return t_done();
}
