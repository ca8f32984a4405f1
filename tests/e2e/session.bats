#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Going on with a job: its tree, its conversation, and never another's; with the real Claude
# Code and a scripted model.
load ../lib/common
load ../lib/mcp
load ../lib/e2e

setup() { e2e_setup; }
teardown() { e2e_teardown; }

# heard N: the messages of the Nth request to the model, as one text.
heard() {
	jq -rs --argjson n "$1" '.[$n - 1].body.messages | map(.role + ": " + (.content |
		if type == "string" then . else map(.text // .input.command // .content // "" | tostring) | join("\n") end)) | join("\n")' "$MODEL_LOG"
}

# go_on JOB [OPTION...]: continue it from the shell; sets $id and $JOB, waits.
go_on() {
	local from=$1
	shift
	echo "${PROMPT-And now the second file.}" >prompt
	id=$(jobdir-spawn --continue="$from" --prompt=prompt --timeout=50s "$@" 3>&-) || return 1
	JOB=$(job_dir "$id")
	finish
}

@test "a job goes on where another ended: same tree, same conversation, one change against the same base" {
	begin "$(bash_turn 'echo first >one.txt')" "$(done_turn success 'The first is there.')" \
		'{"text": "never asked for"}' "$(sh_turn 'cat one.txt; echo second >two.txt')" "$(done_turn success 'The second, too.')"
	write_job
	first=$id FIRST=$JOB
	expect '.status == "success"'
	echo later >"$WS/later.txt" && git -C "$WS" add . && git -C "$WS" commit -qm later
	assert_equal "$(go_on "$first")" succeeded
	go_on_id=$(basename "$(readlink "$FIRST/continued-by")")
	id=$go_on_id JOB=$(job_dir "$go_on_id")
	# it heard what was said before, and where it is now
	run heard 4
	assert_output --partial 'Make the change.'
	assert_output --partial 'echo first >one.txt'
	assert_output --partial 'And now the second file.'
	assert_output --partial "$JOB/tree"
	assert_equal "$(jq -r .session_id "$FIRST/attempt-1/exit.json")" "$(jq -r .session_id "$JOB/attempt-1/exit.json")"
	# both changes, of one base
	result=$(jobdir-result --json "$id")
	expect '[.files[].path] == ["one.txt", "two.txt"] and .result_status == "success"'
	assert_equal "$(jq -c .base "$JOB/changes.json")" "$(jq -c .base "$FIRST/changes.json")"
	# two requests of 100 and 50 each; the money, too, is of this run alone
	expect '.result.usage.input_tokens == 200 and .result.usage.output_tokens == 100'
	assert_equal "$(jq .cost_usd "$JOB/attempt-1/usage.json")" "$(jq .cost_usd "$FIRST/attempt-1/usage.json")"
	# the first has its change, and nothing else
	run -0 jobdir-diff -q --list "$first"
	assert_output 'A 000000 100644 one.txt'
	[ ! -e "$FIRST/tree" ] && [ ! -e "$FIRST/home" ] && [ ! -e "$FIRST/agent.git" ]
	land
	assert_equal "$(cat "$WS/one.txt" "$WS/two.txt" "$WS/later.txt" | paste -sd' ')" 'first second later'
}

@test "forked: the first job stays as it is, and is gone on with afterwards" {
	begin "$(bash_turn 'echo first >one.txt')" "$(done_turn)" '{"text": "never asked for"}' \
		"$(sh_turn 'cat one.txt; echo second >>one.txt')" "$(done_turn)"
	write_job
	first=$id FIRST=$JOB
	assert_equal "$(go_on "$first" --fork)" succeeded
	assert_equal "$(cat "$FIRST/tree/one.txt")" first
	[ ! -e "$FIRST/continued-by" ]
	fork=$(jobdir-list --json | jq -rs --arg f "$first" 'map(select(.continues == $f))[0].job_id')
	assert_equal "$(go_on "$first")" succeeded
	next=$(basename "$(readlink "$FIRST/continued-by")")
	[ "$next" != "$fork" ]
	for id in "$fork" "$next"; do
		JOB=$(job_dir "$id")
		assert_equal "$(paste -sd' ' "$JOB/tree/one.txt")" 'first second'
		assert_equal "$(jq .input_tokens "$JOB/attempt-1/usage.json")" 200
		git -C "$JOB/tree" status --short >status
		assert_equal "$(cat status)" '?? one.txt'
	done
	# the copy goes on under an id of its own
	own=$(jq -r .session_id "$FIRST/attempt-1/exit.json")
	[ "$(jq -r .session_id "$(job_dir "$fork")/attempt-1/exit.json")" != "$own" ]
	[ "$(jq -r .session_id "$(job_dir "$next")/attempt-1/exit.json")" = "$own" ]
	run heard 4
	assert_output --partial 'echo first >one.txt'
}

@test "gone on with after it was cleaned: refused with the reason, and nothing is started" {
	begin "$(bash_turn 'echo first >one.txt')" "$(done_turn)"
	write_job
	rm "$JOB"/home/projects/*/*.jsonl
	ask claude_task '{$cwd, $job_id, task: "And the second."}'
	expect --arg id "$id" '.error | .code == "refused" and .message == "the session of \u0027\($id)\u0027 is no longer there"'
	jobdir-tree -f remove "$id"
	ask claude_task '{$cwd, $job_id, task: "And the second."}'
	expect --arg id "$id" '.error | .code == "refused" and .message == "the tree of \u0027\($id)\u0027 was cleaned"'
	ask claude_task '{$cwd, resume_latest: true, task: "And the second."}'
	expect '.error.message | test("was cleaned")'
	assert_equal "$(compgen -G "$JOBDIR_STATE/jobs/*/job-*" | wc -l)" 1
	assert_equal "$(wc -l <"$MODEL_LOG")" 2
}

@test "two tasks side by side: resume_latest goes on with that of its goal, and never with the other" {
	for t in alpha beta; do
		talks+=("$(talk "Make $t" "$(gate_turn "echo $t >$t.txt")" "$(done_turn)" '{"text": "never asked for"}' \
			"$(sh_turn "cat $t.txt; ls; echo more >>$t.txt")" "$(done_turn)")")
	done
	begin_talks "${talks[@]}"
	for t in alpha beta; do
		background_job "{task: \"Make $t\", goal_item_id: \"$t\"}"
		ids+=("$id")
	done
	for id in "${ids[@]}"; do JOB=$(job_dir "$id"); at_gate; done
	for id in "${ids[@]}"; do JOB=$(job_dir "$id"); open_gate; done
	for id in "${ids[@]}"; do assert_equal "$(finish)" succeeded; done
	ask claude_task '{$cwd, resume_latest: true, task: "More of it."}'
	expect '.error | .code == "refused" and (.message | test("two tasks ran side by side"))'
	for t in beta alpha; do
		write_job "{resume_latest: true, goal_item_id: \"$t\", task: \"More of it.\"}"
		expect '.status == "success" and [.files[].path] == ["'$t'.txt"]'
		assert_equal "$(paste -sd' ' "$JOB/tree/$t.txt")" "$t more"
		run jq -c 'select(.turn >= 3) | .body.messages' "$MODEL_LOG"
		run tail -n1 <<<"$output"
		assert_output --partial "Make $t"
		refute_output --partial "Make $([ $t = beta ] && echo alpha || echo beta)"
	done
}

@test "a job whose supervisor was killed goes on: what it said and did is there" {
	begin "$(gate_turn 'echo first >one.txt')" "$(done_turn | jq -c '. + {repeat: true}')"
	background_job
	at_gate
	wait_for 60 grep -rqsF 'echo first' "$JOB/home" --include='*.jsonl'	# it writes that behind its back
	kill_supervise
	assert_equal "$(finish)" lost
	alone
	ask claude_task '{$cwd, $job_id, task: "Where were we?", wait_timeout_sec: 25}'
	expect --arg id "$id" '.job.continues == $id and .delegated_mode == "write"'
	take_id
	assert_equal "$(finish)" succeeded
	assert_equal "$(cat "$JOB/tree/one.txt")" first
	run heard "$(wc -l <"$MODEL_LOG")"
	assert_output --partial 'echo first >one.txt'
	assert_output --partial 'Where were we?'
}
