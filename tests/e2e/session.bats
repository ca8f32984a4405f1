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
