#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The MCP server among real jobs: it may come and go, and many jobs run side by side.

load ../lib/common
load ../lib/mcp
load ../lib/e2e

setup() {
	e2e_setup
}

teardown() {
	e2e_teardown
}

# waiting_task: a call that waits for a job which waits at its gate; $call, $id, $JOB.
waiting_task() {
	send claude_task '{$cwd, mode: "write", task: "Make the change."}'
	first_job
	at_gate
}

@test "a server killed with -9 in the middle of a call: the job goes on, a new server has the result" {
	begin "$(gate_turn 'echo x >x.txt')" "$(done_turn)"
	waiting_task
	kill -9 "$MCP_PID"
	wait "$MCP_PID" || :
	[ -z "$(end_job_state "$id")" ]
	mcp_start
	mcp_initialize
	ask claude_jobs '{$cwd}'
	expect --arg id "$id" '[.entries[] | .job_id + " " + .status] == ["\($id) running"]'
	open_gate
	ask claude_task '{$cwd, $job_id}'
	expect '.status == "success" and .job.status == "succeeded" and [.files[].path] == ["x.txt"]'
	land
	[ "$(cat "$WS/x.txt")" = x ]
}

@test "the end of input in the middle of a call ends the server at once, not the job" {
	begin "$(gate_turn 'echo x >x.txt')" "$(done_turn)"
	waiting_task
	started=$SECONDS
	mcp_stop
	((SECONDS - started < 15))
	MCP_PID=
	[ -z "$(end_job_state "$id")" ]
	open_gate
	[ "$(finish)" = succeeded ]
	result=$(once claude_result '{$cwd, $job_id}')
	expect '.result_status == "success"'
}

@test "a server whose whole process group is killed leaves the job alone" {
	begin "$(gate_turn 'echo x >x.txt')" "$(done_turn)"
	mcp_kill
	MCP=setsid mcp_start jobdir-mcp
	mcp_initialize
	waiting_task
	kill -9 -- "-$MCP_PID"
	wait "$MCP_PID" || :
	MCP_PID=
	[ -z "$(end_job_state "$id")" ]
	open_gate
	[ "$(finish)" = succeeded ]
}

@test "a task that outlasts its window answers waiting, and the wait brings the result" {
	begin "$(gate_turn 'echo x >x.txt')" "$(done_turn)"
	ask claude_task '{$cwd, mode: "write", task: "Make the change.", wait_timeout_sec: 1}'
	take_id
	expect '.waiting == true and .status == "running" and .do_not_start_duplicate_job == true'
	expect --arg id "$id" '.next_actions[0].tool == "claude_job_wait" and .next_actions[0].args.job_id == $id'
	at_gate
	send claude_job_wait '{$cwd, $job_id, wait_timeout_sec: 30}'
	open_gate
	receive
	expect '.waiting == false and .job.status == "succeeded"'
}

@test "two jobs work in one repository at the same time, and both land" {
	begin_talks \
		"$(talk 'the first task' "$(gate_turn 'echo first >first.txt; sed -i s/one/ONE/ a.txt')" "$(done_turn)")" \
		"$(talk 'the second task' "$(gate_turn 'echo second >second.txt; sed -i s/three/THREE/ a.txt')" "$(done_turn)")"
	background_job '{task: "Do the first task."}'
	one=$id
	at_gate
	background_job '{task: "Do the second task."}'
	two=$id
	at_gate
	[ "$one" != "$two" ]
	ask claude_jobs '{$cwd, status: "running"}'
	expect '.entries | length == 2'
	for id in "$two" "$one"; do
		JOB=$(job_dir "$id")
		open_gate
		ask claude_task '{$cwd, $job_id}'
		expect '.status == "success" and (.files | length == 2)'
		[ ! -e "$JOB/tree/$([ "$id" = "$one" ] && echo second || echo first).txt" ]
	done
	for id in "$one" "$two"; do
		land
	done
	[ "$(cat "$WS/a.txt" "$WS/first.txt" "$WS/second.txt")" = $'ONE\ntwo\nTHREE\nfirst\nsecond' ]
	clean=$(git -C "$WS" status --porcelain | sort | xargs)
	assert_equal "$clean" 'M a.txt ?? first.txt ?? second.txt'
}

@test "a prompt of 200 KB reaches the model whole, and no command line" {
	begin "$(gate_turn)" "$(sh_turn 'echo x >x.txt')" "$(done_turn)"
	head -c 150000 /dev/urandom | base64 -w 100 >long
	jq -Rs '"Begin 4711.\n" + . + "\nEnd 4712."' long >task.json
	jq -c --arg cwd "$WS" '{jsonrpc: "2.0", id: 77, method: "tools/call", params: {name: "claude_task",
		arguments: {cwd: $cwd, mode: "write", task: ., background: true}}}' task.json >&"$MCP_IN"
	receive 77
	take_id
	at_gate
	run ! grep -laF "$(sed -n 1000p long)" /proc/[0-9]*/cmdline /proc/[0-9]*/environ
	open_gate
	[ "$(finish)" = succeeded ]
	prompts | jq -se --slurpfile t task.json 'any(contains($t[0]))'
}

@test "prompts that begin with a dash, or are options, are prompts" {
	begin "$(answer_turn ok)"
	for text in '-rf is it safe?' --help '-- explain' $'-\nexplain' '@file $(explain) `x`'; do
		ask claude_task --arg t "$text" '{$cwd, mode: "read", task: $t}'
		expect '.status == "success"'
		prompts | jq -se --arg t "$text" '.[-1] | contains($t)'
	done
}

@test "cancel while a Bash tool runs: the call that waits gets its answer, soon" {
	begin "$(gate_turn 'echo agent >>a.txt')" "$(done_turn)"
	waiting_task
	wait_call=$call
	ask claude_job_cancel '{$cwd, $job_id}'
	expect '.error == null'
	receive "$wait_call"
	expect '.status == "cancelled" and .job.status == "cancelled" and .waiting == false'
	[ "$(json .duration_ms "$JOB/end.json")" -lt 40000 ]
	alone
}

@test "thirty calls at once are thirty answers" {
	make_repo "$WS"
	mcp_start
	mcp_initialize
	id=$(jobdir spawn --cwd="$WS" -- sleep 50)
	calls=()
	for i in {1..10}; do
		send claude_job_wait '{$cwd, $job_id, wait_timeout_sec: 30}'
		calls+=("$call")
		send claude_jobs '{$cwd}'
		calls+=("$call")
		send claude_result '{$cwd, $job_id}'
		calls+=("$call")
	done
	ask claude_job_cancel '{$cwd, $job_id}'
	for call in "${calls[@]}"; do
		receive "$call"
		expect '.error == null'
	done
}
