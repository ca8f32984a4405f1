#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Faults at single system calls: the tool, what such faults once broke, and a
# few points of the matrix. All of them: make crash.
# shellcheck shell=bash
export BATS_TEST_TIMEOUT=240
load lib/common
load lib/sealed

setup() {
	isolate
	FAULT=$BUILD/tests/fault
	"$FAULT" true || skip 'processes cannot be traced here'
}

# points SUBJECT EVERY: a sample of the matrix.
points() {
	run "$TOP/tests/crash/matrix.sh" --jobs=1 --every="$2" "$1"
	assert_success
	assert_line --regexp "^$1 total .* 0 violations"
}

@test "fault: roles, counts and errors are traced" {
	run -0 "$FAULT" -t trace sh -c 'true; (exit 3); (exit 4); echo out'
	assert_output out
	run grep -c '^0.1 [0-9]* exit_group$' trace
	assert_output 1
	run grep -E '^0 [0-9]+ write ENOSPC,.*short$' trace
	assert_success
	run ! grep -q '^0[.]2' trace
	grep -q '^# 0 /' trace
}

@test "fault: one call is failed, cut, killed, signalled, paused" {
	run -0 --separate-stderr "$FAULT" -r r -a 0:+1 -c write -e ENOSPC sh -c 'echo a; echo b'
	assert_output b
	[ -n "$stderr" ]
	assert_equal "$(cut -d' ' -f1,2,4 r)" 'reached 0 write'
	"$FAULT" -a 0:+1 -c write -E ENOSPC sh -c 'echo a >f; echo b >g' || :
	[ ! -s f ]
	[ ! -e g ]
	run -0 "$FAULT" -a 0:+1 -c write -p 2 sh -c 'printf abcd | { read -r x; echo "$x"; }'
	run -137 "$FAULT" -a 0:+1 -c write -k sh -c 'echo a'
	run -143 "$FAULT" -a 0:+1 -c write -S 15 sh -c 'echo a; echo b'
	run -0 "$FAULT" -a 0:+1 -c write -H 'echo "hook $FAULT_ROLE $FAULT_CALL"' sh -c 'echo a'
	assert_output $'hook 0 write\na'
	run -0 "$FAULT" -r r -a 0:99999 -k true
	assert_equal "$(cat r)" unreached
}

@test "fault: all are killed, none outlives it, and time ends" {
	run -137 "$FAULT" -a 0.0:+1 -c write -K sh -c '(echo a) & sleep 1000'
	run -124 --separate-stderr "$FAULT" -T 200ms sh -c 'setsid sleep 1000 & wait'
	[[ $stderr == *'time is over: 0.0 '* ]]
	run -100 "$FAULT"
	run -100 "$FAULT" -k true
	run -100 "$FAULT" -a x -k true
	run -0 "$FAULT" --help
	assert_line --partial 'usage: fault'
}

@test "a cancel that cannot be written does not end the supervisor" {
	id=$(jobdir-spawn -- sleep 1000 3>&-)
	run -111 "$FAULT" -a 0:+1 -c linkat -e EIO jobdir-cancel "$id"
	run jobdir-list --active -q
	assert_output "$id"
	run -0 jobdir-cancel "$id"
	assert_equal "$(end_job_state "$id")" cancelled
}

# tidied_away TIMES DIR CALL COMMAND...: its temporary file in DIR is gone at so many
# of the calls that publish it.
tidied_away() {
	local st=0
	: >taken
	TIMES=$1 DIR=$2 TAKEN=$PWD/taken "$FAULT" -c "$3" -a '*:*' -H '
		[ "$(wc -c <"$TAKEN")" -ge "$TIMES" ] || ! rm "$DIR"/.tmp-* 2>/dev/null || printf x >>"$TAKEN"' "${@:4}" || st=$?
	assert_equal "$(wc -c <taken)" "$1"
	return $st
}

@test "what is tidied away while it is published is written again, in bounded number" {
	id=$(jobdir-spawn -- sleep 1000 3>&-)
	dir=$(echo "$JOBDIR_STATE"/jobs/*/"$id")
	run -111 tidied_away 3 "$dir" linkat jobdir-cancel --no-wait "$id"
	assert_output --partial 'Stale file handle'
	assert_equal "$(find "$dir" -name cancel -o -name '.tmp-*')" ''
	tidied_away 2 "$dir" linkat jobdir-cancel --no-wait --reason=why "$id"
	assert_equal "$(jq -r .reason "$dir/cancel")" why
	run -0 jobdir-cancel "$id"
	make_repo ws
	id=$(sealed_job "$PWD/ws" 'echo four >>a.txt')
	dir=$(echo "$JOBDIR_STATE"/jobs/*/"$id")/apply
	mkdir -p "$dir"
	run -111 tidied_away 3 "$dir" renameat jobdir-apply --preview "$id"
	assert_equal "$(ls -A "$dir")" ''
	tidied_away 2 "$dir" renameat jobdir-apply --preview "$id" >plan
	assert_equal "$(ls -A "$dir")" preview.json
	assert_equal "$(jq -r .token "$dir/preview.json")" "$(sed -n 's/^token //p' plan)"
}

@test "a look that fails while undoing does not pass for an edit" {
	make_repo ws
	id=$(sealed_job "$PWD/ws" 'echo four >>a.txt; mkdir n; echo new >n/f; rm -r src')
	jobdir-apply --preview "$id"
	for call in openat2 newfstatat read; do
		run -137 "$FAULT" -a 0:+5 -c renameat,renameat2 -k jobdir-apply --yes "$id"
		[ -e ws/.git/jobdir/journal ]
		# The last ones are those of the undo; the first fail earlier, and leave all as it is.
		n=$("$FAULT" -t trace jobdir-apply --preview "$id" >/dev/null; grep -c "^0 [0-9]* $call " trace)
		for ((i = 1; i <= n && i <= 40; i += 3)); do
			[ -e ws/.git/jobdir/journal ] || "$FAULT" -a 0:+5 -c renameat,renameat2 -k jobdir-apply --yes "$id" || :
			"$FAULT" -a "0:+$i" -c "$call" -e EIO jobdir-apply --recover ws || :
			[ ! -e ws/.git/jobdir/kept-1 ]
		done
		run -0 jobdir-apply --recover ws
		assert_equal "$(git -C ws status --porcelain)" ''
	done
}

@test "an init that cannot report does not leave the supervisor waiting" {
	"$FAULT" -t trace jobdir-spawn -- /bin/true >/dev/null 3>&-
	init=$(sed -n 's/^# \([0-9.]*\)\.[0-9]* .*\/true$/\1/p' trace)
	[ -n "$init" ]
	rm -rf "$JOBDIR_STATE"
	run "$FAULT" -T 20s -r r -a "$init:+1" -c write -e ENOMEM jobdir-spawn -- /bin/true 3>&-
	assert_success
	[[ $(cat r) == reached* ]]
	run jobdir-wait "$output"
	assert_equal "$(jobdir-list -a -q | wc -l)" 1
}

@test "an export that is killed does not leave its branch locked" {
	make_repo ws
	id=$(sealed_job "$PWD/ws" 'echo four >>a.txt')
	"$FAULT" -t trace jobdir-export --branch=first "$id"
	# Of git update-ref: the role that renames last.
	role=$(sed -n 's/^\(0[.][0-9]*\) [0-9]* rename .*/\1/p' trace | tail -n 1)
	for call in write fsync rename; do
		for how in -k -K; do
			n=1
			until [ -e ws/.git/refs/heads/work.lock ]; do
				run "$FAULT" -r r -a "$role:+$((n++))" -c $call $how jobdir-export --branch=work "$id"
				[[ $(cat r) == reached* ]] || break
				[ $how = -K ] || break	# it is gone again
			done
			run -0 jobdir-export --branch=work "$id"
			[ ! -e ws/.git/refs/heads/work.lock ]
			git -C ws branch -qD work
		done
	done
	[ ! -e "$JOBDIR_STATE/jobs/20261121/$id/apply/export.ref" ]
	# Another's lock stays.
	: >ws/.git/refs/heads/work.lock
	run -111 jobdir-export --branch=work "$id"
	[ -e ws/.git/refs/heads/work.lock ]
}

@test "an undo that is cut off at a directory gives it its mode the next time" {
	make_repo ws
	chmod 755 ws/src
	id=$(sealed_job "$PWD/ws" 'echo four >>a.txt; rm -r src')
	jobdir-apply --preview "$id"
	for how in '-k' '-e EIO'; do
		n=1
		while :; do
			"$FAULT" -a 0:+5 -c renameat,renameat2 -k jobdir-apply --yes "$id" || :
			[ -e ws/.git/jobdir/journal ]
			# shellcheck disable=SC2086 # an option and its argument
			"$FAULT" -r r -a "0:+$((n++))" -c mkdirat,fchmodat $how jobdir-apply --recover ws || :
			run -0 jobdir-apply --recover ws
			assert_equal "$(stat -c %a ws/src)" 755
			[[ $(cat r) == reached* ]] || break
		done
	done
}

@test "clean removes what killed spawns left, and what is in the trash" {
	run -137 "$FAULT" -a 0:+1 -c linkat -K jobdir-spawn -- true 3>&-
	[ -n "$(find "$JOBDIR_STATE/workspaces" -name '.tmp-*')" ]
	[ -n "$(find "$JOBDIR_STATE/jobs" -name '.new-*')" ]
	run -0 jobdir-clean --yes
	[ -n "$(find "$JOBDIR_STATE/jobs" -name '.new-*')" ]	# it may be in the making
	find "$JOBDIR_STATE" \( -name '.new-*' -o -name '.tmp-*' \) -exec touch -d '1 hour ago' {} +
	run -0 jobdir-clean --yes
	wait_for 60 trash_is_empty
	run find "$JOBDIR_STATE" -name '.new-*' -o -name '.tmp-*'
	assert_output ''
}
trash_is_empty() { [ -z "$(ls "$JOBDIR_STATE/trash")" ]; }

@test "matrix: spawn" { points spawn 331; }
@test "matrix: supervise" { points supervise 499; }
@test "matrix: undo" { points undo 499; }
@test "matrix: apply" { points apply 899; }
