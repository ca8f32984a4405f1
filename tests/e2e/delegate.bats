#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The delegate toolset with the real Claude Code: what only an agent at work can show.

load ../lib/common
load ../lib/mcp
load ../lib/e2e

setup() {
	e2e_setup
}

teardown() {
	e2e_teardown
}

# run_tool TOOL FILTER: start a job with it, wait for its end, and read its result.
run_tool() {
	ask "$@" && take_id && finish >/dev/null && ask claude_result '{$cwd, $job_id}'
}

@test "claude_implement: verification commands judge the change, and a failing one is not success" {
	make_repo "$WS"
	printf 'check:\n\tgrep -qx good a.txt\n' >"$WS/Makefile"
	git -C "$WS" add -A
	git -C "$WS" commit -qm make
	begin_talks "$(talk 'Make it good' "$(sh_turn 'echo good >a.txt')" "$(done_turn)")" \
		"$(talk 'Make it bad' "$(sh_turn 'echo bad >a.txt')" "$(done_turn)")"
	run_tool claude_implement '{$cwd, task: "Make it good.", verification_commands: ["make check"]}'
	expect '.result_status == "success" and (.result.checks | any(startswith("make: passed")))'
	run_tool claude_implement '{$cwd, task: "Make it bad.", verification_commands: ["make check"]}'
	expect '.result_status == "partial" and (.result.checks | any(startswith("make: failed")))'
	ask claude_runs '{$cwd}'
	expect '[.entries[] | [.status, .server_verified.status]] == [["partial", "failed"], ["success", "passed"]]'
}

@test "claude_review: of a job's change, structured, and it names the run it was of" {
	begin "$(sh_turn 'echo four >>a.txt')" "$(done_turn)" "$(review_turn 'A word is missing.')"
	write_job
	written=$id
	run_tool claude_review '{$cwd, task: "Is it right?", reviewed_run_id: $job_id}'
	expect '.result_status == "success" and .result.report.verdict == "approve_with_comments"
		and (.result.report.findings[0] | .file == "a.txt" and .line_start == 2 and .confidence == 0.8)'
	json ".params.reviewed == \"$written\"" "$JOB/job.json"
	prompts | tail -n 1 | grep -q '+four'
}

@test "context_roots: the agent reads there, and writes nowhere" {
	mkdir "$BATS_TEST_TMPDIR/other"
	echo 'the word is plover' >"$BATS_TEST_TMPDIR/other/word.txt"
	begin "$(bash_turn "cat $BATS_TEST_TMPDIR/other/word.txt")" \
		"$(bash_turn "tail --lines=1 $BATS_TEST_TMPDIR/other/word.txt > $BATS_TEST_TMPDIR/other/new.txt")" \
		"$(answer_turn 'plover')"
	run_tool claude_query --arg o "$BATS_TEST_TMPDIR/other" '{$cwd, task: "Which word?", context_roots: [{alias: "o", cwd: $o}]}'
	expect '.result_status == "success"'
	grep -q 'the word is plover' "$MODEL_LOG"
	[ ! -e "$BATS_TEST_TMPDIR/other/new.txt" ]
}
