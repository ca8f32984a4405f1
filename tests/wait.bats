# SPDX-License-Identifier: MIT
load lib/common
load lib/byhand

setup() {
	isolate
}

teardown() {
	let_go
}

# Start a wait in the background; it is asleep when this returns.
start_wait() {
	jobdir-wait "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	WAIT=$!
	wait_for 60 asleep $WAIT
}

@test "wait: sleeps until the job ends, and costs nothing meanwhile" {
	byhand "$A"
	hold "$A"
	start_wait aaaa
	before=$(awk '/ctxt_switches/' "/proc/$WAIT/status"; cut -d' ' -f14,15 "/proc/$WAIT/stat")
	run -99 jobdir-wait -q --timeout=300ms "$A"
	after=$(awk '/ctxt_switches/' "/proc/$WAIT/status"; cut -d' ' -f14,15 "/proc/$WAIT/stat")
	assert_equal "$after" "$before"
	finish "$A" succeeded 0
	ended_with 0 $WAIT
	assert_equal "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")" ''
}

@test "wait: a failed job is exit 1 and one line" {
	byhand "$A"
	done_already "$A" failed 3
	run -1 --separate-stderr jobdir-wait "$A"
	assert_equal "$stderr" "jobdir-wait: job '$A' failed: exit status 3"
	assert_output ''
	run -1 --separate-stderr jobdir-wait -q "$A"
	assert_equal "$stderr" ''
}

@test "wait: a killed supervisor is lost, exit 102, at once" {
	byhand "$A"
	hold "$A"
	start_wait aaaa
	die "$A"
	ended_with 102 $WAIT
	assert_equal "$(end_job_state "$A")" lost
	run -102 jobdir-wait "$A"
}

@test "wait: a job of a machine that went down passed for one whose supervisor was killed" {
	byhand "$A"
	echo '{"state":"running","supervisor_pid":1,"boot_id":"00000000-0000-0000-0000-000000000000"}' \
		>"$(dir_of "$A")/state.json"
	run -102 --separate-stderr jobdir-wait "$A"
	[[ $output$stderr == *'the machine went down while it ran: what was written last may be cut short' ]]
	assert_equal "$(end_job_state "$A")" lost
}

@test "wait: a killed supervisor left a reserve of 64 kB, half a record, or a second name of end.json" {
	byhand "$A"
	byhand "$B"
	head -c 65536 /dev/zero >"$(dir_of "$A")/.end"
	run -102 jobdir-wait -q "$A"
	assert_equal "$(find "$(dir_of "$A")" -name '.*' -type f)" ''
	ended succeeded 0 >"$(dir_of "$B")/end.json"
	ln "$(dir_of "$B")/end.json" "$(dir_of "$B")/.tmp-0123456789abcdef"
	touch -d '1 minute ago' "$(dir_of "$B")/.tmp-0000000000000000"
	touch -d '1 minute' "$(dir_of "$B")/.tmp-fedcba9876543210"	# somebody may be at it
	run -0 jobdir-list --active
	assert_equal "$(find "$(dir_of "$B")" -name '.*' -type f -printf '%f\n')" .tmp-fedcba9876543210
	assert [ ! -e "$JOBDIR_STATE/running/$B" ]
}

@test "wait: a job that was removed while it was read was called lost" {
	byhand "$A"
	hold "$A"
	start_wait "$A"
	# clean does so once it has ended; the waiter has it open
	mkdir "$JOBDIR_STATE/trash"
	mv "$(dir_of "$A")" "$JOBDIR_STATE/trash/$A.job.0"
	die "$A"
	ended_with 100 $WAIT
	assert_equal "$(cat err)" "jobdir-wait: cannot wait for '$A': no such job"
	assert [ ! -e "$JOBDIR_STATE/trash/$A.job.0/end.json" ]
}

@test "wait: all are waited for; one failure is exit 1, a lost one besides changes nothing" {
	byhand "$A"
	byhand "$B"
	byhand "$C"
	done_already "$A" succeeded 0
	hold "$B"
	start_wait "$A" "$B" "$C"
	finish "$B" failed 1
	ended_with 1 $WAIT
	run cat "$BATS_TEST_TMPDIR/err"
	assert_line --partial "'$B' failed"
	assert_line --partial "'$C' lost"
}

@test "wait --any: the first to end is named and decides" {
	byhand "$A"
	byhand "$B"
	hold "$A"
	hold "$B"
	start_wait --any "$A" "$B"
	finish "$B" succeeded 0
	ended_with 0 $WAIT
	assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" "$B"
}

@test "wait --any: the death of a supervisor wakes it, 20 times" {
	for i in {1..20}; do
		byhand "$A"
		byhand "$B"
		hold "$A"
		hold "$B"
		start_wait --any "$A" "$B"
		die "$A"
		ended_with 102 $WAIT
		assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" "$A"
		die "$B"
		rm -rf "$JOBDIR_STATE"
	done
}

@test "wait --any: another program that had the lock open for writing does not confuse it" {
	byhand "$A"
	byhand "$B"
	hold "$A"
	hold "$B"
	start_wait --any "$A" "$B"
	: >>"$(dir_of "$A")/lock"
	wait_for 60 asleep $WAIT
	finish "$A" succeeded 0
	ended_with 0 $WAIT
	assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" "$A"
}

@test "wait --timeout: 99 in time, also with --any and 0" {
	byhand "$A"
	byhand "$B"
	hold "$A"
	hold "$B"
	run -99 --separate-stderr jobdir-wait --timeout=50ms "$A"
	assert_equal "$stderr" 'jobdir-wait: timed out: 1 of 1 jobs have not ended'
	run -99 jobdir-wait --timeout=50ms --any "$A" "$B"
	run -99 jobdir-wait --timeout=0 "$A"
	done_already "$A" succeeded 0
	run -0 jobdir-wait --timeout=0 "$A"
}

@test "wait: ids from standard input, by line and by NUL" {
	byhand "$A"
	byhand "$B"
	done_already "$A" succeeded 0
	done_already "$B" failed 1
	run -1 --separate-stderr jobdir-wait <<<"$A"$'\n'"$B"
	assert_equal "$stderr" "jobdir-wait: job '$B' failed: exit status 1"
	run -0 jobdir-wait - <<<"$A"
	printf '%s\0' "$A" >ids
	run -0 jobdir-wait -0 <ids
	run -0 jobdir-wait </dev/null
}

@test "wait --propagate: every code and signal" {
	byhand "$A"
	for code in 1 2 3 42 99 100 111 124 125 126 127; do
		done_already "$A" failed $code
		run "-$code" jobdir-wait --propagate "$A"
	done
	for code in 128 129 137 143 200 255; do
		done_already "$A" failed $code
		run -128 jobdir-wait --propagate "$A"
	done
	for signal in 1 2 6 9 11 15; do
		done_already "$A" failed null $signal
		run "-$((128 + signal))" jobdir-wait --propagate "$A"
	done
	done_already "$A" timed_out
	run -124 jobdir-wait --propagate "$A"
	done_already "$A" cancelled null 9
	run -137 jobdir-wait --propagate "$A"
	done_already "$A" succeeded 0
	run -0 jobdir-wait --propagate "$A"
}

@test "wait: of an agent's job the outcome decides, and none is no success" {
	byhand "$A" write
	done_already "$A" succeeded 0
	run -1 --separate-stderr jobdir-wait "$A"
	assert_equal "$stderr" "jobdir-wait: job '$A' succeeded, its outcome is unknown"
	for outcome in partial failed needs_user unknown; do
		echo "{\"result_status\":\"$outcome\"}" >"$(dir_of "$A")/result.json"
		run -1 --separate-stderr jobdir-wait "$A"
		assert_equal "$stderr" "jobdir-wait: job '$A' succeeded, its outcome is $outcome"
	done
	echo '{"result_status":"success"}' >"$(dir_of "$A")/result.json"
	run -0 jobdir-wait "$A"
	echo '{"result_status":"succ' >"$(dir_of "$A")/result.json"
	run -1 jobdir-wait "$A"
}

@test "wait --json: one object per job, exit 0" {
	byhand "$A"
	byhand "$B"
	done_already "$A" failed 3
	done_already "$B" succeeded 0
	run -0 --separate-stderr jobdir-wait --json "$A" "$B"
	assert_equal "${#lines[@]}" 2
	assert_equal "$(jq -r '[.job_id, .state, .code, .ok] | @csv' <<<"${lines[0]}")" "\"$A\",\"failed\",3,false"
	assert_equal "$(jq -r .ok <<<"${lines[1]}")" true
	assert_equal "$stderr" ''
}

@test "wait: what is no job is refused before anything is waited for" {
	byhand "$A"
	hold "$A"
	for bad in ../x .. 'a b' $'x\ny' '' zzzz /etc "$HOME" job-20261121-095000-zzzzzzzz; do
		run -100 --separate-stderr jobdir-wait "$A" "$bad"
		assert_equal "$(wc -l <<<"$stderr")" 1
	done
	run -100 --separate-stderr jobdir-wait $'x\ny'
	assert_equal "$stderr" "jobdir-wait: not a job id: 'x?y'"
}

@test "wait: a job's directory, its tree, an unknown format, damage" {
	byhand "$A"
	byhand "$B"
	done_already "$A" succeeded 0
	run -0 jobdir-wait "$(dir_of "$A")"
	run -0 jobdir-wait "$(dir_of "$A")/tree"
	run -100 --separate-stderr jobdir-wait 20261121
	assert_equal "$stderr" "jobdir-wait: ambiguous job id: '20261121' could be $B, $A"
	for i in x y z; do cp -r "$(dir_of "$A")" "$(dir_of "$A" | sed 's/.$//')$i"; done
	run -100 --separate-stderr jobdir-wait 20261121
	assert_equal "$(wc -w <<<"${stderr#*could be }")" 6
	[[ $stderr == *', job-'*' or 2 more' ]]
	rm -r "$(dir_of "$A" | sed 's/.$//')"[xyz]
	JOBDIR_STATE=$PWD/nowhere run -100 --separate-stderr jobdir-wait zzzz
	assert_equal "$stderr" "jobdir-wait: no such job: 'zzzz': there is no state root '$PWD/nowhere'"
	echo '{"format":2}' >"$(dir_of "$B")/job.json"
	run -100 --separate-stderr jobdir-wait "$B"
	assert_equal "$stderr" "jobdir-wait: unknown format of job.json: '$B'"
	cp -r "$(dir_of "$A")" "$HOME/$A"
	run -100 jobdir-wait "$HOME/$A"
}

@test "wait: usage" {
	run -0 jobdir-wait -h
	assert_line --index 0 --partial 'usage: jobdir-wait'
	run -0 jobdir-wait -V
	run -100 jobdir-wait --nonsense
	run -100 --separate-stderr jobdir-wait --timeout=soon x
	assert_equal "$stderr" "jobdir-wait: not a duration: 'soon'"
}

ask() {
	jq -nc --arg cwd "$BATS_TEST_TMPDIR" --arg id "$1" "{cwd: \$cwd, job_id: \$id} + ${2:-{\}}" |
		jobdir-wait --tool=claude_job_wait --request=-
}

@test "claude_job_wait: answers at once and throttles" {
	byhand "$A" write
	hold "$A"
	ask aaaa >one
	json '.waiting and .do_not_start_duplicate_job and .stale_state == "fresh" and (has("poll_too_soon") | not)
		and .recommended_delay_ms >= 10000 and .status == "running" and .timed_out == false
		and .interaction.state == "waiting" and .next_actions[0].tool == "claude_job_wait"
		and .next_actions[0].args.not_before == .next_allowed_poll_at' one
	ask aaaa >two
	json '.poll_too_soon and .remaining_delay_ms > 0 and .remaining_delay_ms <= .recommended_delay_ms
		and .interaction.state == "poll_too_soon"' two
	# impatience does not push the window forward
	assert_equal "$(jq -r .next_allowed_poll_at one)" "$(jq -r .next_allowed_poll_at two)"
	# when the time has passed
	echo '{"last_wait_at":"2026-01-01T00:00:00.000Z","last_wait_recommended_delay_ms":10000}' >"$JOBDIR_STATE/waits/$A"
	ask aaaa >three
	json 'has("poll_too_soon") | not' three
	# a record from the future, or damaged, does not lock anybody out
	echo '{"last_wait_at":"2099-01-01T00:00:00.000Z","last_wait_recommended_delay_ms":10000}' >"$JOBDIR_STATE/waits/$A"
	ask aaaa | json 'has("poll_too_soon") | not'
	echo '{' >"$JOBDIR_STATE/waits/$A"
	ask aaaa | json 'has("poll_too_soon") | not'
}

@test "claude_job_wait: terminal and lost" {
	byhand "$A" write
	done_already "$A" succeeded 0
	echo '{"result_status":"partial","summary":"half of it"}' >"$(dir_of "$A")/result.json"
	ask aaaa | json '(.waiting | not) and .summary == "half of it" and .job.result_status == "partial"
		and .result.summary == "half of it" and (has("recommended_delay_ms") | not)
		and (has("next_allowed_poll_at") | not) and .interaction.state == "completed"
		and .next_actions[0].tool == "claude_result"'
	byhand "$B" write
	ask bbbb | json '.status == "lost" and (.waiting | not) and (.do_not_start_duplicate_job | not)'
}

@test "wait --timeout: in time also where whoever started it blocks SIGALRM" {
	byhand "$A"
	hold "$A"
	run -99 timeout 30 python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
os.execvp(sys.argv[1], sys.argv[1:])' jobdir-wait -q --timeout=50ms "$A"
}

@test "claude_job_wait: wait_timeout_sec returns when the job ends, or when the time is over" {
	byhand "$A"
	hold "$A"
	ask aaaa '{wait_timeout_sec: 1}' | json '.timed_out and .waiting and (has("poll_too_soon") | not)
		and .next_actions[0].args.wait_timeout_sec == 1'
	ask aaaa '{wait_timeout_sec: 500}' >out 3>&- &
	asking=$!
	finish "$A" succeeded 0
	wait_for 60 test -s out
	wait $asking
	json '.status == "succeeded" and (.timed_out | not)' out
}

@test "claude_job_wait: refusals are answers" {
	byhand "$A" write /elsewhere
	for id in aaaa zzzz ../x; do
		run -0 ask "$id"
		json '.error.code == "job_not_found"' <<<"$output"
	done
	byhand "$B" write
	byhand "$C" write
	run -0 ask job-
	json '.error.code == "job_ambiguous"' <<<"$output"
	run -0 jobdir-wait --tool=claude_job_wait --request=- <<<'{"cwd":"/"}'
	json '.error.code == "invalid_request"' <<<"$output"
	run -0 jobdir-wait --tool=claude_job_wait --request=- <<<'{"cwd":"/etc","job_id":"x"}'
	json '.error.code == "cwd_refused"' <<<"$output"
}

@test "wait: a real job, its code through spawn, supervise and wait" {
	id=$(jobdir-spawn -- sh -c 'exit 7' 3>&-)
	run -7 jobdir-wait --propagate -q "$id"
	run -1 jobdir-wait -q "$id"
	id=$(jobdir-spawn -- sh -c 'kill -9 $$' 3>&-)
	run -137 jobdir-wait --propagate -q "$id"
	id=$(jobdir-spawn -- true 3>&-)
	run -0 jobdir-wait "$id"
}

@test "wait: a real job whose supervisor is killed" {
	mkfifo alive
	id=$(jobdir-spawn -- sh -c "exec sleep 100 >'$PWD/alive'" 3>&-)
	exec {alive}<alive
	start_wait "$id"
	kill -KILL "$(jq .supervisor_pid "$JOBDIR_STATE/running/$id/state.json")"
	ended_with 102 $WAIT
	# the payload is gone too: nobody writes any more
	run -0 timeout 5 cat <&"$alive"
}

@test "wait: several real jobs at once, by line and in any order" {
	for i in 1 2 3 4 5; do
		jobdir-spawn -- sh -c "exit $((i == 3))" 3>&- >>ids
	done
	run -1 --separate-stderr jobdir-wait <ids
	assert_equal "$stderr" "jobdir-wait: job '$(sed -n 3p ids)' failed: exit status 1"
}
