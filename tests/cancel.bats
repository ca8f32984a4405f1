# SPDX-License-Identifier: MIT
load lib/common
load lib/byhand

setup() {
	isolate
}

teardown() {
	let_go
	[[ -z ${HUNG-} ]] || { kill -KILL "$HUNG" && wait "$HUNG"; } 2>/dev/null || :
}

# start_cancel ARG...: in the background; it has asked and sleeps when this returns.
start_cancel() {
	jobdir-cancel "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	CANCEL=$!
	wait_for 60 test -e "$(dir_of "$A")/cancel"
	wait_for 60 asleep $CANCEL
}

@test "cancel: asks with a file, returns when the job is terminal" {
	byhand "$A"
	hold "$A"
	start_cancel --reason='no "longer" wanted' aaaa
	json '.by == "cancel" and .reason == "no \"longer\" wanted" and (.at | endswith("Z"))' "$(dir_of "$A")/cancel"
	assert_equal "$(cat out)" ''
	finish "$A" cancelled null 15
	ended_with 0 $CANCEL
	assert_equal "$(cat out)" "$A cancelled"
}

@test "cancel: of what has ended, says how, asks nothing, exit 0" {
	byhand "$A"
	done_already "$A" failed 3
	run -0 jobdir-cancel aaaa
	assert_output "$A failed: exit status 3"
	assert [ ! -e "$(dir_of "$A")/cancel" ]
	run -0 jobdir-cancel -q aaaa
	assert_output ''
}

@test "cancel: twice is once; the first reason stays" {
	byhand "$A"
	hold "$A"
	run -0 jobdir-cancel --no-wait --reason=first aaaa
	assert_output "$A running"
	run -0 jobdir-cancel --no-wait --reason=second aaaa
	json '.reason == "first"' "$(dir_of "$A")/cancel"
}

@test "cancel: many side by side, and one that is not there" {
	byhand "$A"
	byhand "$B"
	hold "$A"
	hold "$B"
	start_cancel aaaa zzzz bbbb
	wait_for 60 test -e "$(dir_of "$B")/cancel"
	finish "$B" cancelled null 15
	finish "$A" cancelled null 15
	ended_with 100 $CANCEL
	assert_equal "$(cat out)" "$A cancelled"$'\n'"$B cancelled"
	assert_equal "$(cat err)" "jobdir-cancel: no such job: 'zzzz' in the state root '$JOBDIR_STATE'"
}

@test "cancel: of a job whose supervisor is dead: lost, and what is left of it ends" {
	byhand "$A"
	env -i JOBDIR_ID="$A" sleep 50 3>&- &
	left=$!
	wait_for 60 grep -q sleep "/proc/$left/comm"
	run -0 jobdir-cancel aaaa
	assert_output "$A lost: the supervisor ended without a record"
	ended_with 137 $left
}

# hung NAME: a program of that name holds the lock and does not react. Sets HUNG.
hung() {
	local d
	d=$(dir_of "$A")
	cp "$BUILD/tests/holdlock" "$BATS_TEST_TMPDIR/$1"
	mkfifo go held
	"$BATS_TEST_TMPDIR/$1" "$d/lock" <go >held 3>&- &
	HUNG=$!
	exec {GO}<>go
	read -rt 60 <held
	kill -STOP $HUNG
	echo "{\"state\":\"running\",\"since\":\"2026-11-21T09:50:01.000Z\",\"supervisor_pid\":$HUNG,
		\"since_boot_ms\":$(awk '{print int($1 * 1000 + 0.5)}' /proc/uptime),
		\"boot_id\":\"${2:-$(cat /proc/sys/kernel/random/boot_id)}\"}" >"$d/state.json"
}

@test "cancel: a supervisor that hangs is killed, and the job is lost" {
	byhand "$A"
	hung jobdir-supervise
	run -0 jobdir-cancel aaaa
	assert_output "$A lost: the supervisor ended without a record"
	ended_with 137 $HUNG
}

@test "cancel: a process that only has the number is spared" {
	byhand "$A"
	# not a supervisor's name; and a record of another boot
	hung sleep-a-lot
	run -99 --separate-stderr jobdir-cancel aaaa
	assert_output "$A running"
	assert_equal "$stderr" "jobdir-cancel: job '$A' does not end and its supervisor cannot be proved to hang"
	kill -0 $HUNG
}

@test "cancel: a record of another boot proves nothing" {
	byhand "$A"
	hung jobdir-supervise 00000000-0000-0000-0000-000000000000
	run -99 jobdir-cancel -q aaaa
	kill -0 $HUNG
}

@test "cancel: usage, ids from standard input" {
	run -0 jobdir-cancel -h
	assert_output --partial 'usage: jobdir-cancel'
	run -100 jobdir-cancel --nonsense
	run -100 jobdir-cancel ../x
	byhand "$A"
	done_already "$A" succeeded 0
	run -0 jobdir-cancel <<<"$A"
	assert_output "$A succeeded"
}

ask() {
	jq -nc --arg cwd "$BATS_TEST_TMPDIR" --arg id "$1" '{cwd: $cwd, job_id: $id}' |
		jobdir-cancel --tool=claude_job_cancel --request=-
}

@test "claude_job_cancel: cancelled, too late, not there, not ending" {
	byhand "$A" write
	hold "$A"
	ask aaaa >out 3>&- &
	asking=$!
	wait_for 60 test -e "$(dir_of "$A")/cancel"
	finish "$A" cancelled null 15
	ended_with 0 $asking
	json '.cancelled and .status == "cancelled" and .job.status == "cancelled" and .next_actions[0].tool == "claude_result"' out
	byhand "$B" write
	done_already "$B" succeeded 0
	ask bbbb | json '(.cancelled | not) and .status == "succeeded" and (.summary | startswith("nothing to cancel"))'
	ask zzzz | json '.error.code == "job_not_found"'
	byhand "$C" write
	hold "$C"
	JOBDIR_TOOL_TIMEOUT_SEC=1 ask cccc |
		json '(.cancelled | not) and .status == "running" and .next_actions[0].tool == "claude_job_wait"'
}

@test "cancel: a real job, with children that do not want to die" {
	id=$(jobdir-spawn --grace=100ms -- sh -c '
		trap "" TERM
		(trap "" TERM; setsid sleep 111) &
		echo ready
		while :; do sleep 1; done' 3>&-)
	wait_for 60 grep -qx ready "$JOBDIR_STATE/running/$id/log"
	run -0 jobdir-cancel "$id"
	assert_output "$id cancelled"
	no_process_with "JOBDIR_ID=$id"
	assert [ ! -e "$JOBDIR_STATE/running/$id" ]
}

@test "cancel: a real job that is still queued" {
	export MAX_RUNNING_JOBS=1
	first=$(jobdir-spawn --grace=100ms -- sleep 100 3>&-)
	second=$(jobdir-spawn --grace=100ms -- sleep 100 3>&-)
	run -0 jobdir-cancel "$second"
	assert_output "$second cancelled"
	run -0 jobdir-list --active -q
	assert_output "$first"
	run -0 jobdir-cancel "$first"
}

@test "cancel: a real supervisor that is stopped" {
	id=$(jobdir-spawn --grace=1ms -- sleep 100 3>&-)
	wait_for 60 test -s "$JOBDIR_STATE/running/$id/state.json"
	kill -STOP "$(jq .supervisor_pid "$JOBDIR_STATE/running/$id/state.json")"
	run -0 jobdir-cancel "$id"
	assert_output "$id lost: the supervisor ended without a record"
	no_process_with "JOBDIR_ID=$id"
}
