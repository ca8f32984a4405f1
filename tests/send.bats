#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-send: steering the real Claude Code at a gate, and who cannot be steered.
load lib/common
load lib/e2e

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
}

teardown() {
	jobdir list --active -q 2>/dev/null | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
	stop_model
}

# work TURN...: a write job that is at its gate.
work() {
	need_claude
	printf '%s\n' "$@" | jq -cs '{turns: .}' >script.json
	start_model script.json
	echo 'Make the change.' >prompt
	id=$(jobdir-spawn --recipe=write --cwd="$WS" --prompt=prompt --timeout=50s 3>&-)
	JOB=$(job_dir "$id")
	at_gate
}

@test "a message is woven into the running turn; the model changes with it" {
	work "$(gate_turn)" "$(sh_turn 'echo x >new.txt')" "$(done_turn)"
	run -0 jobdir-send --model=other-model "$id" 'Only touch new.txt.'
	assert_output delivered
	assert_equal "$(find "$JOB/inbox" -type f | wc -l)" "$(find "$JOB/inbox" -name '*.done' | wc -l)"
	open_gate
	jobdir-wait -q "$id"
	run jq -r 'select(.turn == 1) | [.body.model, (.body | tostring)] | join(" ")' "$MODEL_LOG"
	assert_output --partial 'other-model'
	assert_output --partial 'Only touch new.txt.'
}

@test "the tool send: delivered, refused, and nothing to say" {
	work "$(gate_turn)" "$(sh_turn 'echo x >new.txt')" "$(done_turn)"
	export SANDBOX_ROOT=$WS
	send() { jobdir-send --tool=send --request=- <<<"$1"; }
	run -0 send "{\"job_id\":\"$id\",\"message\":\"Only touch \\u00e9.txt.\",\"model\":\"other-model\"}"
	assert_output "{\"job_id\":\"$id\",\"delivered\":true}"
	run -0 send "{\"job_id\":\"$id\"}"
	jq -e '.error.code == "invalid_request" and (.error.message | test("nothing to send"))' <<<"$output"
	run -0 send "{\"job_id\":\"$id\",\"permission_mode\":\"bypassPermissions\"}"
	jq -e '.error.code == "invalid_request"' <<<"$output"
	open_gate
	jobdir-wait -q "$id"
	run jq -r 'select(.turn == 1) | [.body.model, (.body | tostring)] | join(" ")' "$MODEL_LOG"
	assert_output --partial 'other-model'
	assert_output --partial 'Only touch é.txt.'
	run -0 send "{\"job_id\":\"$id\",\"message\":\"late\"}"
	jq -e '.error.code == "refused" and (.error.message | test("cannot take a message"))' <<<"$output"
	SANDBOX_ROOT=$HOME run -0 send "{\"job_id\":\"$id\",\"message\":\"x\"}"
	jq -e '.error.code == "job_not_found"' <<<"$output"
}

@test "an interrupt stops the turn, and the agent goes on with the message" {
	work "$(gate_turn)" "$(sh_turn 'echo y >other.txt')" "$(done_turn)"
	echo 'Do something else.' | jobdir-send -q --interrupt "$id" -
	jobdir-wait -q "$id"
	assert_equal "$(jobdir-diff -q --name-status "$id")" $'A\tother.txt'
	run jq -r '.body | tostring' "$MODEL_LOG"
	assert_output --partial 'Do something else.'
}

@test "an interrupt without a message ends the run" {
	work "$(gate_turn)" "$(done_turn)"
	jobdir-send -q --interrupt "$id" || :
	run ! jobdir-wait -q "$id"
	assert_equal "$(json .terminal_reason "$JOB/attempt-1/exit.json")" aborted_tools
}

@test "refused: a job that has ended, runs a program, no job, nothing to say, no bypass" {
	id=$(jobdir-spawn -- true 3>&-)
	jobdir-wait -q "$id"
	run -1 jobdir-send "$id" hello
	assert_output --partial 'the job cannot take a message: it is succeeded'
	id=$(jobdir-spawn -- sleep 1000 3>&-)
	wait_for 60 test -e "$(job_dir "$id")/state.json"
	run -1 jobdir-send "$id" hello
	assert_output --partial 'no agent is at work'
	run -100 jobdir-send "$id"
	run -103 jobdir-send --permission-mode=bypassPermissions "$id"
	run -100 jobdir-send job-20261121-110000-zzzzzzzz hello
	[ ! -e "$(job_dir "$id")/inbox" ]
}
