#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The reference program's defects, one test or more for each, named after the symptom a
# user would see: ours does the right thing. Everything is real but the model's words:
# Claude Code, git, the server, the kernel.

load ../lib/common
load ../lib/mcp
load ../lib/e2e

setup() {
	e2e_setup
}

teardown() {
	e2e_teardown
}

ten_lines() {
	make_repo "$WS"
	printf '%s\n' 1 2 3 4 5 6 7 8 9 10 >"$WS/n.txt"
	git -C "$WS" add -A
	git -C "$WS" commit -qm 'ten lines'
}

# ---- 1: newer commits ----

@test "a commit made while the agent worked is not reverted: both changes are there" {
	ten_lines
	begin "$(sh_turn 'sed -i s/^2$/agent/ n.txt')" "$(done_turn)"
	write_job
	sed -i 's/^9$/user/' "$WS/n.txt"
	git -C "$WS" commit -qam 'the user goes on'
	land
	expect '.applied_files == ["n.txt"]'
	[ "$(tr '\n' ' ' <"$WS/n.txt")" = '1 agent 3 4 5 6 7 8 user 10 ' ]
}

@test "a commit to the same lines is a conflict, named, and nothing is written" {
	ten_lines
	begin "$(sh_turn 'sed -i s/^2$/agent/ n.txt; echo new >new.txt')" "$(done_turn)"
	write_job
	sed -i 's/^2$/user/' "$WS/n.txt"
	git -C "$WS" commit -qam 'the user changes the same'
	preview
	expect '[.conflicts[].path] == ["n.txt"]'
	ask claude_apply --arg t "$token" '{$cwd, $job_id, preview_token: $t, confirmed_by_user: true}'
	expect '.error.code == "conflict"'
	grep -qx user "$WS/n.txt"
	[ ! -e "$WS/new.txt" ]
	clean_workspace
}

@test "a commit that made the same change already is no conflict and no work" {
	ten_lines
	begin "$(sh_turn 'sed -i s/^2$/same/ n.txt; echo new >new.txt')" "$(done_turn)"
	write_job
	sed -i 's/^2$/same/' "$WS/n.txt"
	git -C "$WS" commit -qam 'the user was faster'
	land
	expect '.applied_files == ["new.txt"]'
	[ "$(git -C "$WS" status --porcelain)" = '?? new.txt' ]
}

# ---- 2: renames and names ----

@test "a rename that the agent committed is not 'no changed files'" {
	begin "$(bash_turn 'git mv a.txt b.txt')" "$(sh_turn 'git -c user.name=A -c user.email=a@b commit -qm moved')" \
		"$(sh_turn 'git log --oneline | wc -l | grep -qx 2')" "$(done_turn)"
	write_job
	expect '.status == "success" and ([.files[].path] == ["a.txt", "b.txt"])'
	land
	[ ! -e "$WS/a.txt" ]
	[ "$(cat "$WS/b.txt")" = $'one\ntwo\nthree' ]
	[ "$(git -C "$WS" rev-list --count HEAD)" = 1 ]
}

@test "a rename that the agent staged is not refused" {
	begin "$(bash_turn 'git mv a.txt src/b.txt')" "$(done_turn)"
	write_job
	expect '.status == "success"'
	preview
	expect '.conflicts == []'
	land
	[ ! -e "$WS/a.txt" ]
	[ "$(cat "$WS/src/b.txt")" = $'one\ntwo\nthree' ]
}

@test "committed names beyond ASCII, with newline, quote or no UTF-8, all arrive, also with cleanup" {
	begin "$(sh_turn 'mkdir -p "d/ü"; echo 1 >"d/ü/é 漢.txt"; echo 2 >"$(printf "a\nb")"; echo 3 >"q\"\\t"; echo 4 >"$(printf "l\344tin")"; echo 5 >" -s"; git add -A; git -c user.name=A -c user.email=a@b commit -qm names')" \
		"$(done_turn)"
	write_job
	land '{cleanup: true}'
	expect '.cleanup_performed == true and (.applied_files | length == 5)'
	[ "$(cat "$WS/d/ü/é 漢.txt" "$WS/"$'a\nb' "$WS/q\"\\t" "$WS/"$'l\344tin' "$WS/ -s" | tr -d '\n')" = 12345 ]
	[ ! -e "$JOB/tree" ]
}

# ---- 3: subdirectories ----

@test "a workspace below the top level: files land where they belong, not in d/d" {
	make_repo "$WS"
	mkdir "$WS/d"
	echo old >"$WS/d/x.txt"
	git -C "$WS" add -A
	git -C "$WS" commit -qm d
	top=$WS WS=$WS/d
	begin "$(sh_turn 'echo new >x.txt; echo c >c.txt; mkdir d; echo deep >d/e.txt; echo two >>../a.txt')" "$(done_turn)"
	write_job
	expect '[.files[].path] == ["a.txt", "d/c.txt", "d/d/e.txt", "d/x.txt"]'
	land
	[ "$(cat "$top/d/x.txt" "$top/d/c.txt" "$top/d/d/e.txt")" = $'new\nc\ndeep' ]
	[ "$(tail -n 1 "$top/a.txt")" = two ]
	[ ! -e "$top/d/d/c.txt" ] && [ ! -e "$top/d/d/x.txt" ] && [ ! -e "$top/c.txt" ]
}

# ---- 4: snapshots ----

@test "dirty_policy=snapshot can be applied, and the user's edits are not the agent's" {
	ten_lines
	sed -i 's/^9$/users edit/' "$WS/n.txt"
	echo untracked >"$WS/notes.txt"
	rm "$WS/src/main.c"
	echo staged >"$WS/staged.txt"
	git -C "$WS" add staged.txt
	before=$(git -C "$WS" diff --cached)
	begin "$(sh_turn 'grep -q "users edit" n.txt; test ! -e src/main.c; echo more >>notes.txt; sed -i s/^2$/agent/ n.txt')" "$(done_turn)"
	write_job '{dirty_policy: "snapshot"}'
	expect '.status == "success" and [.files[].path] == ["n.txt", "notes.txt"]'
	land
	[ "$(tr '\n' ' ' <"$WS/n.txt")" = '1 agent 3 4 5 6 7 8 users edit 10 ' ]
	[ "$(cat "$WS/notes.txt")" = $'untracked\nmore' ]
	[ ! -e "$WS/src/main.c" ]
	assert_equal "$(git -C "$WS" diff --cached)" "$before"
}

@test "dirty_policy=committed starts from the commit, and a dirty target is a conflict or a merge" {
	ten_lines
	sed -i 's/^2$/users edit/' "$WS/n.txt"
	begin "$(sh_turn 'grep -qx 2 n.txt; sed -i s/^2$/agent/ n.txt')" "$(done_turn)"
	write_job '{dirty_policy: "committed"}'
	expect '.status == "success"'
	preview
	expect '[.conflicts[].path] == ["n.txt"]'
	grep -qx 'users edit' "$WS/n.txt"
}

# ---- 5: modes and links ----

@test "the executable bit of new and of changed files, and symbolic links, arrive" {
	begin "$(sh_turn 'printf "#!/bin/sh\n" >run.sh; chmod 755 run.sh src/main.c; ln -s ../a.txt src/link')" "$(done_turn)"
	write_job
	expect '[.files[] | .path + .status] == ["run.shA", "src/linkA", "src/main.cM"]'
	land
	[ -x "$WS/run.sh" ] && [ -x "$WS/src/main.c" ] && [ ! -x "$WS/a.txt" ]
	[ "$(readlink "$WS/src/link")" = ../a.txt ]
	[ "$(git -C "$WS" diff --summary)" = ' mode change 100644 => 100755 src/main.c' ]
}

# ---- 6: patches ----

@test "the patch is accepted by git apply byte for byte, final newline, binary and all" {
	begin "$(sh_turn 'echo four >>a.txt; printf "no newline" >tail.txt; printf "\000\001\002\377" >x.bin; git mv src/main.c moved.c; chmod 755 moved.c; printf "cr\r\nlf \t \n" >crlf.txt; echo z >"ü z.txt"')" \
		"$(done_turn)"
	write_job
	preview '{include_patch: true, patch_max_bytes: 40000}'
	patch=$(json .patch_path <<<"$result")
	assert_equal "$(wc -c <"$patch")" "$(json .patch_bytes <<<"$result")"
	assert_equal "$(sha256sum <"$patch" | cut -d' ' -f1)" "$(json .diff_sha256 <<<"$result")"
	[ "$(tail -c 1 "$patch")" = '' ]
	# What is shown is for reading; where it is not the same, the answer says so.
	expect '.patch_truncated == false and ([.warnings[] | select(test("exact"))] | length == 1)'
	git clone -q "$WS" other
	git -C other apply --index "$patch"
	land
	rm -rf other/.git "$WS.git"
	mv "$WS/.git" "$WS.git"
	diff -r other "$WS"
	[ -x "$WS/moved.c" ]
}

@test "a patch of plain text is given inline byte for byte, final newline and sum included" {
	begin "$(sh_turn 'echo four >>a.txt; printf "no newline" >tail.txt; echo "ü é" >u.txt')" "$(done_turn)"
	write_job
	preview '{include_patch: true}'
	jq -j .patch <<<"$result" >p.patch
	assert_equal "$(wc -c <p.patch)" "$(json .patch_bytes <<<"$result")"
	assert_equal "$(sha256sum <p.patch | cut -d' ' -f1)" "$(json .diff_sha256 <<<"$result")"
	git -C "$WS" apply ../p.patch
	[ "$(cat "$WS/tail.txt")" = 'no newline' ]
	preview
	expect '.interaction.state == "apply_preview" and .total == 3'
}

# ---- 7: what is not a success ----

@test "a crashed write job is not a success, whoever asks" {
	begin "$(gate_turn)" "$(done_turn)"
	background_job
	at_gate
	kill_supervise
	ask claude_task '{$cwd, $job_id}'
	expect '.status == "failed" and .job.status == "lost" and .result_status == "failed"'
	ask claude_result '{$cwd, $job_id}'
	expect '.job.status == "lost" and .result_status == "failed"'
	ask claude_job_wait '{$cwd, $job_id}'
	expect '.waiting == false and .job.status == "lost" and .status != "success"'
	alone
}

@test "a read that the API refused is not a success" {
	begin "$(error_turn 400 'no credit left')"
	ask claude_task '{$cwd, mode: "read", task: "Explain."}'
	take_id
	expect '.status == "failed" and .result_status == "failed" and .job.status == "failed"'
	expect '.why == "the model'\''s API failed" and .result.attempt.api_error_status == 400'
	ask claude_result '{$cwd, $job_id}'
	expect '.result_status == "failed"'
}

@test "a review that the API refused is not a success" {
	begin "$(error_turn 403 'not allowed')"
	ask claude_task '{$cwd, mode: "review", task: "Review it.", diff: "+x"}'
	take_id
	expect '.status == "failed" and .result_status == "failed" and .job.status == "failed"'
	expect ".result.attempt.api_error_status == 403"
}

@test "an answer without its structure is unknown, not a success" {
	begin '{"text": "I think all is well."}' '{"text": "As I said.", "repeat": true}'
	ask claude_task '{$cwd, mode: "read", task: "Explain."}'
	expect '.status != "success" and .result_status == "unknown"'
	expect '.result.report.text // .result.text // "" | tostring | test("all is well|As I said")'
}

@test "reported success without a changed file is not a success" {
	begin "$(done_turn success 'I did it all.')"
	write_job
	expect '.status != "success" and .result_status == "unknown"'
}

@test "a refused apply is an error, not a success" {
	begin "$(sh_turn 'echo x >x.txt')" "$(done_turn)"
	write_job
	preview
	ask claude_apply --arg t "$token" '{$cwd, $job_id, preview_token: $t}'
	expect '.error.code == "confirmation_required"'
	jq -e .result.isError <<<"$reply"
	echo mine >"$WS/x.txt"
	ask claude_apply --arg t "$token" '{$cwd, $job_id, preview_token: $t, confirmed_by_user: true}'
	expect '.error.code | IN("conflict", "token_mismatch")'
	jq -e .result.isError <<<"$reply"
	[ "$(cat "$WS/x.txt")" = mine ]
}

@test "a permission denial is told, not hidden behind the agent's word" {
	begin "$(bash_turn 'curl -s http://127.0.0.1:1/')" "$(sh_turn 'echo x >x.txt')" "$(done_turn)"
	write_job
	expect '[.warnings[] | select(test("permission denied"))] | length == 1'
	expect '[.warnings[] | select(test("no tests were run"))] | length == 1'
	expect '.result.denials[0].tool == "Bash"'
}

@test "a run that met its turn limit is not a success, and what it did can be applied" {
	begin "$(sh_turn 'echo agent >>a.txt')" "$(sh_turn 'echo more >>a.txt')" "$(done_turn)"
	echo 'Make the change.' >prompt
	run -1 jobdir spawn --recipe=write --param=max_turns=1 --prompt=prompt --cwd="$WS" --wait
	id=${lines[0]}
	JOB=$(job_dir "$id")
	ask claude_result '{$cwd, $job_id}'
	expect '.result_status == "partial" and .why == "the turn limit was reached" and .job.status == "failed"'
	expect '.result.attempt.terminal_reason == "max_turns"'
	land
	[ "$(tail -n 1 "$WS/a.txt")" = agent ]
	for limit in x 0 -1 1.5 '"1"' ''; do
		run -1 jobdir spawn --recipe=read --param="max_turns=$limit" --prompt=prompt --cwd="$WS" --wait
		grep -q "'max_turns' is not a whole number above 0" "$(job_dir "${lines[0]}")/log"
	done
	[ "$(wc -l <"$MODEL_LOG")" = 1 ]
}

# ---- 8: what is the same request ----

@test "two different diffs are two jobs; the same request while active is one" {
	begin '{"hang": true}'
	jobs=()
	for request in '{diff: "+one"}' '{diff: "+one"}' '{diff: "+two"}' '{diff: "+one", task: "Other."}'; do
		ask claude_task "{\$cwd, mode: \"review\", task: \"Review it.\", background: true} + $request"
		jobs+=("$(json '.job.job_id + " \(.deduped)"' <<<"$result")")
	done
	first=${jobs[0]% *}
	assert_equal "${jobs[0]}" "$first false"
	assert_equal "${jobs[1]}" "$first true"
	[ "$(printf '%s\n' "${jobs[@]%% *}" | sort -u | wc -l)" = 3 ]
	echo more >>"$WS/a.txt"
	ask claude_task '{$cwd, mode: "review", task: "Review it.", diff: "+one", background: true}'
	expect --arg f "$first" '.deduped == false and .job.job_id != $f'
}

@test "another constraint, profile, file scope or commit is another write job" {
	export MAX_RUNNING_JOBS=1
	begin '{"hang": true}'
	ids=()
	for extra in '{}' '{constraints: ["No new files"]}' '{security_profile: "strict"}' '{allowed_files: ["a.txt"]}'; do
		background_job "$extra"
		expect '.deduped == false'
		ids+=("$id")
	done
	git -C "$WS" commit -q --allow-empty -m later
	background_job
	expect '.deduped == false'
	ids+=("$id")
	[ "$(printf '%s\n' "${ids[@]}" | sort -u | wc -l)" = 5 ]
}

@test "a cancelled or failed job is never given as the answer to the same request" {
	begin "$(error_turn 400 broken)"
	ask claude_task '{$cwd, mode: "read", task: "Explain."}'
	take_id
	first=$id
	ask claude_task '{$cwd, mode: "read", task: "Explain."}'
	take_id
	[ "$id" != "$first" ]
	expect '.deduped == false'
}

# ---- 9: sessions ----

@test "an error that says 'not found' starts no second session in another tree" {
	begin "$(sh_turn 'echo x >x.txt')" "$(error_turn 400 'session not found: no conversation found with session ID')"
	write_job
	expect '.status != "success" and .result.attempts == 1'
	[ ! -e "$JOB/attempt-2" ]
	[ "$(jq -r '.headers["X-Claude-Code-Session-Id"]' "$MODEL_LOG" | sort -u | wc -l)" = 1 ]
}

# ---- 10: an apply that is killed ----

# landing_killed WHEN: kill -9 the landing when WHEN is true; then all old or all new, never both.
landing_killed() {
	local pid n=0
	jobdir-apply --tool=claude_apply --request=- <<<"{\"cwd\":\"$WS\",\"job_id\":\"$id\",\"preview_token\":\"$token\",\"confirmed_by_user\":true}" >apply.out 2>&1 3>&- &
	pid=$!
	until eval "$1" || ! kill -0 $pid 2>/dev/null; do :; done
	kill -9 $pid 2>/dev/null || :
	wait $pid || :
	jobdir apply --recover "$WS" >>recovered || return 1
	n=$(cat "$WS"/f*.txt | grep -cx new) || :
	echo "killed when $1: $n of 150 are new"
	[[ $n == 0 || $n == 150 ]] || return 1
	[[ $(find "$WS" -name 'f*.txt' | wc -l) == 150 ]] || return 1
	git -C "$WS" checkout -q -- .
	git -C "$WS" clean -fdxq
}

@test "an apply killed half way leaves all old or all new" {
	make_repo "$WS"
	for i in {1..150}; do echo old >"$WS/f$i.txt"; done
	git -C "$WS" add -A
	git -C "$WS" commit -qm many
	begin "$(sh_turn 'for f in f*.txt; do echo new >$f; done')" "$(done_turn)"
	write_job
	preview
	landing_killed '[[ -e $WS/.git/jobdir/new ]]'
	landing_killed '[[ -e $WS/.git/jobdir/journal ]]'
	landing_killed '[[ $(<"$WS/f1.txt") == new ]]'
	landing_killed '[[ $(<"$WS/f150.txt") == new ]]'
	landing_killed '[[ $(<"$WS/f99.txt") == new ]]'
	grep -q '^undone' recovered # at least one was killed in the middle
	land
	[ "$(cat "$WS"/f*.txt | sort -u)" = new ]
}

# ---- 11: work that was cut off ----

@test "the edits of a cancelled write job can be previewed and applied" {
	begin "$(gate_turn 'echo agent >>a.txt; echo n >new.txt')" "$(done_turn)"
	background_job
	at_gate
	ask claude_job_cancel '{$cwd, $job_id}'
	[ "$(finish)" = cancelled ]
	ask claude_result '{$cwd, $job_id}'
	expect '.job.status == "cancelled" and .result_status == "partial" and (.files | length == 2)'
	expect '[.next_actions[] | select(.tool == "claude_apply" and .args.preview)] | length == 1'
	land
	expect '.applied_files == ["a.txt", "new.txt"]'
	grep -qx agent "$WS/a.txt"
	alone
}

@test "the edits of a write job whose supervisor was killed can be previewed and applied" {
	begin "$(gate_turn 'echo agent >>a.txt; echo n >new.txt')" "$(done_turn)"
	background_job
	at_gate
	kill_supervise
	ask claude_result '{$cwd, $job_id}'
	expect '.job.status == "lost" and .result_status == "partial"'
	alone
	land
	grep -qx agent "$WS/a.txt"
	[ -e "$WS/new.txt" ]
}

@test "the edits of a write job that met its time limit can be previewed and applied" {
	begin "$(gate_turn 'echo agent >>a.txt; echo n >new.txt')" "$(done_turn)"
	write_job '{timeout_sec: 6}'
	expect '.job.status == "timed_out" and .status == "partial"'
	land
	grep -qx agent "$WS/a.txt"
	alone
}

# ---- 12: names of trees, and what is said to the agent ----

@test "a job is applied by its id, a part of it, or the path of its tree" {
	begin "$(sh_turn 'echo x >x.txt')" "$(done_turn)"
	write_job
	for name in "$id" "${id##*-}" "$JOB/tree" "$JOB"; do
		ask claude_apply --arg w "$name" '{$cwd, worktree_path: $w, preview: true}'
		expect '.planned_changes | length == 1'
	done
	ask claude_apply --arg w "$WS" '{$cwd, worktree_path: $w, preview: true}'
	expect '.error.code | IN("job_not_found", "invalid_request")'
}

@test "instruction files and constraints reach the agent" {
	make_repo "$WS"
	echo 'tabs only' >"$WS/STYLE.md"
	git -C "$WS" add -A
	git -C "$WS" commit -qm style
	begin "$(sh_turn 'echo x >x.txt')" "$(done_turn)"
	write_job '{instruction_files: ["STYLE.md"], constraints: ["Mind the gap 4711"]}'
	prompts | jq -se 'all(contains("STYLE.md") and contains("Mind the gap 4711"))'
}

# ---- 13: scope ----

@test "files outside the allowed ones are shown and can be left out; the rest lands" {
	begin "$(sh_turn 'echo agent >>a.txt; echo more >>src/main.c')" "$(done_turn)"
	write_job '{allowed_files: ["a.txt"]}'
	preview
	expect '[.conflicts[] | [.path, .reason]] == [["src/main.c", "needs_accept"]]'
	ask claude_apply --arg t "$token" '{$cwd, $job_id, preview_token: $t, confirmed_by_user: true}'
	expect '.error.code == "conflict"'
	clean_workspace
	run -0 jobdir apply --preview --only=a.txt "$id"
	run jobdir apply --yes --only=a.txt --cleanup "$id"
	grep -qx agent "$WS/a.txt"
	[ -d "$JOB/tree" ] # not all of it has landed
	[ "$(git -C "$WS" status --porcelain)" = ' M a.txt' ]
}

# ---- 14: observation ----

@test "a change that cannot be read is said to be unknown, not 'no changes'" {
	begin "$(gate_turn 'echo agent >>a.txt')" "$(done_turn)"
	background_job
	at_gate
	mv "$JOB/ctl.git" "$JOB/ctl.gone"
	open_gate
	finish
	ask claude_result '{$cwd, $job_id}'
	expect '.result_status != "success" and (.files | not)'
	expect '[.why, .warnings[]] | map(select(test("change"))) | length > 0'
	ask claude_apply '{$cwd, $job_id, preview: true}'
	expect '.error.message | test(".")'
}

# ---- 14b: the second write ----

@test "a second write while one is active is its own job with its own result" {
	begin_talks \
		"$(talk 'the first task' "$(gate_turn 'echo first >first.txt')" "$(done_turn success 'First is done.')")" \
		"$(talk 'the second task' "$(sh_turn 'echo second >second.txt')" "$(done_turn success 'Second is done.')")"
	background_job '{task: "Do the first task."}'
	first=$id first_job=$JOB
	at_gate
	write_job '{task: "Do the second task."}'
	[ "$id" != "$first" ]
	expect '.status == "success" and (.summary | test("Second")) and [.files[].path] == ["second.txt"]'
	[ -z "$(end_job_state "$first")" ]
	second=$id id=$first JOB=$first_job
	open_gate
	ask claude_task '{$cwd, $job_id}'
	expect '.status == "success" and (.summary | test("First")) and [.files[].path] == ["first.txt"]'
	land
	id=$second
	land
	[ "$(cat "$WS/first.txt" "$WS/second.txt")" = $'first\nsecond' ]
}

@test "reading and reviewing are not held up by a running write" {
	begin_talks \
		"$(talk 'the write task' "$(gate_turn)" "$(done_turn)")" \
		"$(talk 'the question' "$(answer_turn 'It is so.')")" \
		"$(talk 'the review' "$(review_turn 'Nothing bad.')")"
	background_job '{task: "Do the write task."}'
	at_gate
	ask claude_task '{$cwd, mode: "read", task: "Answer the question."}'
	expect '.status == "success" and (.result.report.answer == "It is so.")'
	ask claude_task '{$cwd, mode: "review", task: "Do the review."}'
	expect '.status == "success" and (.result.report.summary == "Nothing bad.")'
	[ -z "$(end_job_state "$id")" ]
}

# ---- 15: ids from strangers ----

@test "a job id that walks out of the state root reads nothing" {
	make_repo "$WS"
	id=$(jobdir spawn --wait -q --cwd="$WS" -- true)
	mkdir -p outside/job-20260101-000000-aaaaaaaa
	for d in outside "$JOBDIR_STATE" outside/job-20260101-000000-aaaaaaaa; do
		echo '{"format":1,"id":"job-20260101-000000-aaaaaaaa","summary":"SENTINEL","result":{"text":"SENTINEL"}}' | tee "$d/job.json" >"$d/x.json"
		echo '{"state":"succeeded","stage":"run","code":0,"message":"SENTINEL"}' >"$d/end.json"
		echo '{"format":1,"summary":"SENTINEL"}' >"$d/result.json"
	done
	ln -s "$PWD/outside/job-20260101-000000-aaaaaaaa" "$JOBDIR_STATE/jobs/job-20260101-000000-aaaaaaaa"
	mcp_start
	mcp_initialize
	names=(../x ../../x .. . / ../../../outside ../../outside/job-20260101-000000-aaaaaaaa "$PWD/outside"
		"$PWD/outside/job-20260101-000000-aaaaaaaa" "$id/../../../x" "$id/../../.." 'job-*' -x
		running/../../x $'a\nb' "$(printf 'x%.0s' {1..3000})")
	jq -cn --arg cwd "$WS" '$ARGS.positional as $names |
		["claude_result", "claude_job_result", "claude_job_wait", "claude_job_cancel", "claude_task", "claude_apply"] |
		[.[] as $tool | $names[] | {name: $tool, arguments: {$cwd, job_id: .}}] +
		[$names[] | {name: "claude_apply", arguments: {$cwd, worktree_path: ., preview: true}}] |
		to_entries[] | {jsonrpc: "2.0", id: (.key + 1000), method: "tools/call", params: .value}' \
		--args -- "${names[@]}" >calls
	cat calls >&"$MCP_IN"
	while IFS= read -r _; do
		mcp_read 30
		printf '%s\n' "$reply" >>answers
	done <calls
	run ! grep SENTINEL answers
	jq -se 'map(select(.result.structuredContent.error.code |
		IN("job_not_found", "invalid_request", "job_ambiguous") | not)) | . == [] or (halt_error)' answers
	[ "$(jq -r .id answers | sort -u | wc -l)" = "$(wc -l <calls)" ]
	ask claude_result '{$cwd, $job_id}'
	expect '.error == null'
}

# ---- 16, 17: the supervisor is killed ----

@test "kill -9 of the supervisor leaves no agent behind, spending and editing" {
	begin "$(gate_turn 'setsid sleep 987 >/dev/null 2>&1 </dev/null & echo >>a.txt')" "$(done_turn)"
	background_job
	at_gate
	[ -n "$(claude_pids)" ]
	kill_supervise
	ask claude_jobs '{$cwd}'
	expect '.entries[0].status == "lost"'
	alone 2
	[ -z "$(claude_pids)" ]
}

@test "after kill -9 of the supervisor cancel answers, and a new write works at once" {
	begin_talks "$(talk 'the first task' "$(gate_turn)" "$(done_turn)")" \
		"$(talk 'the second task' "$(sh_turn 'echo second >second.txt')" "$(done_turn)")"
	export MAX_RUNNING_JOBS=1
	mcp_kill
	mcp_start
	mcp_initialize
	background_job '{task: "Do the first task."}'
	at_gate
	kill_supervise
	ask claude_job_cancel '{$cwd, $job_id}'
	expect '.error == null and .job.status == "lost"'
	ask claude_task '{$cwd, mode: "write", task: "Do the first task.", background: true}'
	expect --arg id "$id" '.deduped == false and .job.job_id != $id'
	take_id
	ask claude_job_cancel '{$cwd, $job_id}'
	finish
	write_job '{task: "Do the second task."}'
	expect '.status == "success"'
}

# ---- 18: what a tool of the agent started ----

grandchildren='(trap "" TERM HUP INT; setsid sleep 987) >/dev/null 2>&1 </dev/null & setsid sh -c "sleep 988 & exec sleep 989" & true'

@test "cancel ends what the agent's tools started, however they hide" {
	begin "$(gate_turn "$grandchildren")" "$(done_turn)"
	background_job
	at_gate
	grep -qaF "JOBDIR_ID=$id" /proc/[0-9]*/environ
	ask claude_job_cancel '{$cwd, $job_id}'
	expect '.error == null'
	[ "$(finish)" = cancelled ]
	alone 1
}

@test "a time limit ends what the agent's tools started, in time" {
	begin "$(gate_turn "$grandchildren")" "$(done_turn)"
	write_job '{timeout_sec: 6}'
	expect '.job.status == "timed_out"'
	alone 1
	[ "$(json .duration_ms "$JOB/end.json")" -lt 40000 ]
}

@test "a grandchild that holds the output delays neither a time limit nor an end" {
	make_repo "$WS"
	started=$SECONDS
	run -1 jobdir spawn --wait -q --timeout=1s --cwd="$WS" -- sh -c 'setsid sleep 50 & exec sleep 50'
	id=$output
	[ "$(end_job_state "$id")" = timed_out ]
	alone 1
	run -0 jobdir spawn --wait -q --cwd="$WS" -- sh -c 'setsid sleep 50 & exit 0'
	id=$output
	[ "$(end_job_state "$id")" = succeeded ]
	alone 1
	((SECONDS - started < 40))
}

# ---- 19: locks ----

@test "after a cancel nothing is busy: preview and cleanup work at once" {
	begin "$(gate_turn 'echo agent >>a.txt')" "$(done_turn)"
	background_job
	at_gate
	kill -TERM "$(json .supervisor_pid "$JOB/state.json")"
	[[ $(finish) == @(cancelled|failed) ]]
	preview
	expect '.planned_changes | length == 1'
	ask claude_cleanup '{$cwd, older_than_hours: 0, dry_run: false}'
	expect '.removed_count == 0 and .kept_count == 1'
	[ -d "$JOB/tree" ]
	ask claude_cleanup '{$cwd, older_than_hours: 0, dry_run: false, force: true}'
	expect '.removed_count == 1 and .failed_count == 0'
	[ ! -e "$JOB/tree" ]
	alone
}

# ---- 20: cancel against start and end ----

@test "a cancel that meets the start or the end of a job leaves one final state" {
	make_repo "$WS"
	for i in {1..8}; do
		id=$(jobdir spawn --cwd="$WS" -- sleep 50)
		jobdir cancel -q "$id"
		[ "$(finish)" = cancelled ]
		id=$(jobdir spawn --cwd="$WS" -- true)
		jobdir cancel -q "$id" || :
		[[ $(finish) == @(succeeded|cancelled) ]]
		JOB=$(job_dir "$id")
		before=$(cat "$JOB/end.json")
		jobdir cancel -q "$id" || :
		assert_equal "$(cat "$JOB/end.json")" "$before"
		[ "$(grep -c '"event":"ended"' "$JOB/events.jsonl")" = 1 ]
		[ ! -e "$JOBDIR_STATE/running/$id" ]
	done
}

# ---- 21: two servers ----

@test "many servers asked for the same at the same moment make one job" {
	begin '{"hang": true}'
	pids=()
	for i in {1..5}; do
		once claude_task '{$cwd, mode: "write", task: "Make the change.", background: true}' >"once.$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(cat once.* | jq -r .job.job_id | sort -u | wc -l)" = 1 ]
	[ "$(cat once.* | jq -r .deduped | sort | uniq -c | xargs)" = '1 false 4 true' ]
	[ "$(find "$JOBDIR_STATE/jobs" -mindepth 2 -maxdepth 2 -name 'job-*' | wc -l)" = 1 ]
}

# ---- 22: pids ----

@test "a pid that somebody else has got since makes no job alive, and is never killed" {
	make_repo "$WS"
	sleep 50 3>&- &
	bystander=$!
	id=$(jobdir spawn --cwd="$WS" -- sleep 50)
	JOB=$(job_dir "$id")
	wait_for 60 json .pid "$JOB/state.json" >/dev/null
	kill_supervise
	jq -c --argjson p $bystander '.supervisor_pid = $p | .pid = $p | .boot_id = "another-boot"' "$JOB/state.json" >s
	cat s >"$JOB/state.json"
	mcp_start
	mcp_initialize
	ask claude_job_wait '{$cwd, $job_id}'
	expect '.job.status == "lost"'
	ask claude_job_cancel '{$cwd, $job_id}'
	alone
	kill -0 $bystander
	kill $bystander
}

# ---- 23: where the state is ----

@test "another server, started elsewhere, sees the job; nothing is left in the repository" {
	begin "$(gate_turn 'echo x >x.txt')" "$(done_turn)"
	background_job
	at_gate
	mkdir elsewhere
	cd elsewhere
	result=$(once claude_jobs '{$cwd}')
	expect --arg id "$id" '.entries[0].job_id == $id and .entries[0].status == "running"'
	cd ..
	open_gate
	[ "$(finish)" = succeeded ]
	clean_workspace
	result=$(once claude_result '{$cwd, $job_id}')
	expect '.result_status == "success"'
}

# ---- 24: waiting, cancelling the wait, progress ----

@test "notifications/cancelled ends the wait, not the job" {
	begin "$(gate_turn 'echo x >x.txt')" "$(done_turn)"
	send claude_task '{$cwd, mode: "write", task: "Make the change."}'
	task=$call
	first_job
	at_gate
	mcp_send "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":$task}}"
	ask claude_jobs '{$cwd}'
	expect '.entries[0].status == "running"'
	wait_for 60 no_child "$MCP_PID"
	open_gate
	ask claude_task '{$cwd, $job_id}'
	expect '.status == "success"'
	run ! grep -F "\"id\":$task," mcp.other
}

@test "what the agent does arrives as progress while it does it" {
	begin "$(sh_turn 'echo first >x.txt')" "$(gate_turn)" "$(done_turn)"
	send claude_task '{$cwd, mode: "write", task: "Make the change."}'
	task=$call
	reply=
	until [[ $reply == *mkfifo* ]]; do
		mcp_read 20
		printf '%s\n' "$reply" >>progress
	done
	first_job
	[ -z "$(end_job_state "$id")" ]
	at_gate
	open_gate
	receive
	expect '.status == "success"'
	jq -se --argjson t "$task" 'all(.method == "notifications/progress" and .params.progressToken == $t)' progress
	jq -se '[.[].params.progress] | length > 1 and . == (sort | unique)' progress
}

# ---- 25, 26: recovery, and what cannot start ----

@test "a lost job is found by the next look, without a restart of anything" {
	make_repo "$WS"
	mcp_start
	mcp_initialize
	id=$(jobdir spawn --cwd="$WS" -- sleep 50)
	JOB=$(job_dir "$id")
	wait_for 60 test -e "$JOB/state.json"
	ask claude_jobs '{$cwd, status: "lost"}'
	expect '.entries == []'
	kill_supervise
	ask claude_jobs '{$cwd}'
	expect '.entries[0].status == "lost"'
	ask claude_jobs '{$cwd, status: "lost"}'
	expect '.entries | length == 1'
	[ "$(end_job_state "$id")" = lost ]
	[ ! -e "$JOBDIR_STATE/running/$id" ]
}

@test "an agent that cannot be started says so, in the result and in the log" {
	make_repo "$WS"
	printf '#!/nonexistent/interpreter\n' >not-claude
	chmod 755 not-claude
	for bin in /nonexistent/claude "$PWD/not-claude" "$WS"; do
		export CLAUDE_BIN=$bin
		mcp_start
		mcp_initialize
		ask claude_task '{$cwd, mode: "read", task: "Explain."}'
		take_id
		expect '.status == "failed" and .job.status == "failed"'
		ask claude_result '{$cwd, $job_id, part: "log"}'
		expect 'tostring | test("Claude Code")'
		mcp_stop
	done
}

# ---- 10.6: what survives what (the rest of it is above, and in server.bats) ----

@test "Claude Code killed with -9: the job fails, says why, and its edits can be applied" {
	begin "$(gate_turn 'echo agent >>a.txt')" "$(done_turn)"
	background_job
	at_gate
	claude_pids | xargs kill -9
	[ "$(finish)" = failed ]
	ask claude_task '{$cwd, $job_id}'
	expect '.status == "partial" and .why == "the agent ended without a result"'
	alone
	land
	grep -qx agent "$WS/a.txt"
}
