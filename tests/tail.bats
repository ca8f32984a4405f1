# SPDX-License-Identifier: MIT
load lib/common
load lib/byhand

setup() {
	isolate
	byhand "$A"
	D=$(dir_of "$A")
}

teardown() {
	let_go
	[[ -z ${TAIL-} ]] || { kill -KILL "$TAIL" && wait "$TAIL"; } 2>/dev/null || :
}

# follow ARG...: tail -f in the background; asleep when this returns.
follow() {
	jobdir-tail -f "$@" aaaa >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	TAIL=$!
	wait_for 60 asleep $TAIL
}

has_lines() {
	[[ $(wc -l <"$BATS_TEST_TMPDIR/out") == "$1" ]]
}

@test "tail: the last 40, or as many as asked" {
	done_already "$A" succeeded 0
	seq 100000 >"$D/log"
	run -0 jobdir-tail aaaa
	assert_output "$(seq 99961 100000)"
	run -0 jobdir-tail -n 3 aaaa
	assert_output "$(seq 99998 100000)"
	assert_equal "$(jobdir-tail -n 99999 aaaa | cksum)" "$(seq 2 100000 | cksum)"
	assert_equal "$(jobdir-tail -n 100000 aaaa | cksum)" "$(cksum <"$D/log")"
	assert_equal "$(jobdir-tail -n 100001 aaaa | cksum)" "$(cksum <"$D/log")"
	run -0 jobdir-tail -n 0 aaaa
	assert_output ''
}

@test "tail: an unterminated line is held back until the job has ended" {
	hold "$A"
	printf 'one\ntwo\nthr' >"$D/log"
	assert_equal "$(jobdir-tail aaaa)" $'one\ntwo'
	assert_equal "$(jobdir-tail -n 1 aaaa)" two
	finish "$A" succeeded 0
	jobdir-wait aaaa
	assert_equal "$(jobdir-tail -n 1 aaaa)" thr
	assert_equal "$(jobdir-tail -n 2 aaaa)" $'two\nthr'
	assert_equal "$(jobdir-tail -n 0 aaaa)" ''
}

@test "tail: lines longer than any block, no log, an empty one" {
	done_already "$A" succeeded 0
	run -0 jobdir-tail aaaa
	assert_output ''
	: >"$D/log"
	run -0 jobdir-tail aaaa
	assert_output ''
	{ echo first; head -c 300000 /dev/zero | tr '\0' x; echo; head -c 70000 /dev/zero | tr '\0' y; } >"$D/log"
	assert_equal "$(jobdir-tail -n 2 aaaa | wc -c)" 370001
	assert_equal "$(jobdir-tail -n 1 aaaa | wc -c)" 70000
}

@test "tail: five gigabytes cost what is printed" {
	done_already "$A" succeeded 0
	truncate -s 5G "$D/log" || skip 'no sparse files here'
	printf '\nlast\n' >>"$D/log"
	run -0 timeout 1 jobdir-tail -n 1 aaaa
	assert_output last
}

@test "tail -f: follows line by line to the end of the job" {
	hold "$A"
	echo one >"$D/log"
	follow
	wait_for 60 has_lines 1
	printf 'two\nthr' >>"$D/log"
	wait_for 60 has_lines 2
	assert_equal "$(cat out)" $'one\ntwo'
	printf 'ee\nfour' >>"$D/log"
	wait_for 60 has_lines 3
	finish "$A" failed 1
	ended_with 0 $TAIL
	assert_equal "$(cat out)" $'one\ntwo\nthree\nfour'
}

@test "tail -f: a log that is not there yet is followed from its first line" {
	hold "$A"
	follow -n 0
	echo one >"$D/log"
	echo two >>"$D/log"
	wait_for 60 has_lines 2
	finish "$A" succeeded 0
	ended_with 0 $TAIL
	assert_equal "$(cat out)" $'one\ntwo'
}

@test "tail -f --file: also below directories that are not there yet" {
	hold "$A"
	follow --file=attempt-1/checks/unit.log
	mkdir "$D/attempt-1"
	mkdir "$D/attempt-1/checks"
	echo ok >"$D/attempt-1/checks/unit.log"
	wait_for 60 has_lines 1
	finish "$A" succeeded 0
	ended_with 0 $TAIL
}

@test "tail -f: ends when the supervisor is killed, 20 times" {
	for i in {1..20}; do
		hold "$A"
		echo one >"$D/log"
		follow
		die "$A"
		ended_with 0 $TAIL
		assert_equal "$(cat out)" one
		assert_equal "$(end_job_state "$A")" lost
		rm "$D"/*-go "$D"/*-held "$D/end.json" "$D/log"
	done
}

@test "tail -f: ends when its reader goes away, though the job is silent" {
	hold "$A"
	mkfifo pipe
	jobdir-tail -f aaaa >pipe 2>/dev/null 3>&- &
	TAIL=$!
	exec {reader}<pipe
	wait_for 60 asleep $TAIL
	exec {reader}<&-
	ended_with 111 $TAIL
}

@test "tail -f: sleeps" {
	hold "$A"
	follow
	before=$(awk '/ctxt_switches/' "/proc/$TAIL/status"; cut -d' ' -f14,15 "/proc/$TAIL/stat")
	run -99 jobdir-wait -q --timeout=300ms "$A"
	after=$(awk '/ctxt_switches/' "/proc/$TAIL/status"; cut -d' ' -f14,15 "/proc/$TAIL/stat")
	assert_equal "$after" "$before"
}

@test "tail: only regular files inside the job" {
	done_already "$A" succeeded 0
	ln -s /etc/passwd "$D/link"
	mkfifo "$D/fifo"
	mkdir "$D/dir"
	for bad in ../x /etc/passwd '' . link dir fifo dir/../log; do
		run -100 timeout 5 jobdir-tail --file="$bad" aaaa
	done
	run -1 jobdir-tail --file=absent aaaa
	run -0 jobdir-tail --file=job.json aaaa
}

@test "tail: a terminal is not commanded, a pipe gets the bytes" {
	done_already "$A" succeeded 0
	printf 'a\033[31mb\tc\302\233d\r\n' >"$D/log"
	assert_equal "$(jobdir-tail aaaa)" "$(cat "$D/log")"
	run -0 script -qec "jobdir-tail aaaa" /dev/null
	assert_output --partial 'a?[31mb'
	refute_output --partial $'\033[31m'
	# U+202E would turn the line round; an ordinary character stays whole.
	{ printf 'rm \342\200\256 x \342\201\247 \330\234 '; head -c 65530 /dev/zero | tr '\0' a; printf '\342\202\254\n'; } >"$D/log"
	run -0 script -qec "jobdir-tail aaaa" /dev/null
	assert_output --regexp '^rm \?\?\? x \?\?\? \?\? a+€.?$'
	printf 'a\033[31mb\n' >"$D/log"
	run -0 script -qec "jobdir-tail --raw aaaa" /dev/null
	assert_output --partial $'\033[31m'
}

@test "tail: a line of gigabytes is shown by its last MiB, and that is said" {
	done_already "$A" succeeded 0
	printf 'first\n' >"$D/log"
	truncate -s 5G "$D/log"
	printf 'end' >>"$D/log"
	jobdir-tail aaaa >out 2>err
	[[ $(stat -c %s out) = 1048576 && $(tail -c 3 out) = end ]]
	[[ $(<err) = "jobdir-tail: a line of 'log' is too long: shown from byte 5367660547 on" ]]
	printf '\nlast\n' >>"$D/log"
	run -0 --separate-stderr jobdir-tail -n 1 aaaa
	assert_output last
	[[ -z $stderr ]]
	jobdir-tail -n 3 aaaa >out 2>err
	[[ $(stat -c %s out) = $((1048576 + 6)) && -s err ]]
}

@test "tail: usage, no such job, a full disk" {
	run -0 jobdir-tail -h
	assert_output --partial 'usage: jobdir-tail'
	run -100 jobdir-tail
	run -100 jobdir-tail -n x aaaa
	run -100 --separate-stderr jobdir-tail zzzz
	assert_equal "$stderr" "jobdir-tail: no such job: 'zzzz' in the state root '$JOBDIR_STATE'"
	done_already "$A" succeeded 0
	echo x >"$D/log"
	run -111 bash -c 'jobdir-tail aaaa >/dev/full'
}

@test "tail -f: a real job, to its last line and no longer" {
	mkfifo go
	id=$(jobdir-spawn -- sh -c "echo one; read x <'$PWD/go'; echo two; printf end" 3>&-)
	jobdir-tail -f "$id" >out 3>&- &
	TAIL=$!
	wait_for 60 grep -qx one out
	echo >go
	ended_with 0 $TAIL
	assert_equal "$(tail -n 3 out)" $'one\ntwo\nend'
}
