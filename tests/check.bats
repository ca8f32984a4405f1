#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-check on jobs made by hand: what is judged, in which order and words, and what a check
# may not do. The rounds are in e2e/worker.bats.
load lib/common
load lib/treejob

setup() {
	isolate
	R=$BATS_TEST_TMPDIR/r
	make_repo "$R"
}

# attempt N [EXIT [RESULT]]: an agent that ended so; default: well.
attempt() {
	mkdir -p "$JD/attempt-$1"
	jq -nc '{code: 0, signal: null, result: true, is_error: false, terminal_reason: "completed",
		structured: true, session_id: "s-1", denials: []}'" + ${2:-{\}}" >"$JD/attempt-$1/exit.json"
	jq -nc '{structured: {status: "success", summary: "done"}, text: null}'" + ${3:-{\}}" >"$JD/attempt-$1/result.json"
}

# check STATUS [OPTION...]: run it on $JOB.
check() {
	run -"$1" --separate-stderr jobdir-check "${@:2}" "$JOB"
}
# unseal: the job is judged by its tree again.
unseal() { rm -f "$JD/changes.json" "$JD/changes.patch"; }
last() { json ".rounds[-1] | $1" "$JD/checks.json"; }

@test "order and wording: scope, size, files, commands, agent; checks.json says the same" {
	made aaaaaaaa "$R" '' '{"scoped_patch": {"paths": ["src"], "max_diff_bytes": 100000}, "max_changed_files": 1,
		"checks": [{"name": "unit tests", "command": "grep -q int src/main.c"}, {"name": "no", "command": "sh -c \"exit 3\""}]}'
	attempt 1
	echo 'int y;' >>"$T/src/main.c"
	check 1
	assert_line -n 0 'scope: passed'
	assert_line -n 1 --regexp '^diff-size: passed \([0-9]+ bytes, at most 100000\)$'
	assert_line -n 2 'changed-files: passed (1 files, at most 1)'
	assert_line -n 3 --regexp '^unit tests: passed \([0-9.]+ s\)$'
	assert_line -n 4 'no: failed (exit status 3)'
	assert_line -n 5 'agent: passed'
	assert_equal "${#lines[@]}" 6
	json '.format == 1 and (.passed | not) and (.rounds | length) == 1' "$JD/checks.json"
	assert_equal "$(last '[.checks[].kind] | join(" ")')" 'scope size files command command agent'
	assert_equal "$(last '.checks[3].log')" attempt-1/checks/unit_tests.log
	run -0 jobdir-result --json "$JOB"
	jq -e '.result_status == "partial" and .why == "the checks failed" and .result.checks[4] == "no: failed (exit status 3)"' <<<"$output"
}

@test "everything passes: exit 0, outcome success" {
	made aaaaaaaa "$R"
	attempt 1
	echo x >>"$T/a.txt"
	check 0 --scope=a.txt --command='grep -q x a.txt'
	assert_line -n 1 --partial 'grep: passed'
	run -0 jobdir-result --json "$JOB"
	jq -e '.result_status == "success" and .why == "done, and the checks passed"' <<<"$output"
}

@test "scope: both ends of a rename, deletions, modes; a directory is not its namesake" {
	made aaaaaaaa "$R"
	attempt 1
	mkdir "$T/srcs"
	mv "$T/src/main.c" "$T/srcs/main.c"
	check 1 --scope=src
	assert_line 'scope: failed (outside: srcs/main.c)'
	check 1 --scope=srcs
	assert_line 'scope: failed (outside: src/main.c)'
	check 0 --scope=src --scope='srcs/**'
	unseal
	mv "$T/srcs/main.c" "$T/src/main.c"
	chmod +x "$T/a.txt"
	check 1 --scope=src
	assert_line 'scope: failed (outside: a.txt)'
	check 0 --scope="$R/a.txt"
	run -100 jobdir-check --scope=../x "$JOB"
	assert_output --partial "'../x' is not in the repository"
	run -100 jobdir-check --scope=/etc "$JOB"
}

@test "scope below the job's directory; many files are counted, deceptive names cleaned" {
	made aaaaaaaa "$R" src/
	attempt 1
	echo 1 >"$T/src/ok.c"
	check 0 --scope=.
	unseal
	for i in 1 2 3 4 5 6; do echo 1 >"$T/f$i"; done
	echo 1 >"$T/a"$'\n'"scope: passed"
	check 1 --scope=.
	assert_line -n 0 'scope: failed (outside: a scope: passed, f1, f2, f3, f4 and 2 more)'
}

@test "size: a larger diff fails; nothing asked is usage" {
	made aaaaaaaa "$R"
	head -c 5000 /dev/urandom >"$T/big"
	check 1 --max-diff-bytes=1000
	assert_line --regexp '^diff-size: failed \([0-9]+ bytes, at most 1000\)$'
	check 1 --max-files=0
	check 100
	assert_equal "$stderr" 'jobdir-check: nothing to check: the job asks for nothing, and no option does'
}

@test "a command gets words, not a shell; a shell only when asked" {
	made aaaaaaaa "$R" '' '{"checks": [{"name": "q", "command": "test \"a  b\" = '"'"'a  b'"'"'"},
		{"name": "list", "command": ["sh", "-c", "test \"$1\" = \"$HOME\"", "sh", "$HOME"]},
		{"name": "and", "command": "true && false"}, {"name": "sh", "command": "true && cd src && test -e main.c", "shell": true},
		{"name": "open", "command": "echo \"x"}, {"name": "none", "command": "/nonexistent/x"}]}'
	check 1
	assert_line -n 0 --partial 'q: passed'
	assert_line -n 1 'list: failed (exit status 1)'
	assert_line -n 2 'and: failed (it needs a shell: ask for one with shell)'
	assert_line -n 3 --partial 'sh: passed'
	assert_line -n 4 --partial 'open: failed (an empty command'
	assert_line -n 5 'none: failed (cannot run it: No such file or directory)'
}

@test "strange names: slashes, dots, empty, the same, ours" {
	made aaaaaaaa "$R" '' '{"checks": [{"name": "../../../evil", "command": "echo 1"}, {"name": "..", "command": "echo 2"},
		{"name": "", "command": "echo 3"}, {"name": "a/b", "command": "echo 4"}, {"name": "a_b", "command": "echo 5"},
		{"name": "a/b", "command": "echo 6"}, {"name": "scope", "command": "echo 7"}, {"name": "x: passed\n\u001b[31my", "command": "echo 8"},
		{"name": "ünï", "command": "echo 9"}]}'
	attempt 1
	echo x >"$T/new"
	check 0
	assert_line -n 0 --partial '../../../evil: passed'
	assert_line -n 2 --partial 'check-3: passed'
	assert_line -n 5 --partial 'a/b-2: passed'
	assert_line -n 6 --partial 'scope-2: passed'
	assert_line -n 7 --partial 'x_ passed [31my: passed'
	assert_equal "$(cat "$JD"/attempt-1/checks/*.log | sort | paste -sd' ')" '1 2 3 4 5 6 7 8 9'
	[[ ! -e "$JD/evil.log" && ! -e "$JD/../evil.log" ]]
	assert_equal "$(cd "$JD/attempt-1/checks" && find . -mindepth 1 | sort | paste -sd' ')" \
		'./_..log ./_._.._.._evil.log ./__n__.log ./a_b-2-2.log ./a_b-2.log ./a_b.log ./check-3.log ./scope-2.log ./x__passed__31my.log'
}

@test "a log name that is a link is not followed" {
	made aaaaaaaa "$R"
	attempt 1
	echo precious >"$BATS_TEST_TMPDIR/precious"
	mkdir "$JD/attempt-1/checks"
	ln -s "$BATS_TEST_TMPDIR/precious" "$JD/attempt-1/checks/echo.log"
	echo x >"$T/new"
	check 0 --command='echo hi'
	assert_equal "$(cat "$BATS_TEST_TMPDIR/precious")" precious
	assert_equal "$(cat "$JD/attempt-1/checks/echo.log")" hi
	rm -r "$JD/attempt-1/checks"
	ln -s "$BATS_TEST_TMPDIR" "$JD/attempt-1/checks"
	check 111 --command='echo hi'
}

@test "time limit: the whole tree of processes goes, its own session or not" {
	made aaaaaaaa "$R"
	check 1 --timeout=300ms --shell="setsid sleep 987.$$ & (sleep 986.$$ & sleep 985.$$) & echo begun; sleep 984.$$"
	assert_line --regexp '^sleep|setsid: failed \(timed out after 0.3 s'
	run ! pgrep -f "sleep 98[4567]\.$$"	# the number of this run alone
	check 0 --shell="setsid sleep 983.$$ >/dev/null 2>&1 & true"
	assert_line --partial 's; what it left running was killed)'
	run ! pgrep -f "sleep 983\.$$"
}

@test "killed by a signal, and a check that ends while its children keep the output open" {
	made aaaaaaaa "$R"
	check 1 --shell='kill -9 $$'
	assert_line --partial 'failed (killed by signal 9)'
	check 0 --timeout=50s --shell="sleep 982.$$ & echo done"
}

@test "told to stop: its command goes with it, and nothing is recorded" {
	made aaaaaaaa "$R"
	mkfifo "$BATS_TEST_TMPDIR/up"
	JOBDIR_CONFINE=off jobdir-check --shell="echo >$BATS_TEST_TMPDIR/up; sleep 981.$$" "$JOB" 3>&- &
	read -rt 60 _ <"$BATS_TEST_TMPDIR/up"
	kill -TERM $!
	ended=0
	wait $! || ended=$?
	assert_equal "$ended" 143
	[ ! -e "$JD/checks.json" ]
	run ! pgrep -f "sleep 981\.$$"
}

@test "walls: a check reads neither keys nor other jobs, writes no workspace; only if it is told has it none" {
	jq -e .fs <<<"$(jobdir-confine --probe)" >/dev/null || skip 'no Landlock here'
	made bbbbbbbb "$R"
	other=$JD
	made aaaaaaaa "$R"
	mkdir -p "$HOME/.ssh" "$HOME/bin"
	echo secret >"$HOME/.ssh/id"
	printf '#!/bin/sh\ncat "$HOME/.ssh/id"\n' >"$HOME/bin/tool"
	chmod +x "$HOME/bin/tool"
	check 0 --shell='test -e a.txt && echo x >built && echo y >"$TMPDIR/t"'
	[ -e "$T/built" ]
	for line in 'cat ~/.ssh/id' "cat $other/job.json" "ls $other/tree" "cat $JD/job.json" "$HOME/bin/tool"; do
		run -1 --separate-stderr jobdir-check --shell="$line" "$JOB"
		assert_output --partial 'failed (exit status'
	done
	run ! grep -rs secret "$JD/checks"
	# where /tmp is its own, a write there may succeed, and is nowhere
	cp -a "$R" before
	cp -a "$JD/ctl.git" ctl
	run jobdir-check --shell="echo x >$R/new; echo x >>$R/a.txt; rm $R/.git/HEAD; echo x >>$JD/end.json
		echo x >>$JD/ctl.git/config; echo x >>$other/end.json" "$JOB"
	diff -r before "$R"
	diff ctl/config "$JD/ctl.git/config"
	run ! grep -x x "$JD/end.json" "$other/end.json"
	JOBDIR_CONFINE=off check 0 --shell='cat ~/.ssh/id'
	JOBDIR_CONFINE=perhaps check 100 --command=true
	assert_equal "$stderr" "jobdir-check: confine is require, prefer or off, not 'perhaps'"
	# of this job nothing states what is in force
	JOBDIR_CONFINE=require check 103 --command=true
	# a job without a tree: its directory, to read
	id=$(jobdir-spawn -- true 3>&-)
	jobdir-wait -q "$id"
	run -1 jobdir-check --shell='test -d r && echo x >r/new' "$id"
	[ ! -e "$R/new" ]
}

@test "environment: sanitised, in the job's tree at its place, standard input empty" {
	made aaaaaaaa "$R" src/
	export ANTHROPIC_API_KEY=sk-test-not-for-checks-01234 GIT_DIR=/nonexistent JOBDIR_SERVICE=99 LD_PRELOAD=
	check 0 --shell='env | sort; pwd; cat; test -e main.c'
	log=$(cat "$JD"/checks/env.log)
	refute [ "${log/sk-test/}" != "$log" ]
	run -0 grep -cE '^(GIT_DIR|JOBDIR_SERVICE|ANTHROPIC_API_KEY)=' <<<"${log}x=
GIT_DIR="
	assert_output 1
	grep -qx "TMPDIR=$JD/tmp" <<<"$log"
	grep -qx "$T/src" <<<"$log"
}

@test "output is redacted; long output keeps its beginning and its end" {
	made aaaaaaaa "$R"
	export MY_TOKEN=very-secret-value-123456
	check 0 --shell='echo very-secret-value-123456; seq 1 1500000; echo the end'
	run -0 grep -c 'very-secret' <(sed 's/very-secret-value-123456/LEAK/' "$JD/checks/echo.log"; echo very-secret)
	assert_output 1
	run ! grep -q LEAK "$JD/checks/echo.log"
	assert_equal "$(tail -n1 "$JD/checks/echo.log")" 'the end'
	run -0 grep -c 'bytes left out' "$JD/checks/echo.log"
	(($(stat -c %s "$JD/checks/echo.log") < 9000000))
}

@test "the agent's own signals: errors, limits, failure, no change, denials that matter" {
	made aaaaaaaa "$R"
	attempt 1
	check 1 --command=true
	assert_line 'agent: failed (nothing was changed)'
	echo x >>"$T/a.txt"
	unseal
	attempt 1 '{is_error: true, terminal_reason: "max_turns"}'
	check 1 --command=true
	assert_line 'agent: failed (the turn limit was reached)'
	attempt 1 '{result: false}'
	check 1 --command=true
	assert_line 'agent: failed (it ended without a result)'
	attempt 1 '{}' '{structured: {status: "failed"}}'
	check 1 --command=true
	assert_line 'agent: failed (it reports that it failed)'
	attempt 1 '{}' "{denied: [{tool: \"Write\", target: \"$T/src/x\"}]}"
	check 1 --command=true
	assert_line --partial 'agent: failed (permission denied for the task: '
	attempt 1 '{}' '{denied: [{tool: "Write", target: "/etc/passwd"}, {tool: "Bash", target: "curl x"}]}'
	check 0 --command=true
	attempt 1 '{}' '{denied: [{tool: "Bash", target: "make test"}]}'
	check 1 --command='make test'
	assert_line --partial 'agent: failed (permission denied for the task: make test)'
}

@test "what a check writes is reported and is no part of the change" {
	made aaaaaaaa "$R"
	attempt 1
	echo x >>"$T/a.txt"
	jobdir-diff -q --record "$JOB" >/dev/null
	check 0 --shell='echo made >src/out.o; echo more >>a.txt; rm src/main.c'
	assert_equal "$stderr" "jobdir-check: the checks changed 3 files in the tree, first 'a.txt': no part of the change"
	assert_equal "$(last '.touched | "\(.count) \(.first | join(" "))"')" '3 a.txt src/main.c src/out.o'
	changed a.txt
	assert_equal "$(jobdir-diff -q "$JOB" | grep -c '^+[^+]')" 1
	run -0 jobdir-result --json "$JOB"
	jq -e '.result.checks_changed == 3 and (.warnings | any(startswith("the checks changed files")))' <<<"$output"
}

@test "damaged parameters are refused; an old round stays beside the new" {
	made aaaaaaaa "$R" '' '{"checks": [{"name": "x"}]}'
	check 100
	made bbbbbbbb "$R" '' '{"scoped_patch": ["src"]}'
	check 100
	made cccccccc "$R" '' '{"auto_revise": "perhaps"}'
	check 100
	made dddddddd "$R"
	check 0 --command=true
	check 1 --command=false
	assert_equal "$(json '[.rounds[].passed] | join(" ")' "$JD/checks.json")" 'true false'
	jobdir-check --json --command=true "$JOB" | jq -e '.passed and (.checks[0] | startswith("true: passed"))'
}

@test "a job without a tree, no job, usage" {
	id=$(jobdir-spawn -- true 3>&-)
	jobdir-wait -q "$id"
	run -0 --separate-stderr jobdir-check --command='test -d r' "$id"
	assert_line --partial 'test: passed'
	run -1 --separate-stderr jobdir-check --scope=src "$id"
	assert_line 'scope: failed (what was changed is not known)'
	run -100 jobdir-check --command=true job-20261121-110000-zzzzzzzz
	run -100 jobdir-check --timeout=0 --command=true "$id"
	run -100 jobdir-check
	run -0 jobdir-check -h
}
