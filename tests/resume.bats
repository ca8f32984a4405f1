#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Going on with a job, with a program that stands in for Claude Code: it keeps its conversation
# where the real one does, and does what it is told, as a shell. The real one is in
# tests/e2e/session.bats.
load lib/common
load lib/resume

setup() { resume_setup; }
teardown() { resume_teardown; }

@test "continued: tree, session and base are those of the old job; its own change stays" {
	write 'echo one >>a.txt; git add . && git commit -qm mine'
	old=$id OLD=$JOB
	write 'cat a.txt; git log -1 --format=%s; echo two >>b.txt' --continue="$old"
	assert_equal "$(end_job_state "$id")" succeeded
	run cat "$JOB/attempt-1/stderr.log"
	assert_output $'one\ntwo\nthree\none\nmine'
	assert_equal "$(jq -r .session_id "$JOB/attempt-1/exit.json")" "$(jq -r .session_id "$OLD/attempt-1/exit.json")"
	assert_equal "$(jq -c '[.continues, has("fork"), .recipe]' "$JOB/job.json")" "[\"$old\",false,\"write\"]"
	assert_equal "$(jq -c '[.format, .from, .forked, .before.input_tokens]' "$JOB/session.json")" "[1,\"$old\",false,7]"
	assert_equal "$(readlink -f "$OLD/continued-by")" "$JOB"
	cmp <(jq -c 'del(.notes)' "$OLD/tree.json") <(jq -c 'del(.notes)' "$JOB/tree.json")
	run -0 jobdir-diff -q --list "$old"
	assert_output 'M 100644 100644 a.txt'
	run -0 jobdir-diff -q --list "$id"
	assert_output $'M 100644 100644 a.txt\nA 000000 100644 b.txt'
	run -0 jobdir-apply --preview "$old"
	assert_output --partial 'a.txt'
	[[ ! -e "$OLD/tree" && ! -e "$OLD/home" ]]
	jq -cn --arg cwd "$WS" '{$cwd}' | jobdir-list --tool=claude_runs --request=- |
		jq -e '[.entries[].lifecycle] | length == 2 and index("cleaned") == null'
	run -0 jobdir-show "$old"
	assert_output --partial "$id"
	# and a third time
	write 'cat b.txt' --continue="$id"
	assert_equal "$(cat "$JOB/attempt-1/stderr.log")" two
}

@test "forked: two copies that know nothing of each other, and the first is as it was" {
	write 'echo one >a.txt; ln -s a.txt link; mkdir -m 755 d; echo x >d/x; chmod 755 d/x; mkfifo d/pipe'
	old=$id OLD=$JOB
	before=$(cd "$OLD" && find . -type f -exec sha256sum {} + | sort)
	for i in 1 2; do
		write "cat link d/x; test -x d/x; echo $i >>a.txt" --continue="$old" --fork
		assert_equal "$(cat "$JOB/attempt-1/stderr.log")" $'one\nx'
		assert_equal "$(cat "$JOB/tree/a.txt")" $'one\n'$i
		assert_equal "$(jq -c '[.fork, .continues]' "$JOB/job.json")" "[true,\"$old\"]"
		sid[i]=$(jq -r .session_id "$JOB/attempt-1/exit.json")
		assert_equal "$(tail -n1 "$JOB/tree/.git")" "gitdir: $JOB/agent.git"
	done
	[ "${sid[1]}" != "${sid[2]}" ]
	[ ! -e "$OLD/continued-by" ]
	assert_equal "$(cd "$OLD" && find . -type f -exec sha256sum {} + | sort)" "$before"
	write 'cat a.txt' --continue="$old"
	assert_equal "$(cat "$JOB/attempt-1/stderr.log")" one
}

@test "what was asked of the first job holds for the second, unless it says otherwise" {
	params='{"scoped_patch": {"paths": ["a.txt"]}, "allowed_files": ["a.txt"], "sensitive": "strict", "model": "m1", "checks": ["make -v"], "max_turns": 3}'
	write 'echo one >a.txt' --params=<(echo "$params")
	write 'echo two >b.txt' --continue="$id" --param=model=m2
	assert_equal "$(jq -c '.params | del(.base, .dirty)' "$JOB/job.json")" \
		'{"model":"m2","allowed_files":["a.txt"],"sensitive":"strict","checks":["make -v"],"scoped_patch":{"paths":["a.txt"]}}'
	result=$(jobdir-result --json "$id")
	assert_equal "$(json .why <<<"$result")" 'the change leaves its scope'
}

@test "refused in one line, and nothing is changed: running, other kind, other workspace, no such job" {
	write 'mkfifo "$TMPDIR/go"; read -r x <"$TMPDIR/go"' --background
	busy=$id BUSY=$JOB
	wait_for 30 test -p "$BUSY/tmp/go"
	no_continue "$busy" "'$busy' has not ended: wait for it, or tell it with jobdir-send"
	no_continue latest "the latest job here, '$busy', has not ended: wait for it"
	echo >"$BUSY/tmp/go"
	timeout 30 jobdir-wait -q "$busy" || :
	no_continue "$busy" "'$busy' is a write job: a read job cannot go on with it" --recipe=read
	make_repo other
	no_continue "$busy" "'$busy' is of another workspace, '$WS'" --cwd=other
	no_continue "$busy" "'$busy' is of another workspace, '$WS'" --cwd="$WS/src"
	id=$(jobdir-spawn --cwd="$WS" -- true 3>&-)
	jobdir-wait -q "$id"
	no_continue "$id" "'$id' cannot be continued: it is no read, review or write job" --recipe=write
	run -100 --separate-stderr jobdir-spawn --continue=zzzzzzzz --prompt=prompt
	assert_equal "$stderr" "jobdir-spawn: --continue: 'zzzzzzzz': no such job"
	run -100 --separate-stderr jobdir-spawn --continue=00000000-0000-4000-8000-000000000000 --cwd="$WS" --prompt=prompt
	assert_output ''
	run -100 --separate-stderr jobdir-spawn --fork --recipe=write --prompt=prompt
	assert_equal "$stderr" 'jobdir-spawn: --fork goes with --continue=JOB'
}

@test "refused: continued already, cleaned, without a session, its session gone" {
	write 'echo one >a.txt'
	old=$id OLD=$JOB
	write 'echo two >a.txt' --continue="$old"
	no_continue "$old" "'$old' was continued by '$id', which has its tree and session now: continue that"
	no_continue "$old" "'$old' was continued by '$id', which has its tree and session now: continue that" --fork
	cp "$JOB/job.json" kept
	echo x >"$JOB/job.json"
	no_continue "$old" "who continues '$old' cannot be read: Bad message"
	mv kept "$JOB/job.json"
	jobdir-clean -q --yes --force --trees "$id"
	no_continue "$old" "'$old' was continued by '$id', which has its tree and session now: continue that"
	jobdir-clean -q --yes --force "$id"
	no_continue "$old" "'$old' was continued by '$id', which was cleaned"

	write 'echo one >a.txt'
	rm "$JOB"/home/projects/x/*.jsonl
	no_continue "$id" "the session of '$id' is no longer there"
	jobdir-tree -f remove "$id"
	no_continue "$id" "the tree of '$id' was cleaned"

	CLAUDE_BIN=/nonexistent write 'echo'
	no_continue "$id" "the agent of '$id' never began a session: there is nothing to go on with"
	write 'echo one >a.txt'
	jobdir-clean -q --yes --force "$id"
	run -100 --separate-stderr jobdir-spawn --continue="$id" --prompt=prompt
	assert_equal "$stderr" "jobdir-spawn: --continue: '$id': no such job"
}

@test "a job that was lost at work goes on: its edits and its conversation are there" {
	write 'echo one >a.txt; mkfifo "$TMPDIR/go"; read -r x <"$TMPDIR/go"' --background
	wait_for 30 test -p "$JOB/tmp/go"
	kill -9 "$(json .supervisor_pid "$JOB/state.json")"
	jobdir-wait -q "$id" || :
	assert_equal "$(end_job_state "$id")" lost
	old=$id
	write 'cat a.txt' --continue="$old"
	assert_equal "$(cat "$JOB/attempt-1/stderr.log")" one
	run -0 jobdir-diff -q --list "$old"
	assert_output 'M 100644 100644 a.txt'
}

@test "a claim that came to nothing: cancelled in the queue, and half a takeover, given back" {
	write 'echo one >a.txt'
	old=$id OLD=$JOB
	MAX_RUNNING_JOBS=1
	export MAX_RUNNING_JOBS
	hog=$(jobdir-spawn -- sleep 1000 3>&-)
	wait_for 30 test -e "$(job_dir "$hog")/state.json"
	wait_for 30 grep -q running "$(job_dir "$hog")/state.json"
	write 'cat a.txt' --continue="$old" --background
	first=$id
	no_continue "$old" "'$old' is being continued already, by '$first'"
	run -1 jobdir-clean --yes --force "$old"
	assert_output --partial "'$first' is about to go on with it"
	jobdir-cancel -q "$first"
	no_continue "$first" "'$first' ended before it had taken over '$old': continue that"
	jobdir-cancel -q "$hog"
	unset MAX_RUNNING_JOBS
	# as if the first had been killed in the middle of it
	mv "$OLD/home" "$OLD/agent.git" "$(job_dir "$first")/"
	echo '{"format":1}' >"$(job_dir "$first")/session.json"
	run -1 jobdir-clean --yes "$first"
	assert_output --partial "it holds what it had not wholly taken over from '$old': continue that"
	write 'cat a.txt; git status --short' --continue="$old"
	assert_equal "$(cat "$JOB/attempt-1/stderr.log")" $'one\n M a.txt'
	[ ! -e "$(job_dir "$first")/home" ]
	assert_equal "$(readlink -f "$OLD/continued-by")" "$JOB"
}

@test "killed at every step of the takeover (each undone by spawn: LONG=1, else each fourth): undone or finished, never lost, never twice" {
	write 'echo one >a.txt'
	old=$id OLD=$JOB
	cat >kill.sh <<-'S'
		exec strace -qq -f -o /dev/null -e "trace=renameat,renameat2,fsync,linkat,mkdirat,unlinkat,symlinkat" \
			-e "inject=renameat,renameat2,fsync,linkat,mkdirat,unlinkat,symlinkat:signal=KILL:when=$1" jobdir-tree -q make "$2"
	S
	strace -qq -o /dev/null true 2>/dev/null || skip 'strace cannot trace here'
	step=0 rc=137
	while [ "$rc" != 0 ]; do
		step=$((step + 1))
		# a new job, made by hand: only its takeover is of interest
		by=job-20261121-2359$((step / 10 % 6))$((step % 10))-$(printf %08d $step | tr 0-9 a-j)
		BY=$JOBDIR_STATE/jobs/20261121/$by
		mkdir -p "$BY"
		jq -c --arg id "$by" --arg old "$old" '.id = $id | .continues = $old' "$OLD/job.json" >"$BY/job.json"
		touch "$BY/lock" "$BY/tree.lock"
		ln -sfn "../../20261121/$by" "$OLD/continued-by"
		rc=0
		sh kill.sh $step "$by" 2>/dev/null || rc=$?
		jobdir-list --all -q >/dev/null	# whoever looks finds it lost
		# all of it is in one of the two, or both halves are
		for part in home agent.git tree; do
			[ -e "$OLD/$part" ] || [ -e "$BY/$part" ] || { echo "step $step: $part is gone"; return 1; }
		done
		[ "$rc" != 0 ] || break
		if [ ! -e "$BY/tree.json" ] && [ ! "${LONG-}" ] && ((step % 4)); then
			for part in home agent.git tree; do
				[ -e "$OLD/$part" ] || mv "$BY/$part" "$OLD/"
			done
			rm -rf "$BY"
		elif [ ! -e "$BY/tree.json" ]; then
			# the next one gives it back, whoever that is
			write 'cat a.txt; git status --short' --continue="$old" --fork
			[ "$(cat "$JOB/attempt-1/stderr.log")" = $'one\n M a.txt' ] || { echo "step $step"; cat "$JOB/log"; return 1; }
			[[ -e "$OLD/tree/a.txt" && -e "$OLD/home" && ! -e "$BY/tree" ]]
		else
			no_continue "$old" "'$old' was continued by '$by', which has its tree and session now: continue that"
			break
		fi
		((step < 60))
	done
	[ "$step" -ge 8 ]
}

@test "latest: the newest of the directory and the goal; never one of two that ran side by side" {
	write 'echo one >a.txt' --param=goal_item_id=A
	a=$id
	write 'echo two >b.txt' --param=goal_item_id=B
	b=$id
	no_latest "there is no write job of '$WS' and the goal 'C' to go on with" --param=goal_item_id=C
	write 'cat a.txt' --continue=latest --param=goal_item_id=A --cwd="$WS"
	assert_equal "$(jq -r .continues "$JOB/job.json")" "$a"
	write 'cat a.txt b.txt' --continue=latest --cwd="$WS"
	assert_equal "$(jq -r .continues "$JOB/job.json")" "$(basename "$(readlink "$(job_dir "$a")/continued-by")")"
	no_latest "there is no write job of '$WS/src' to go on with" --cwd="$WS/src"

	# two at once: neither is "the latest", but each is that of its goal
	write 'mkfifo "$TMPDIR/go"; read -r x <"$TMPDIR/go"; echo 1 >one' --background --param=goal_item_id=one
	one=$id ONE=$JOB
	write 'mkfifo "$TMPDIR/go"; read -r x <"$TMPDIR/go"; echo 2 >two' --background --param=goal_item_id=two
	two=$id TWO=$JOB
	for j in "$ONE" "$TWO"; do
		wait_for 30 test -p "$j/tmp/go"
	done
	for j in "$ONE" "$TWO"; do
		echo >"$j/tmp/go"
		timeout 30 jobdir-wait -q "${j##*/}"
	done
	run -1 --separate-stderr jobdir-spawn --continue=latest --cwd="$WS" --prompt=prompt
	[[ $stderr == "jobdir-spawn: two tasks ran side by side here, '"*"' and '"*"': name the one to go on with" ]]
	write 'cat one; ! test -e two' --continue=latest --cwd="$WS" --param=goal_item_id=one
	assert_equal "$(jq -r .continues "$JOB/job.json") $(cat "$JOB/attempt-1/stderr.log")" "$one 1"
	write 'cat two; ! test -e one' --continue=latest --cwd="$WS" --param=goal_item_id=two
	assert_equal "$(jq -r .continues "$JOB/job.json") $(cat "$JOB/attempt-1/stderr.log")" "$two 2"
}

@test "by its session's id: the newest job that has it; asked twice at once, it is one job" {
	write 'echo one >a.txt'
	session=$(jq -r .session_id "$JOB/attempt-1/exit.json")
	write 'echo two >>a.txt' --continue="$session" --cwd="$WS"
	second=$id
	write 'cat a.txt; mkfifo "$TMPDIR/go"; read -r x <"$TMPDIR/go"' --continue="$session" --cwd="$WS" --dedupe --background
	assert_equal "$(jq -r .continues "$JOB/job.json")" "$second"
	run -0 --separate-stderr jobdir-spawn --continue="$session" --cwd="$WS" --dedupe --prompt=prompt --timeout=50s
	assert_output "$id"
	wait_for 30 test -p "$JOB/tmp/go"
	echo >"$JOB/tmp/go"
	timeout 30 jobdir-wait -q "$id"
}

@test "read: the conversation goes on, in the workspace; recent begins anew where there is none" {
	ask read 'cat a.txt' --continue=recent
	assert_equal "$(jq -c 'has("continues")' "$JOB/job.json")" false
	first=$id
	ask read 'echo again' --continue=recent
	assert_equal "$(jq -r .continues "$JOB/job.json")" "$first"
	[ ! -e "$(job_dir "$first")/home" ]
	assert_equal "$(wc -l <"$(echo "$JOB"/home/projects/x/*.jsonl)")" 2
	ask read 'echo fork' --continue="$id" --fork
	[ -e "$(job_dir "$(jq -r .continues "$JOB/job.json")")/home" ]
	ask review 'echo hello'
	no_continue "$id" "'$id' is a review job: a read job cannot go on with it" --recipe=read
	ask review 'echo again' --continue="$id"
	assert_equal "$(end_job_state "$id")" succeeded
}

@test "cleaning: the old job may go when what went on with it was landed whole" {
	write 'echo one >a.txt'
	old=$id
	write 'echo two >b.txt' --continue="$old"
	run -1 jobdir-clean --yes "$old"
	assert_output --partial 'its change of 1 file was not applied'
	jobdir-apply --preview "$id" >/dev/null
	jobdir-apply --yes "$id" >/dev/null
	assert_equal "$(git -C "$WS" status --porcelain | paste -sd,)" ' M a.txt,?? b.txt'
	run -0 jobdir-clean --yes "$old"
	[ ! -e "$(job_dir "$old")/job.json" ]
}

# call TOOL FILTER: the request form; $output is the answer.
call() {
	output=$(jq -cn --arg cwd "$WS" --arg id "$id" "$2" | jobdir-task --tool="$1" --request=- 3>&-)
}

expect() {
	json "$1" <<<"$output" >/dev/null || { echo "not so: $1"; jq . <<<"$output"; return 1; }
}

# the_job: $id, $JOB of the answer, at its end.
the_job() {
	id=$(json .job.job_id <<<"$output")
	JOB=$(job_dir "$id")
	timeout 60 jobdir-wait -q "$id" || :
}

@test "claude_task: job_id with a new task goes on with an ended job; alone, or told again, it only waits" {
	write 'echo one >a.txt'
	old=$id
	call claude_task '{$cwd, job_id: $id}'
	expect '.reuse_decision == "job_id" and .job.job_id == "'$old'"'
	call claude_task '{$cwd, job_id: $id, mode: "read", task: "Go on"}'
	expect '.error | .code == "invalid_request" and .message == "mode: job_id names a write job"'
	echo dirty >"$WS/a.txt"
	call claude_task '{$cwd, job_id: $id, task: "Explain", constraints: ["x"], wait_timeout_sec: 25}'
	expect '.reuse_decision == "created" and .mode_inference == {requested_mode: "auto", delegated_mode: "write",
		reason: "resumed", confidence: "high", matched_hints: []} and .job.continues == "'$old'"'
	the_job
	[ "$id" != "$old" ]
	jobdir-result --json "$id" | jq -e '.result.session | .continues == "'$old'" and .resumed and (.forked | not)
		and .requested_session_id == .returned_session_id'
	assert_equal "$(jq -r .base_commit "$JOB/tree.json")" "$(jq -r .base_commit "$(job_dir "$old")/tree.json")"
	# told the same once more: that job, and no other
	call claude_task '{$cwd, job_id: $id, task: "Explain", constraints: ["x"]}'
	expect '.reuse_decision == "job_id"'
	id=$old
	call claude_task '{$cwd, job_id: $id, task: "Again"}'
	expect '.error | .code == "refused" and (.message | test("was continued by"))'
	id=job-20261121-000000-aaaaaaaa
	call claude_task '{$cwd, job_id: $id, task: "Again"}'
	expect '.error.code == "job_not_found"'
}

@test "claude_task: a task for a job that has not ended is not done, and that is said" {
	write 'mkfifo "$TMPDIR/go"; read -r x <"$TMPDIR/go"' --background
	wait_for 30 test -p "$JOB/tmp/go"
	call claude_task '{$cwd, job_id: $id, task: "Something else", background: true}'
	expect '.reuse_decision == "job_id" and .waiting and (.message | test("nothing was done about this task"))'
	call claude_task '{$cwd, resume_latest: true, task: "Something else"}'
	expect '.error | .code == "refused" and (.message | test("has not ended"))'
	echo >"$JOB/tmp/go"
	timeout 30 jobdir-wait -q "$id" || :
}

@test "resume_latest, session_key, fork_session and resume are what spawn makes of them" {
	call claude_task '{$cwd, resume_latest: true, task: "x"}'
	expect '.error | .code == "refused" and (.message | test("no write job"))'
	write 'echo one >a.txt' --param=goal_item_id=g
	a=$id session=$(jq -r .session_id "$JOB/attempt-1/exit.json")
	call claude_implement '{$cwd, session_key: "'$session'", fork_session: true, task: "x"}'
	the_job
	[ "$(jq -c '[.continues, .fork]' "$JOB/job.json")" = "[\"$a\",true]" ]
	call claude_task '{$cwd, resume_latest: true, goal_item_id: "g", task: "Why is it so?"}'
	expect '.delegated_mode == "write" and .mode_inference.reason == "resumed"'
	the_job
	b=$id
	call claude_implement '{$cwd, session_key: $id, task: "y"}'
	expect '.job.continues == "'$b'"'
	the_job
	call claude_implement '{$cwd, session_key: "'$b'", task: "z"}'
	expect '.error | .code == "refused" and (.message | test("^.job-[^ ]* was continued by"))'
	# of another workspace: not even its existence is told
	WS=$BATS_TEST_TMPDIR/other
	make_repo "$WS"
	for key in $a $session zzzzzzzz; do
		call claude_implement '{$cwd, session_key: "'$key'", task: "z"}'
		expect '.error.code == "job_not_found" and (.error.message | test("ws") | not)' || { echo "$key"; return 1; }
	done
	# questions: one goes on with the last, fast and resume: false begin anew
	call claude_query '{$cwd, task: "one"}'
	the_job
	expect '.job | has("continues") | not'
	q=$id
	call claude_query '{$cwd, task: "two", fast: true}'
	expect '.job | has("continues") | not'
	the_job
	call claude_query '{$cwd, task: "three", resume: false}'
	expect '.job | has("continues") | not'
	the_job
	call claude_query '{$cwd, task: "four"}'
	expect '.job.continues == "'$id'"'
	the_job
}

@test "what comes next: a job that did not come to its end is offered to go on, with its id and a task" {
	write 'echo one >a.txt; exit 3'
	next() { jq -cn --arg cwd "$WS" --arg id "$id" '{$cwd, job_id: $id}' | jobdir-result --tool=claude_result --request=-; }
	output=$(next)
	expect '[.next_actions[] | select(.tool == "claude_task")] | length == 1 and (.[0].args | .job_id == "'$id'" and (.task | length > 20) and .cwd == "'$WS'")'
	call claude_task "$(jq -c '.next_actions[] | select(.tool == "claude_task") | .args' <<<"$output")"
	expect '.job.continues == "'$id'"'
	output=$(next)
	expect '[.next_actions[] | select(.tool == "claude_task")] == []'
	the_job
	JOBDIR_ENABLED_TOOLS=claude_result
	export JOBDIR_ENABLED_TOOLS
	output=$(next)
	expect '[.next_actions[].tool] - ["claude_result"] == []'
}
