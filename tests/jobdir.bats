# SPDX-License-Identifier: MIT
load lib/common

setup() { isolate; }

@test "jobdir: help names every command beside it, -V the version" {
	run -0 jobdir --help
	for f in "$(dirname "$(command -v jobdir)")"/jobdir-*; do
		assert_line "  ${f##*/jobdir-}"
	done
	assert_equal "$(jobdir help)" "$(jobdir -h)"
	run -0 jobdir -V
	assert_output --regexp '^jobdir [0-9]+\.[0-9]+\.[0-9]+$'
}

@test "jobdir: a verb runs its command, with its arguments and its status" {
	run -7 jobdir env -- sh -c 'echo "$1"; exit 7' sh 'a  b'
	assert_output 'a  b'
	mkdir more && printf '#!/bin/sh\necho mine "$@"\n' >more/jobdir-mine && chmod +x more/jobdir-mine
	PATH=$PWD/more:$PATH run -0 jobdir mine x
	assert_output 'mine x'
}

@test "jobdir: no verb, or one that is none, is one line and 100" {
	for v in '' -x nosuch ../wait 'wait x' $'a\nb'; do
		run -100 --separate-stderr jobdir "$v"
		assert_equal "$output" ''
		assert_regex "$stderr" '^jobdir: '
		assert_equal "${#stderr_lines[@]}" 1
	done
	run -100 --separate-stderr jobdir nosuch
	assert_equal "$stderr" "jobdir: no verb 'nosuch' (see jobdir --help)"
}

@test "jobdir: help to a full disk was a page of errors and exit 0" {
	for o in --help -V; do
		run -111 --separate-stderr sh -c 'jobdir "$1" >/dev/full' - $o
		assert_equal "$stderr" 'jobdir: cannot write to standard output'
	done
}

@test "every command: a bad option was told with the whole path of the program" {
	bin=$(dirname "$(command -v jobdir)")
	for f in "$bin"/jobdir-*; do
		run -100 --separate-stderr "$f" --no-such-option
		assert_regex "$stderr" "^${f##*/}: "
		refute_regex "$stderr" "$bin"
		assert_equal "${#stderr_lines[@]}" 1
	done
}

@test "options behind the JOB: the message did not say that they go before it" {
	for c in tail diff result agent; do
		run -100 --separate-stderr jobdir-$c job-1 -h
		assert_equal "$stderr" "jobdir-$c: one JOB is wanted, after the options (see jobdir-$c -h)"
	done
	run -100 --separate-stderr jobdir-tree remove job-1 -f
	assert_regex "$stderr" 'after the options'
}

@test "a file that cannot be read was not named" {
	run -0 jobdir-task --request=/nonexistent/r
	assert_output --partial "cannot read the request '/nonexistent/r': No such file"
	run -100 --separate-stderr jobdir-task --cwd=. --task-file=/nonexistent/t
	assert_regex "$stderr" "cannot read '/nonexistent/t': No such file"
	run -100 --separate-stderr jobdir-setup --print extra
	assert_regex "$stderr" "'extra'"
	run -100 --separate-stderr jobdir-env --set 1x=y -- true
	assert_equal "$stderr" "jobdir-env: not the name of a variable: '1x'"
	mkdir bare
	run -100 --separate-stderr jobdir-apply --recover "$PWD/bare"
	assert_equal "$stderr" "jobdir-apply: '$PWD/bare' is in no git repository"
}
