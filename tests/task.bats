#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-task: routing, guards and refusals. That a real agent does the work is
# shown in tests/e2e.

load lib/common

setup() {
	isolate
	make_repo ws
}

teardown() {
	jobdir list --active -q | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
}

ask() { # ask JSON: the request form
	jobdir-task --tool=claude_task --request=- <<<"$1"
}

no_jobs() {
	[[ -z $(find "$JOBDIR_STATE/jobs" -mindepth 2 2>/dev/null) ]]
}

@test "task: -h prints the usage, -V the version" {
	run -0 jobdir-task -h
	assert_output --partial 'usage: jobdir-task [-hV]'
	run -0 jobdir-task -V
	assert_output --partial 'jobdir-task 0'
}

@test "task: every problem of a request is named at once" {
	run -0 ask '{"mode":"wrote","timeout_sec":0,"extra":1}'
	assert_equal "$(json .error.code <<<"$output")" invalid_request
	for word in cwd mode timeout_sec extra; do
		[[ $(json .error.message <<<"$output") == *"$word"* ]]
	done
	no_jobs
}

@test "task: a person's bad option is one line on standard error, exit 100" {
	run -100 --separate-stderr jobdir-task --cwd=ws --mode=wrote --task=x
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 1 ]
	assert_regex "$stderr" 'mode'
}

@test "task: a directory outside the allow roots is refused" {
	export CODEX_CLAUDE_ALLOW_ROOTS=$BATS_TEST_TMPDIR/other
	mkdir other
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"explain\"}"
	assert_equal "$(json .error.code <<<"$output")" cwd_refused
	no_jobs
}

@test "task: a dirty workspace is the user's decision, with the files named" {
	echo change >>ws/a.txt
	echo new >ws/new.txt
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"fix it\"}"
	assert_equal "$(json .status <<<"$output")" needs_user
	assert_equal "$(json .error.code <<<"$output")" dirty_workspace
	assert_equal "$(json -c '.dirty_files|sort' <<<"$output")" '["a.txt","new.txt"]'
	no_jobs
}

@test "task: writing in a repository without a commit is refused in words" {
	git init -q empty
	run -0 ask "{\"cwd\":\"$PWD/empty\",\"task\":\"fix it\"}"
	assert_equal "$(json .error.code <<<"$output")" not_a_repository
	assert_regex "$(json .error.message <<<"$output")" 'no commit'
	no_jobs
}

@test "task: writing outside a repository is refused, reading is not" {
	mkdir plain
	run -0 ask "{\"cwd\":\"$PWD/plain\",\"task\":\"fix it\"}"
	assert_equal "$(json .error.code <<<"$output")" not_a_repository
	no_jobs
	CLAUDE_BIN=/nonexistent run -0 ask "{\"cwd\":\"$PWD/plain\",\"task\":\"explain it\"}"
	assert_equal "$(json .delegated_mode <<<"$output")" read
	assert_equal "$(json .job.type <<<"$output")" query
}

@test "task: an instruction file outside the workspace is refused" {
	echo secret >outside.md
	for f in ../outside.md "$PWD/outside.md" /etc/passwd; do
		run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"explain\",\"instruction_files\":[\"$f\"]}"
		assert_equal "$(json .error.code <<<"$output")" invalid_request
	done
	ln -s ../outside.md ws/link.md
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"explain\",\"instruction_files\":[\"link.md\"]}"
	assert_equal "$(json .error.code <<<"$output")" invalid_request
	no_jobs
}

@test "task: a delegated agent may not delegate" {
	BRIDGE_DEPTH=2 run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"explain\"}"
	assert_equal "$(json .error.code <<<"$output")" depth
	no_jobs
}

@test "task: a job of another directory is not found" {
	id=$(jobdir spawn --wait -q --cwd="$PWD/ws" -- true)
	make_repo other
	run -0 ask "{\"cwd\":\"$PWD/other\",\"job_id\":\"$id\"}"
	assert_equal "$(json .error.code <<<"$output")" job_not_found
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"job_id\":\"../../etc\"}"
	[[ $(json .error.code <<<"$output") == @(job_not_found|invalid_request) ]]
}

@test "task: without Claude Code the job fails and says what to install" {
	export CLAUDE_BIN=/nonexistent/claude
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"fix the test\"}"
	assert_equal "$(json .status <<<"$output")" failed
	assert_equal "$(json .waiting <<<"$output" || :)" false
	id=$(json .job.job_id <<<"$output")
	grep -q CLAUDE_BIN "$(job_dir "$id")/log"
	assert_equal "$(end_job_state "$id")" failed
}

@test "task: the prompt reaches prompt.md and no command line" {
	export CLAUDE_BIN=/nonexistent/claude
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"-rf --help fix \\\"quotes\\\" and \\u0007 bells\"}"
	id=$(json .job.job_id <<<"$output")
	grep -qF -- '-rf --help fix "quotes"' "$(job_dir "$id")/prompt.md"
	run ! grep -rlF -- 'and bells' "$(job_dir "$id")/job.json"
}

@test "task: background answers at once with the job and what to call next" {
	export CLAUDE_BIN=/nonexistent/claude
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"task\":\"fix the test\",\"background\":true}"
	id=$(json .job.job_id <<<"$output")
	jobdir wait -q "$id" || :
	[[ $(json .status <<<"$output") == @(running|failed) ]]
	run -0 ask "{\"cwd\":\"$PWD/ws\",\"job_id\":\"$id\"}"
	assert_equal "$(json .status <<<"$output")" failed
	assert_equal "$(json .reuse_decision <<<"$output")" job_id
}

@test "task: a directory whose path is not UTF-8 is refused, with the reason" {
	mkdir $'w\xffs'
	run -0 jobdir-task --tool=claude_task --cwd=$'w\xffs' --task=x
	json '.error | .code == "invalid_request" and .message == "cwd: not UTF-8"' <<<"$output"
	cd $'w\xffs'
	run -0 jobdir-task --tool=claude_task --cwd=. --task=x
	json '.error | .code == "cwd_refused" and (.message | test("is not UTF-8"))' <<<"$output"
	run -0 jobdir-list
	assert_output ''
}

@test "task: without Claude Code the result says so" {
	mkdir w
	CLAUDE_BIN=/nonexistent/claude run -0 jobdir-task --cwd="$PWD/w" --task=x --mode=read
	json '.result_status == "failed" and (.why | test("^Claude Code could not be started: set CLAUDE_BIN"))' <<<"$output"
}
