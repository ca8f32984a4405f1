#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a job inherits from who asked for it, whole chains of commands away.
load ../lib/common
load ../lib/mcp
load ../lib/e2e

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
}

teardown() {
	stop_model
}

@test "a program's umask is the user's, not ours" {
	for mask in 0022 0002 0077; do
		id=$(umask $mask && jobdir-spawn --wait -q -- sh -c umask)
		assert_equal "$(sed -n 2p "$(job_dir "$id")/log")" "$mask"
	done
}

@test "the agent's umask is the user's, and ours stays 077" {
	need_claude
	make_repo "$WS"
	printf '%s\n' "$(sh_turn 'umask; echo $FLAVOUR-$OTHER-')" "$(done_turn)" | jq -cs '{turns: .}' >script.json
	start_model script.json
	export FLAVOUR=wrong OTHER=hidden
	id=$(umask 0027 && echo 'what is the umask' | jobdir-spawn --recipe=write --cwd="$WS" \
		--env=FLAVOUR=vanilla --prompt=-)
	jobdir-wait -q "$id" || :
	dir=$(job_dir "$id")
	run -0 jq -r 'select(.type == "user") | .message.content[]? | objects | .content? // empty' "$dir/attempt-1/agent.jsonl"
	assert_output --partial $'0027\nvanilla--'
	run -0 find "$dir" -maxdepth 1 -type f -perm /077
	assert_output ''
}

@test "a supervisor takes none of the user's 128 inotify instances" {
	id=$(jobdir-spawn -- sleep 100)
	wait_for 60 test -e "$JOBDIR_STATE/running/$id/state.json"
	pid=$(json .supervisor_pid "$JOBDIR_STATE/running/$id/state.json")
	run -0 ls -l "/proc/$pid/fd"
	refute_output --partial inotify
	touch "$JOBDIR_STATE/running/$id/cancel"
	run -1 --separate-stderr jobdir-wait "$id"
	assert_equal "$(end_job_state "$id")" cancelled
}
