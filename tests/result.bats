#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-result on job directories made by hand: every file that it reads is
# a contract of state-layout.md.
load lib/common

setup() {
	isolate
	ws=$BATS_TEST_TMPDIR/ws
	mkdir "$ws"
	n=0
}

# fab RECIPE STATE: a terminal job (or with state -, one whose supervisor is gone).
fab() {
	n=$((n + 1))
	id=job-20261121-10000$n-aaaaaaaa dir=$JOBDIR_STATE/jobs/20261121/job-20261121-10000$n-aaaaaaaa
	mkdir -p "$dir"
	chmod 700 "$JOBDIR_STATE"
	jq -n --arg id "$id" --arg r "$1" --arg c "$ws" '{format: 1, id: $id, created: "2026-11-21T10:00:00.000Z",
		recipe: $r, cwd: $c, params: {}, env: {}, timeout_ms: 1000, grace_ms: 100, contain: "auto", slots: 4, depth: 1}' >"$dir/job.json"
	: >"$dir/lock"
	: >"$dir/tree.lock"
	[ "$2" = - ] || jq -n --arg s "$2" '{state: $s, stage: "run", code: (if $s == "succeeded" then 0 else 1 end), signal: null,
		started: "2026-11-21T10:00:01.000Z", ended: "2026-11-21T10:00:02.000Z", duration_ms: 1000, by: "supervise"}' >"$dir/end.json"
}
# attempt EXIT-MEMBERS STRUCTURED: the records of a run.
attempt() {
	mkdir -p "$dir/attempt-1"
	jq -n --argjson x "$1" '{code: 0, signal: null, result: true, is_error: false, subtype: "success", terminal_reason: "completed",
		api_error_status: null, structured: true, session_id: "s", model: "m", version: "v", denials: [],
		started: "2026-11-21T10:00:01.000Z", ended: "2026-11-21T10:00:02.000Z", duration_ms: 9} + $x' >"$dir/attempt-1/exit.json"
	echo '{"input_tokens":3,"output_tokens":4,"cache_read_tokens":0,"cache_creation_tokens":0,"cost_usd":0.25,"turns":2,"models":{}}' >"$dir/attempt-1/usage.json"
	printf '{"structured":%s,"text":null}\n' "$2" >"$dir/attempt-1/result.json"
}
# changed COUNT [EXTRA]: a sealed change of COUNT files.
changed() {
	local oid=0123456789012345678901234567890123456789
	jq -n --argjson n "$1" --arg o $oid --argjson x "${2:-{\}}" '{format: 1, base: {tree: $o, commit: $o, snapshot: false},
		tree: "1123456789012345678901234567890123456789", object_format: "sha1",
		files: [range($n) | {path: "dir/file-\(. + 10000 | tostring)", status: "M", old_mode: "100644", new_mode: "100644", old: $o, new: $o,
			binary: false, added: 1, deleted: 1, marks: []}],
		renames: [], stat: {files: $n, added: $n, deleted: $n}, refused: [], left_out: {ignored: {count: 0, first: []}, special: []},
		notes: [], patch: {bytes: 11, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}} + $x' >"$dir/changes.json"
	printf 'the patch\n\n' >"$dir/changes.patch"
}
good='{"status":"success","summary":"did it","changed_files":[],"commands_run":[],"tests":{"ran":true,"passed":true},"risks":[],"next_steps":[]}'
ask() { # ask JSON-MEMBERS: as claude_result
	jq -nc --arg c "$ws" --argjson x "$1" '{cwd: $c} + $x' | jobdir-result --tool=claude_result --request=-
}
has() { jq -e "$1" >/dev/null <<<"$output" || { jq . <<<"$output"; return 1; }; }

@test "a good write job: text and object" {
	fab write succeeded
	attempt '{}' "$good"
	changed 2
	run -0 jobdir-result "$id"
	assert_line --partial "$id (write) succeeded: success"
	assert_line '> summary: did it'
	assert_line 'changed: 2 files, +2 -2'
	assert_line "next: jobdir apply --preview $id"
	run -0 jobdir-result --json "$id"
	has '.result_status == "success" and .job.status == "succeeded" and .files_total == 2 and .result.usage.cost_usd == 0.25'
	has '.worktree_path | endswith("/tree")'
}

@test "state and outcome are two things" {
	fab write succeeded
	attempt '{"is_error":true,"terminal_reason":"api_error"}' null
	run -0 jobdir-result --json "$id"
	has '.job.status == "succeeded" and .result_status == "failed"'
	fab read succeeded
	attempt '{"structured":false}' null
	run -0 jobdir-result --json "$id"
	has '.result_status == "unknown"'
}

@test "a lost job is no success, whatever the agent said" {
	fab write -
	attempt '{}' "$good"
	run -0 jobdir-result --json "$id"
	has '.job.status == "lost" and .result_status == "failed"'
	fab write -
	attempt '{}' "$good"
	changed 1
	run -0 jobdir-result --json "$id"
	has '.result_status == "partial"'
	has '[.next_actions[] | select(.args.confirmed_by_user or (.tool == "claude_apply" and (.args.preview | not)))] == []'
}

@test "records cut short are no records" {
	fab read succeeded
	attempt '{}' '{"answer":"x"}'
	head -c 40 "$dir/attempt-1/exit.json" >"$dir/cut" && mv "$dir/cut" "$dir/attempt-1/exit.json"
	run -0 jobdir-result --json "$id"
	has '.result_status == "failed"'
}

@test "never over 10 kB, with totals; the rest is paged" {
	fab write succeeded
	attempt '{}' "$(jq -n '{status: "success", summary: ("s" * 9000), changed_files: [range(3000) | "f\(.)"], commands_run: [range(500) | "make \(.)" * 50],
		tests: {ran: true, passed: true, output_tail: ("t\n" * 9000)}, risks: [range(100) | "r" * 500], next_steps: []}')"
	changed 3000
	run -0 jobdir-result --json "$id"
	((${#output} <= 10000))
	has '.files_total == 3000 and (.files | length) >= 5'
	has '.summary | contains("ss")'
	local offset=0 seen=0 pages=0
	while [ "$offset" != null ]; do
		run -0 ask "{\"job_id\":\"$id\",\"part\":\"files\",\"offset\":$offset}"
		((${#output} <= 10000))
		has '.total == 3000'
		seen=$((seen + $(json '.files | length' <<<"$output")))
		offset=$(jq .next_offset <<<"$output")
		pages=$((pages + 1))
	done
	assert_equal "$seen" 3000
	((pages > 3))
}

@test "pages of text put together are the text" {
	fab read succeeded
	attempt '{}' "$(jq -n '{answer: ([range(3000) | "line é \(.)"] | join("\n"))}')"
	local offset=0
	: >"$BATS_TEST_TMPDIR/all"
	while [ "$offset" != null ]; do
		run -0 ask "{\"job_id\":\"$id\",\"part\":\"text\",\"offset\":$offset}"
		((${#output} <= 10000))
		jq -j .text <<<"$output" >>"$BATS_TEST_TMPDIR/all"
		offset=$(jq .next_offset <<<"$output")
	done
	run diff "$BATS_TEST_TMPDIR/all" <(jq -r .structured.answer "$dir/attempt-1/result.json")
	assert_success
	run -0 ask "{\"job_id\":\"$id\",\"part\":\"text\",\"offset\":99999999}"
	has '.error.code == "invalid_request"'
	changed 1
	run -0 ask "{\"job_id\":\"$id\",\"part\":\"patch\"}"
	has '.text == "the patch\n\n" and .total == 11 and .next_offset == null'
	run -0 ask "{\"job_id\":\"$id\",\"part\":\"log\"}"
	has '.text == "" and .total == 0'
}

@test "foreign text is cleaned" {
	fab read succeeded
	attempt '{}' '{"answer":"red \u001b[31mtext\u202e and \u0007bell"}'
	run -0 jobdir-result "$id"
	assert_line '> red text and bell'
	run -0 jobdir-result --json "$id"
	has '.result.report.answer == "red text and bell"'
}

@test "refused, ignored, denied, untested: all said" {
	fab write succeeded
	attempt '{"denials":[{"tool":"Bash","count":3}]}' '{"status":"success","summary":"x","tests":{"ran":false}}'
	changed 1 '{"refused":[{"path":"a/.git","reason":"nested repository"}],"left_out":{"ignored":{"count":4,"first":["build/x"]},"special":[]}}'
	run -0 jobdir-result --json "$id"
	has '.result_status == "partial" and .result.change.refused[0].path == "a/.git" and .result.change.ignored_total == 4'
	has '(.warnings | length) == 4 and (.warnings[0] | contains("Bash 3"))'
}

@test "store: once" {
	fab write succeeded
	attempt '{}' "$good"
	changed 1
	run -0 jobdir-result --store "$id"
	refute_output
	assert_equal "$(json '"\(.format) \(.outcome) \(.result_status) \(.summary)"' "$dir/result.json")" '1 success success did it'
	attempt '{"is_error":true}' "$good"
	run -0 jobdir-result --store "$id"
	assert_equal "$(json .outcome "$dir/result.json")" success
	run -0 jobdir-result --json "$id"
	has '.result_status == "partial"'
}

@test "a command is judged by its exit, and is the newest job of its directory" {
	id=$(jobdir-spawn --cwd="$ws" -- true 3>&-)
	run -0 jobdir-wait "$id"
	run -0 ask '{}'
	has ".job.job_id == \"$id\" and .result_status == \"success\" and .why == \"the program exited with 0\""
	id=$(jobdir-spawn --cwd="$ws" -- false 3>&-)
	run jobdir-wait "$id"
	run -0 ask '{}'
	has ".job.job_id == \"$id\" and .result_status == \"failed\""
	run -0 ask '{"prefer":"latest-implement"}'
	has '.error.code == "job_not_found"'
}

@test "a job of another directory is not told" {
	fab write succeeded
	attempt '{}' "$good"
	run -0 ask "{\"job_id\":\"$id\"}"
	has ".job.job_id == \"$id\""
	ws=$BATS_TEST_TMPDIR/other
	mkdir "$ws"
	run -0 ask "{\"job_id\":\"$id\"}"
	has '.error.code == "job_not_found"'
	run -0 ask '{}'
	has '.error.code == "job_not_found"'
	run -0 ask '{"job_id":"../x"}'
	has '.error.code == "job_not_found"'
}

@test "usage" {
	run -100 jobdir-result
	run -100 jobdir-result a b
	run -100 jobdir-result --none
	run -100 jobdir-result job-20261121-100001-aaaaaaaa
	run -0 jobdir-result -h
	run -0 jobdir-result -V
	run -0 jobdir-result --tool=claude_job_result --cwd="$BATS_TEST_TMPDIR"
	has '.error.code == "invalid_request"'
}
