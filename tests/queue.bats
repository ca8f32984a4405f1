# SPDX-License-Identifier: MIT
# The queue has no command of its own: it is seen through spawn and supervise.
load lib/common

setup() {
	isolate
	export MAX_RUNNING_JOBS=1
}

spawn() {
	jobdir-spawn "$@" 3>&-
}

ended() {
	[[ -n $(end_job_state "$1") ]]
}

state_is() {
	[[ $(jq -r .state "$(job_dir "$1")/state.json" 2>/dev/null) == "$2" ]]
}

supervisor() {
	jq .supervisor_pid "$(job_dir "$1")/state.json"
}

# One job that runs until `: >hold`.
hold_slot() {
	mkfifo hold
	held=$(spawn -- cat hold)
	wait_for 60 state_is "$held" running
}

three_run() {
	[[ $(grep -c '^+' log) == 3 ]]
}

# Its supervisor has come to rest: it did nothing for a while.
sleeps() {
	local before now sup i
	sup=$(supervisor "$1")
	for i in 1 2 3 4 5 6 7 8 9 10; do
		before=$(grep ctxt "/proc/$sup/status")
		read -rt 0.3 <> <(:) || :
		now=$(grep ctxt "/proc/$sup/status")
		[[ $now != "$before" ]] || return 0
	done
	return 1
}

@test "queue: in order, one at a time" {
	hold_slot
	for i in 1 2 3 4 5 6; do
		id=$(spawn -- sh -c "echo start $i >>order; echo end $i >>order")
		wait_for 60 state_is "$id" queued
	done
	: >hold
	wait_for 60 ended "$id"
	run -0 cat order
	assert_output "$(for i in 1 2 3 4 5 6; do echo "start $i"; echo "end $i"; done)"
	run -0 find "$JOBDIR_STATE/queue" -name '0*'
	assert_output ""
}

@test "queue: nobody overtakes who waits" {
	hold_slot
	first=$(spawn -- true)
	wait_for 60 state_is "$first" queued
	# Another limit, under which a slot is free: it still has to stand in line.
	second=$(MAX_RUNNING_JOBS=2 spawn -- true)
	wait_for 60 state_is "$second" queued
	sleeps "$second"
	state_is "$second" queued
	: >hold
	wait_for 60 ended "$first"
	wait_for 60 ended "$second"
}

@test "queue: cancel while queued, at the head and in the middle" {
	hold_slot
	a=$(spawn -- true) b=$(spawn -- true) c=$(spawn -- true)
	for id in "$a" "$b" "$c"; do wait_for 60 state_is "$id" queued; done
	touch "$(job_dir "$b")/cancel"
	wait_for 60 ended "$b"
	run -0 jq -r '"\(.state) \(.stage) \(.started)"' "$(job_dir "$b")/end.json"
	assert_output 'cancelled queue null'
	kill -TERM "$(supervisor "$a")"
	wait_for 60 ended "$a"
	assert_equal "$(end_job_state "$a")" cancelled
	[ -z "$(end_job_state "$c")" ]
	: >hold
	wait_for 60 ended "$c"
	assert_equal "$(end_job_state "$c")" succeeded
}

@test "queue: a killed waiter and a killed holder free their places at once" {
	hold_slot
	a=$(spawn -- true) b=$(spawn -- true) c=$(spawn -- true)
	for id in "$a" "$b" "$c"; do wait_for 60 state_is "$id" queued; done
	kill -9 "$(supervisor "$a")" "$(supervisor "$b")"
	[ -z "$(end_job_state "$c")" ]
	kill -9 "$(supervisor "$held")"
	wait_for 60 ended "$c"
	assert_equal "$(end_job_state "$c")" succeeded
	run -0 jobdir-show "$a"
	assert_equal "$(end_job_state "$a")" lost
	run -0 jobdir-show "$held"
}

@test "queue: the time limit does not count the waiting" {
	hold_slot
	id=$(spawn --timeout=2s -- true)
	wait_for 60 state_is "$id" queued
	run -0 jq -e 'has("deadline_boot_ms") | not' "$(job_dir "$id")/state.json"
	: >hold
	wait_for 60 ended "$id"
	assert_equal "$(end_job_state "$id")" succeeded
}

@test "queue: waiting is sleeping" {
	hold_slot
	id=$(spawn -- true)
	wait_for 60 state_is "$id" queued
	sleeps "$id"
	: >hold
	wait_for 60 ended "$id"
}

@test "queue: never more at once than there are slots" {
	export MAX_RUNNING_JOBS=3
	mkfifo gate
	for _ in $(seq 12); do
		spawn -- sh -c 'echo + >>log; cat gate; echo - >>log'
	done >ids
	wait_for 60 three_run
	mv gate old
	: >gate
	: <>old		# who waits there goes on; the others find an empty file
	run -0 jobdir-wait -q - <ids
	assert_equal "$(wc -l <log)" 24
	run -0 awk '/\+/ { n++ } /-/ { n-- } n > m { m = n } END { print m }' log
	assert_output 3
}
