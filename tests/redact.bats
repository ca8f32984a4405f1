# SPDX-License-Identifier: MIT
load lib/common
load lib/mcp
load lib/e2e
load lib/canary

setup() {
	isolate
	MCP_PID=''
	TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789
}

teardown() {
	mcp_kill
}

@test "redact: replaces the secret and only the secret" {
	run -0 jobdir-redact <<<"a $TOKEN b"
	assert_output 'a [REDACTED:github] b'
	run -0 jobdir-redact <<<'nothing to see, commit 9e48a98c1f2b3d4e5f60718293a4b5c6d7e8f901'
	assert_output 'nothing to see, commit 9e48a98c1f2b3d4e5f60718293a4b5c6d7e8f901'
}

@test "redact: known values in every encoding a shell can make" {
	secret='Cafe/S3cr3t+x"y z'
	printf 'MY_PASSWORD=%s\0' "$secret" >values
	{
		printf '%s\n' "$secret"
		jq -cn --arg s "$secret" '{s: $s}'
		jq -cn --arg s "$secret" '{s: ({s: $s} | tojson)}'
		jq -rn --arg s "$secret" '$s | @uri, @html, @base64, @sh'
		for p in '' a ab abc abcd; do printf '%s%s-tail' "$p" "$secret" | base64; done
		for p in '' a ab; do printf '%070d%s%s' 0 "$p" "$secret" | base64 -w 60; done
		printf '%s' "$secret" | od -An -tx1 -v -w99
		printf '%s' "$secret" | od -An -tx1 -v -w99 | tr -d ' \n'
		printf '%q\n' "$secret"
	} >in
	run -0 --separate-stderr jobdir-redact --values-fd=7 <in 7<values
	refute_output --partial 'S3cr3t'
	assert_equal "$(grep -o 'REDACTED:MY_PASSWORD' <<<"$output" | wc -l)" 18
	# shellcheck disable=SC2154 # stderr is set by run
	assert_equal "$stderr" ''
}

@test "redact: JSON in, JSON out, whatever is planted where" {
	i=0
	for s in "$TOKEN" 'password=a1b2c3d4' '"\n' 'https://u:p4ssw0rd@h/' 'x"y\z-12345' $'-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj'; do
		for t in "$TOKEN" 'token: "abc123def456"' '\' '\\' "'" 'é'; do
			jq -cn --arg s "$s" --arg t "$t" \
				'{a: "\($s)\($t)", password: $s, b: [$t, $s, {token: "\($t)\\"}], c: ({secret: $s, t: $t} | tojson)}'
		done
	done >in
	printf 'ODD_KEY=x"y\\z-12345\0' >values
	jobdir-redact --values-fd=3 <in >out 3<values
	assert_equal "$(jq -c . out | wc -l)" 36
	grep -q REDACTED:github out
	grep -q REDACTED:ODD_KEY out
	run ! grep -F "$TOKEN" out
}

@test "redact: a line is given at its newline, a token at its end" {
	mkfifo in out
	jobdir-redact <in >out 3>&- &
	exec 5>in 6<out
	printf 'first line\nthe token %s' "$TOKEN" >&5
	read -rt 60 line <&6
	assert_equal "$line" 'first line'
	printf '\n' >&5
	read -rt 60 line <&6
	assert_equal "$line" 'the token [REDACTED:github]'
	exec 5>&- 6<&-
	wait $!
}

@test "redact: fails closed" {
	run -111 --separate-stderr bash -c 'echo x | jobdir-redact >/dev/full'
	assert_equal "${#stderr_lines[@]}" 1
	run -111 jobdir-redact --values-fd=9 </dev/null
	run -100 jobdir-redact --values-fd=x </dev/null
	run -100 jobdir-redact file
	run -111 --separate-stderr jobdir-redact </
	assert_output ''
}

@test "redact: --check lists rule and place and exits 1" {
	printf 'fine\nalso é fine %s\n\npassword=hunter22 %s' "$TOKEN" "$TOKEN" >in
	run -1 jobdir-redact --check <in
	assert_output $'2:14 github\n4:10 assignment\n4:19 github'
	run -0 jobdir-redact -c <<<'nothing'
	assert_output ''
}

@test "redact: --explain says why, and does not show the secret" {
	run -1 jobdir-redact --explain <<<"a $TOKEN"
	assert_output '1:3 github (40 bytes; a token of this form: ghp_[A-Za-z0-9]{30,})'
	printf 'MY_KEY=correct-horse\0' >values
	run -1 jobdir-redact -e --values-fd=7 7<values <<<'a correct-horse'
	assert_output '1:3 MY_KEY (13 bytes; a known value, as it is or encoded)'
}

@test "redact: rules of the user's" {
	mkdir -p "$HOME/.config/jobdir"
	f=$HOME/.config/jobdir/redact
	printf '# ours\n\nrule acme acme_[a-z0-9]{8,}\nallow %s\n' "$TOKEN" >"$f"
	run -0 jobdir-redact <<<"acme_0a1b2c3d. acme_x $TOKEN"
	assert_output "[REDACTED:acme]. acme_x $TOKEN"
	run -0 jobdir-redact --rules
	assert_line $'acme\tacme_\t[a-z0-9]{8,}\ta token of this form'
	chmod 620 "$f"
	run -103 --separate-stderr jobdir-redact <<<x
	assert_output ''
	assert_regex "$stderr" '/redact. is refused: it must be a file that nobody else can write'
	chmod 600 "$f"
	for line in 'rule a' 'rule a ab[0-9]{3}' 'rule a abc[0-9' 'rule a abc[0-9]{5,}x' 'rule a/b abcdef' 'other' 'rule a abc(d|e)'; do
		printf '#\n%s\n' "$line" >"$f"
		run -100 --separate-stderr jobdir-redact <<<x
		assert_output ''
		assert_regex "$stderr" "/redact', line 2: "
		assert_equal "${#stderr_lines[@]}" 1
	done
}

@test "redact: the user's rules are in force in jobs, answers and records" {
	mkdir -p "$HOME/.config/jobdir" "$BATS_TEST_TMPDIR/ws"
	f=$HOME/.config/jobdir/redact
	printf 'rule acme acme_[a-z0-9]{8,}\n' >"$f"
	id=$(jobdir-spawn -- sh -c 'echo "I have acme_0a1b2c3d"' 3>&-)
	timeout 30 jobdir-wait -q "$id"
	run -0 cat "$(job_dir "$id")/log"
	assert_line 'I have [REDACTED:acme]'
	refute_output --partial acme_0a1b
	# A worker's answer, of a log that was written before the rule was there; and the record of the call.
	echo 'old acme_9z8y7x6w' >>"$(job_dir "$id")/log"
	export SANDBOX_ROOT=$BATS_TEST_TMPDIR
	mcp_start --toolset=all
	mcp_initialize
	mcp_call 1 tail "{\"job_id\":\"$id\",\"pattern\":\"acme_0a1b2c3d\"}"
	mcp_call 2 tail "{\"job_id\":\"$id\"}"
	mcp_stop
	assert_regex "$reply" 'old \[REDACTED:acme\]'
	run ! grep -r 'acme_[0-9]' "$JOBDIR_STATE/calls.jsonl"
	grep -q 'REDACTED:acme' "$JOBDIR_STATE/calls.jsonl"
}

@test "redact: with rules that cannot be used no job begins" {
	mkdir -p "$HOME/.config/jobdir"
	f=$HOME/.config/jobdir/redact
	echo 'rule acme acme_[a-z0-9]{8,}' >"$f"
	export MAX_RUNNING_JOBS=1
	mkfifo gate
	first=$(jobdir-spawn -- sh -c 'read x <gate' 3>&-)
	second=$(jobdir-spawn -- sh -c 'echo acme_0a1b2c3d' 3>&-)
	echo 'no rule' >"$f"
	run -100 --separate-stderr jobdir-spawn -- true
	assert_regex "$stderr" "/redact', line 1: neither"
	timeout 30 bash -c 'echo >gate'
	timeout 30 jobdir-wait -q "$first" "$second" || :
	assert_equal "$(end_job_state "$first")" succeeded
	assert_equal "$(jq -r '.state + " " + .stage' "$(job_dir "$second")/end.json")" 'failed start'
	jq -er '.message | contains("/redact'"'"', line 1: neither")' "$(job_dir "$second")/end.json"
	run ! grep -r acme_0a1b "$(job_dir "$second")" --include=log
}

# The long form, with the real Claude Code: e2e/canary.bats.
@test "redact: no canary in a job's files, answers, records and processes" {
	WS=$BATS_TEST_TMPDIR/ws
	plant
	heard
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/claude CODEX_CLAUDE_ALLOW_ROOTS=$BATS_TEST_TMPDIR JOBDIR_CONFINE=off
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		read -r line
		echo '{"type":"system","subtype":"init","session_id":"s-1","model":"m","claude_code_version":"9"}'
		printf '%s\n' "$line"
		cat forms.txt config.txt >&2
		for n in 1 2; do	# as a tool says it, and numbered
			jq -cRs '{type: "user", message: {role: "user", content: [{type: "tool_result", content: .}]}}' forms.txt
			cat -n forms.txt | jq -cRs '{type: "user", message: {role: "user", content: .}}'
		done
		jq -cRs '{type: "assistant", message: {role: "assistant", content: [{type: "text", text: .}]}}' config.txt
		jq -cR 'select(length == 40) as $s | range(100; 172; 2) as $n | {type: "assistant", message: {role: "assistant",
			content: [{type: "tool_use", name: "Read", input: {file_path: ("/" + "x" * $n + "/" + $s)}}]}}' forms.txt
		jq -cRs '{type: "result", subtype: "success", is_error: false, terminal_reason: "completed", num_turns: 1, result: .,
			structured_output: {answer: .}}' config.txt
		cat >/dev/null
	C
	chmod 755 "$CLAUDE_BIN"
	watch_begin
	mcp_start --toolset=all
	mcp_initialize
	ask claude_task --rawfile p <(printf 'Say it: %s and %s.' "$(canary say prompt)" "$CANARY_TOKEN") '{$cwd, mode: "read", task: $p}'
	take_id
	finish
	ask claude_result '{$cwd, $job_id}'
	expect '.result_status == "success" and (.result.report.answer | contains("[REDACTED:aws]"))'
	mcp_stop
	unset MCP
	watch_end jobdir-supervis
	jobdir tail -n 1000 "$id" >told
	grep -q 'Read: /xxx' told
	grep -q 'REDACTED:CANARY_TOKEN' "$JOB/attempt-1/stderr.log"
	canary find "$JOBDIR_STATE" heard told mcp.err >found || { cat found; return 1; }
}

@test "redact: the corpus: tokens of 100 vendors in 40 syntaxes, and what only looks like one" {
	corpus() { python3 "$TOP/tests/lib/redactcorpus.py" "$@"; }
	corpus secrets >secrets
	sed 's/\t[^\t]*$//' secrets | jobdir-redact >out
	run -0 corpus judge secrets out
	(($(wc -l <secrets) > 2000))
	corpus clean >clean
	jobdir-redact <clean | cmp - clean
	cat "$TOP"/lib/*.[ch] "$TOP"/src/* "$TOP"/man/* "$TOP"/state-layout.md | grep -v 'TOKEN=0123456789abcdef' >ours
	jobdir-redact <ours | cmp - ours
}

@test "redact: --rules, -h, -V" {
	run -0 jobdir-redact --rules
	assert_line $'github\tghp_\t[A-Za-z0-9]{30,}\ta token of this form'
	(( ${#lines[@]} > 220 ))
	run -0 jobdir-redact -h
	assert_line 'usage: jobdir-redact [-cehV] [--rules] [--values-fd=N]'
	run -0 jobdir-redact -V
}

@test "redact: binary input passes through byte for byte" {
	head -c 300000 /dev/urandom | base64 -d -i 2>/dev/null >in || :
	head -c 300000 /dev/zero | tr '\0' '\377' >>in
	printf '\0\n\0' >>in
	jobdir-redact <in | cmp - in
}

@test "redact: 20 MB of anything takes seconds and little memory" {
	yes 'token=token=token=eyJeyJ://a:b sk-sk-sk-"key": "\\\\' | tr -d '\n' | head -c 20000000 >in
	limit=60000
	[[ $BUILD != *asan* ]] || limit=unlimited	# shadow memory
	bash -c 'ulimit -v "$1"; jobdir-redact <in >out' - "$limit"
	[[ -s out ]]
}
