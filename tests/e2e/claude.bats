#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The real Claude Code in real jobs, with a scripted model on loopback.
load ../lib/common

setup() {
	REAL_HOME=$HOME
	isolate
	need_claude
	ws=$BATS_TEST_TMPDIR/ws
	make_repo "$ws"
}

teardown() {
	local r
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || touch "$r/cancel"
	done
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || jobdir-wait --timeout=10s "${r##*/}" || :
	done
	stop_model
}

# model: the script is standard input.
model() {
	cat >"$BATS_TEST_TMPDIR/script.json"
	start_model "$BATS_TEST_TMPDIR/script.json"
}

# start RECIPE PROMPT [OPTION...]: sets id and dir.
start() {
	local recipe=$1
	printf '%s\n' "$2" >"$BATS_TEST_TMPDIR/prompt"
	shift 2
	id=$(jobdir-spawn --recipe="$recipe" --cwd="$ws" --prompt="$BATS_TEST_TMPDIR/prompt" --timeout=50s "$@" 3>&-)
	dir=$(job_dir "$id")
}
params() {
	printf '%s' "$1" >"$BATS_TEST_TMPDIR/params.json"
	echo "--params=$BATS_TEST_TMPDIR/params.json"
}
ends() { # ends STATE OUTCOME
	run jobdir-wait "$id"
	[[ $(end_job_state "$id") == "$1" ]] || cat "$dir/log" "$dir/end.json"
	assert_equal "$(end_job_state "$id")" "$1"
	answer=$(jobdir-result --json "$id")
	assert_equal "$(json .result_status <<<"$answer")" "$2"
	((${#answer} <= 10000))
}
has() { # has FILTER: true of the answer
	jq -e "$1" >/dev/null <<<"$answer" || { jq . <<<"$answer"; return 1; }
}
nothing_left() {
	run no_process_with "$dir/home"
	assert_success
}

@test "read: an answer, and the workspace as it was" {
	model <<-'S'
		{"turns": [{"text": "I look.", "tools": [{"name": "Bash", "input": {"command": "cat a.txt"}}]},
		  {"tools": [{"name": "StructuredOutput", "input": {"answer": "It holds three lines."}}]}]}
	S
	start read 'What is in a.txt?' "$(params '{"model":"test-model"}')"
	ends succeeded success
	has '.result.report.answer == "It holds three lines." and .result.usage.model == "test-model"'
	has '.result.usage.input_tokens == 200 and .result.usage.output_tokens == 100 and .result.usage.turns == 3'
	assert_equal "$(git -C "$ws" status --porcelain)" ''
	assert_equal "$(json .result_status "$dir/result.json")" success
	run cat "$dir/log"
	assert_line --partial 'Bash: cat a.txt'
	run grep -rlF "$ANTHROPIC_API_KEY" "$dir"
	refute_output
	assert_equal "$(jq -c .auth "$MODEL_LOG" | sort -u)" '["x-api-key"]'
	nothing_left
}

@test "review: verdict and structured findings, no writing" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Write", "input": {"file_path": "@CWD@/new.txt", "content": "x"}},
		   {"name": "Bash", "input": {"command": "git log --oneline"}}]},
		  {"tools": [{"name": "StructuredOutput", "input": {"verdict": "request_changes", "summary": "One thing.", "severity": "low",
		    "findings": [{"severity": "low", "file": "a.txt", "line_start": 2, "line_end": 2, "title": "A word", "detail": "It is wrong.",
		    "confidence": 0.9, "recommendation": "Change it."}]}}]}]}
	S
	start review 'Review a.txt.'
	ends succeeded success
	has '.result.report | .severity == "low" and .verdict == "request_changes" and (.findings[0] |
		.file == "a.txt" and .line_start == 2 and .confidence == 0.9 and .recommendation == "Change it.")'
	[ ! -e "$ws/new.txt" ]
}

@test "write: the change is sealed, the workspace untouched" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Read", "input": {"file_path": "@CWD@/a.txt"}}]},
		  {"tools": [{"name": "Edit", "input": {"file_path": "@CWD@/a.txt", "old_string": "two", "new_string": "2"}},
		    {"name": "Write", "input": {"file_path": "@CWD@/src/new.c", "content": "int x;\n"}},
		    {"name": "Bash", "input": {"command": "cat a.txt && gcc -fsyntax-only src/new.c"}}]},
		  {"tools": [{"name": "StructuredOutput", "input": {"status": "success", "summary": "two is 2", "changed_files": ["a.txt"],
		    "commands_run": ["cat a.txt"], "tests": {"ran": true, "passed": true}, "risks": [], "next_steps": []}}]}]}
	S
	start write 'Change two to 2.'
	ends succeeded success
	has '.files_total == 2 and ([.files[].path] == ["a.txt", "src/new.c"]) and .stat.added == 2'
	has '.summary == "two is 2" and (.result.denials | length) == 0'
	has '.next_actions[0].tool == "claude_apply" and .next_actions[0].args.preview'
	has '.preview_token | length == 64'
	assert_equal "$(git -C "$ws" status --porcelain)" ''
	nothing_left
}

@test "API error: failed, and the words say so" {
	model <<-'S'
		{"turns": [{"status": 500, "error": {"type": "api_error", "message": "boom"}, "headers": {"x-should-retry": "false"}}]}
	S
	start write 'Do it.'
	ends failed failed
	has '.why == "the model'"'"'s API failed" and .result.attempt.api_error_status == 500'
	has '.summary | contains("boom")'
	[ -e "$dir/changes.json" ]
}

@test "turn limit: what was done until then is a partial result" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Write", "input": {"file_path": "@CWD@/n.txt", "content": "x\n"}}]},
		  {"tools": [{"name": "Bash", "input": {"command": "ls"}}], "repeat": true}]}
	S
	start write 'Do it.' "$(params '{"max_turns":3}')"
	ends failed partial
	has '.why == "the turn limit was reached" and .files[0].path == "n.txt"'
}

@test "permission denial: reported, with a warning" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Bash", "input": {"command": "curl http://127.0.0.1/"}},
		    {"name": "Write", "input": {"file_path": "/etc/jobdir-test", "content": "x"}}]},
		  {"tools": [{"name": "Bash", "input": {"command": "cat .env"}}]},
		  {"tools": [{"name": "StructuredOutput", "input": {"answer": "could not"}}]}]}
	S
	echo KEY=1 >"$ws/.env"
	start read 'Fetch it.'
	ends succeeded success
	has '[.result.denials[] | select(.tool == "Bash") | .count] == [2]'
	has '.warnings[0] | startswith("permission denied to the agent (Bash 2")'
	[ ! -e /etc/jobdir-test ]
	run cat "$dir/log"
	assert_line --partial 'denied: Bash'
}

@test "text instead of the structured answer is unknown, not success" {
	model <<-'S'
		{"turns": [{"text": "All done, trust me.", "repeat": true}]}
	S
	start read 'What?'
	ends succeeded unknown
	has '.why == "the agent gave no structured answer" and (.result.text | contains("trust me"))'
}

@test "time limit: the job is over, nothing is left" {
	model <<-'S'
		{"turns": [{"hang": true}]}
	S
	start read 'What?' --timeout=2s
	ends timed_out failed
	nothing_left
}

@test "cancel while a Bash tool runs: its detached children die too" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Bash", "input": {"command": "sh detach.sh"}}]}]}
	S
	printf 'setsid sh -c "echo up >started; exec sleep 1000" &\nsleep 1000\n' >"$ws/detach.sh"
	git -C "$ws" add detach.sh
	git -C "$ws" commit -qm detach
	start write 'Sleep.'
	wait_for 60 test -e "$dir/tree/started"
	jobdir-cancel "$id"
	ends cancelled partial
	nothing_left
}

@test "Claude killed with -9: failed, no process left, the session on record" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Bash", "input": {"command": "echo up >started; sh -c 'sleep 1000'"}}]}]}
	S
	start write 'Sleep.'
	wait_for 60 test -e "$dir/tree/started"
	local p victim=
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/exe")" = "$(readlink -f "$CLAUDE_BIN")" ] &&
			tr '\0' '\n' <"$p/environ" | grep -qxF "CLAUDE_CONFIG_DIR=$dir/home" && victim=${p#/proc/}
	done
	kill -9 "$victim"
	ends failed partial
	has '.why == "the agent ended without a result" and .result.attempt.signal == 9 and (.result.attempt.session_id | length) == 36'
	nothing_left
}

@test "two jobs in one repository: each its own tree and change" {
	model <<-'S'
		{"conversations": [
		  {"match": "task ONE", "turns": [{"delay_ms": 300, "tools": [{"name": "Write", "input": {"file_path": "@CWD@/one.txt", "content": "1\n"}}]},
		    {"tools": [{"name": "StructuredOutput", "input": {"status": "success", "summary": "one", "changed_files": [], "commands_run": [], "tests": {"ran": false}, "risks": [], "next_steps": []}}]}]},
		  {"match": "task TWO", "turns": [{"delay_ms": 300, "tools": [{"name": "Write", "input": {"file_path": "@CWD@/two.txt", "content": "2\n"}}]},
		    {"tools": [{"name": "StructuredOutput", "input": {"status": "success", "summary": "two", "changed_files": [], "commands_run": [], "tests": {"ran": false}, "risks": [], "next_steps": []}}]}]}]}
	S
	start write 'task ONE'
	local first=$id
	start write 'task TWO'
	ends succeeded success
	has '[.files[].path] == ["two.txt"]'
	id=$first dir=$(job_dir "$first")
	ends succeeded success
	has '[.files[].path] == ["one.txt"] and (.warnings | index("no tests were run"))'
}

@test "a repository's own hooks, servers and environment never run; its CLAUDE.md is read" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "StructuredOutput", "input": {"answer": "ok"}}]}]}
	S
	mkdir "$ws/.claude"
	jq -n --arg f "$BATS_TEST_TMPDIR/hooked" '{hooks: {SessionStart: [{hooks: [{type: "command", command: "touch \($f)"}]}]},
		env: {ANTHROPIC_BASE_URL: "http://127.0.0.1:1"}, model: "evil"}' >"$ws/.claude/settings.json"
	jq -n --arg f "$BATS_TEST_TMPDIR/served" '{mcpServers: {x: {command: "touch", args: [$f]}}}' >"$ws/.mcp.json"
	echo 'the word is SWORDFISH' >"$ws/CLAUDE.md"
	start read 'What?'
	ends succeeded success
	[ ! -e "$BATS_TEST_TMPDIR/hooked" ]
	[ ! -e "$BATS_TEST_TMPDIR/served" ]
	grep -q SWORDFISH "$MODEL_LOG"
	run ! grep -q '"model":"evil"' "$MODEL_LOG"
}

@test "a prompt of 200 kB that begins with a dash" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "StructuredOutput", "input": {"answer": "long"}}]}]}
	S
	start read "--version $(head -c 200000 /dev/zero | tr '\0' y)"
	ends succeeded success
	(($(jq '[.body.messages[] | .content | tostring | length] | max' "$MODEL_LOG") > 200000))
}

@test "a message sent while the agent works is part of its conversation" {
	model <<-'S'
		{"turns": [{"tools": [{"name": "Bash", "input": {"command": "ls"}}]},
		  {"delay_ms": 1500, "tools": [{"name": "Bash", "input": {"command": "ls"}}]},
		  {"tools": [{"name": "StructuredOutput", "input": {"answer": "x"}}]}]}
	S
	start read 'What?'
	wait_for 60 grep -q 'Bash: ls' "$dir/log"
	mkdir -m 700 "$dir/inbox"
	printf 'and mind the STEERING' >"$dir/inbox/.new"
	mv "$dir/inbox/.new" "$dir/inbox/0001"
	ends succeeded success
	assert_equal "$(ls "$dir/inbox")" 0001.done
	grep -q 'mind the STEERING' "$MODEL_LOG"
}

@test "write: test suites in C, Python, Node and Rust run behind the walls, with a cache of the person's" {
	mkdir -p "$ws"/{c,py,node,rust/src} "$HOME/.npm"
	printf 'check: t\n\t./t && echo c-passed\nt: t.c\n' >"$ws/c/Makefile"
	printf '#include <stdio.h>\nint main(void) { return !tmpfile(); }\n' >"$ws/c/t.c"
	printf 'import unittest\nclass T(unittest.TestCase):\n def test_a(self): self.assertEqual(1, 1)\n' >"$ws/py/test_t.py"
	echo '{"name":"t","version":"1.0.0","scripts":{"test":"node --test && echo node-passed"}}' >"$ws/node/package.json"
	printf 'const t = require("node:test");\nt("a", () => {});\n' >"$ws/node/t.test.js"
	printf '[package]\nname = "t"\nversion = "0.1.0"\nedition = "2021"\n' >"$ws/rust/Cargo.toml"
	printf '#[test]\nfn is_one() { assert_eq!(1, 1); }\n' >"$ws/rust/src/lib.rs"
	suites='make -C c check; (cd py && python3 -m unittest 2>&1 && echo py-passed)'
	want='c-passed py-passed'
	! command -v npm >/dev/null || { suites+='; (cd node && npm test)' want+=' node-passed'; }
	[ ! -x "$REAL_HOME/.cargo/bin/cargo" ] || ln -s "$REAL_HOME/.cargo" "$HOME/.cargo"
	export RUSTUP_HOME=${RUSTUP_HOME:-$REAL_HOME/.rustup}
	! command -v cargo >/dev/null || { suites+='; (cd rust && cargo test --offline && echo rust-passed)' want+=' rust-passed'; }
	export JOBDIR_CACHES=.npm:.cargo
	printf '{ %s; } >said.txt 2>&1\n' "$suites" >"$ws/suites.sh"
	git -C "$ws" add -A && git -C "$ws" commit -qm suites
	jq -nc --arg c 'sh suites.sh' '{turns: [{tools: [{name: "Bash", input: {command: $c}}]},
		{tools: [{name: "StructuredOutput", input: {status: "success", summary: "They pass.", changed_files: [], commands_run: [],
		tests: {ran: true, passed: true}, risks: [], next_steps: []}}]}]}' >"$BATS_TEST_TMPDIR/script.json"
	start_model "$BATS_TEST_TMPDIR/script.json"
	start write 'Run the tests.'
	ends succeeded success
	run cat "$dir/tree/said.txt" "$dir/log"
	for w in $want; do assert_line "$w"; done
	# npm keeps a log in its cache: in the job's view of it, not in the person's.
	assert_equal "$(ls "$HOME/.npm")" ''
	[[ $want != *node* ]] || [ -n "$(find "$dir"/caches/*/upper -mindepth 1 -print -quit)" ]
	nothing_left
}
