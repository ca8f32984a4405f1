#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-agent with programs that stand in for Claude Code: what the real one
# does when all is well is in e2e/claude.bats; here it misbehaves.
load lib/common

setup() {
	isolate
	ws=$BATS_TEST_TMPDIR/ws
	make_repo "$ws"
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/claude
	export ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	result='{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
}

teardown() {
	local r
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || touch "$r/cancel"
	done
}

# claude: standard input becomes the stand-in; $result is what a good run prints last.
claude() {
	{ printf "#!/bin/sh\nresult='%s'\n" "$result"; cat; } >"$CLAUDE_BIN"
	chmod 755 "$CLAUDE_BIN"
}

# job [OPTION...]: run a read job to its end; sets id and dir.
job() {
	printf 'What is it?\n' >"$BATS_TEST_TMPDIR/prompt"
	id=$(jobdir-spawn --recipe=read --cwd="$ws" --prompt="$BATS_TEST_TMPDIR/prompt" "$@" 3>&-)
	dir=$(job_dir "$id")
}
ends() { # ends STATE
	run jobdir-wait "$id"
	assert_equal "$(end_job_state "$id")" "$1"
}
exit_json() { json "$1" "$dir/attempt-1/exit.json"; }

@test "a good run: records, log line, exit 0" {
	claude <<-'C'
		read -r line
		printf '%s\n' "$line" >"$TMPDIR/said"
		echo '{"type":"system","subtype":"init","session_id":"s-1","model":"m","claude_code_version":"9"}'
		echo "$result"
		cat >/dev/null
	C
	job
	ends succeeded
	assert_equal "$(exit_json '"\(.code) \(.result) \(.is_error) \(.structured) \(.session_id)"')" '0 true false true s-1'
	assert_equal "$(json .structured.answer "$dir/attempt-1/result.json")" 42
	assert_equal "$(json .message.content "$dir/tmp/said")" 'What is it?'
	run cat "$dir/log"
	assert_line --partial 'agent: Claude Code 9, model m, session s-1'
	assert_line --partial 'result: completed, 1 turns'
	assert_equal "$(wc -l <"$dir/attempt-1/agent.jsonl")" 2
}

@test "the power may go: what exit.json vouches for is on the disk before it" {
	command -v strace >/dev/null || skip 'no strace'
	claude <<-'C'
		read -r line; echo "$result"
	C
	printf 'What is it?\n' >prompt
	id=$(strace -f -y -qq -e trace=fsync,renameat,renameat2 -o trace \
		jobdir-spawn --recipe=read --cwd="$ws" --prompt=prompt 3>&-)
	ends succeeded
	for f in agent.jsonl stderr.log result.json; do
		awk -v f="attempt-1/$f>" '/ fsync/ && index($0, f) { synced = NR } / renameat/ && /exit.json/ { there = NR }
			END { exit !(synced && synced < there) }' trace || { echo "$f"; return 1; }
	done
}

@test "exit 0 without a result line is a failure" {
	claude <<-'C'
		read -r line
		exit 0
	C
	job
	ends failed
	assert_equal "$(exit_json '"\(.code) \(.result)"')" '0 false'
}

@test "success with is_error is a failure" {
	result='{"type":"result","subtype":"success","is_error":true,"api_error_status":500,"terminal_reason":"api_error","result":"API Error"}'
	claude <<-'C'
		read -r line; echo "$result"
	C
	job
	ends failed
	assert_equal "$(exit_json '"\(.is_error) \(.api_error_status)"')" 'true 500'
}

@test "the last of several result lines counts" {
	claude <<-'C'
		read -r line
		echo '{"type":"result","is_error":true,"terminal_reason":"api_error"}'
		echo "$result"
	C
	job
	ends succeeded
}

@test "a result line without its newline, then death" {
	claude <<-'C'
		read -r line
		printf '%s' "$result"
		kill -9 $$
	C
	job
	ends succeeded
	assert_equal "$(exit_json .signal)" 9
}

@test "an agent that closes its input at once does not hang the run" {
	claude <<-'C'
		exec <&-
		echo "$result"
	C
	head -c 300000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/big"
	id=$(jobdir-spawn --recipe=read --cwd="$ws" --prompt="$BATS_TEST_TMPDIR/big" 3>&-)
	ends succeeded
}

@test "a prompt of 300 kB arrives whole" {
	claude <<-'C'
		read -r line
		printf '%s' "$line" | wc -c >"$TMPDIR/size"
		echo "$result"
	C
	head -c 300000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/big"
	id=$(jobdir-spawn --recipe=read --cwd="$ws" --prompt="$BATS_TEST_TMPDIR/big" 3>&-)
	ends succeeded
	(($(cat "$(job_dir "$id")/tmp/size") > 300000))
}

@test "what it leaves behind is killed, its own session or not" {
	claude <<-'C'
		read -r line
		setsid sh -c 'echo $$ >"$TMPDIR/pid"; exec sleep 1000' >/dev/null 2>&1 &
		while [ ! -s "$TMPDIR/pid" ]; do :; done
		echo "$result"
	C
	job
	ends succeeded
	run no_process_with "$dir/tmp"
	assert_success
}

@test "a child that keeps the output open does not keep the run" {
	claude <<-'C'
		read -r line
		sleep 1000 &
		echo "$result"
	C
	job
	ends succeeded
}

@test "lines that are no events are in the log and decide nothing" {
	claude <<-'C'
		read -r line
		echo 'Segmentation fault'
		echo '{"type":"result","is_error":false'
		echo "$result"
	C
	job
	ends succeeded
	run cat "$dir/log"
	assert_line --partial 'no event: Segmentation fault'
}

@test "a secret that the agent prints is in no file of the job" {
	claude <<-'C'
		read -r line
		echo "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"key $ANTHROPIC_API_KEY\"}]}}"
		echo "warning: $ANTHROPIC_API_KEY" >&2
		echo "{\"type\":\"result\",\"is_error\":false,\"terminal_reason\":\"completed\",\"structured_output\":{\"answer\":\"$ANTHROPIC_API_KEY\"}}"
	C
	job
	ends succeeded
	run grep -rl "$ANTHROPIC_API_KEY" "$dir"
	refute_output
	run cat "$dir/attempt-1/stderr.log"
	assert_output --partial 'warning: [REDACTED:'
	run jobdir-result "$id"
	assert_output --partial '[REDACTED:'
}

@test "the agent's environment: its own home, the login, no door to the supervisor" {
	claude <<-'C'
		read -r line
		env | sed 's/=.*//' | sort >"$TMPDIR/env"
		echo "$CLAUDE_CONFIG_DIR $TMPDIR $BRIDGE_DEPTH" >"$TMPDIR/own"
		ls /proc/self/fd >"$TMPDIR/fds"
		echo "$result"
	C
	GITHUB_TOKEN=ghp_012345678901234567890123456789012345 job
	ends succeeded
	assert_equal "$(cat "$dir/tmp/own")" "$dir/home $dir/tmp 2"
	run cat "$dir/tmp/env"
	assert_line ANTHROPIC_API_KEY
	assert_line JOBDIR_ID
	refute_line JOBDIR_SERVICE
	refute_line GITHUB_TOKEN
	# 0, 1, 2 and the one that ls itself has open
	assert_equal "$(wc -l <"$dir/tmp/fds")" 4
}

@test "the command line: no prompt and no secret in it, the schema last" {
	claude <<-'C'
		read -r line
		printf '%s\n' "$@" >"$TMPDIR/args"
		echo "$result"
	C
	job
	ends succeeded
	run cat "$dir/tmp/args"
	assert_line --index 0 -- -p
	refute_output --partial 'What is it?'
	refute_output --partial "$ANTHROPIC_API_KEY"
	assert_line -- --strict-mcp-config
	run grep -A1 -e --setting-sources "$dir/tmp/args"
	assert_line user
}

@test "the repository's own instructions are given as text, a link to them is not followed" {
	claude <<-'C'
		read -r line
		echo "$result"
	C
	echo 'be kind to tabs' >"$ws/AGENTS.md"
	echo secret >"$BATS_TEST_TMPDIR/outside"
	ln -s "$BATS_TEST_TMPDIR/outside" "$ws/CLAUDE.md"
	job
	ends succeeded
	run cat "$dir/home/repository.md"
	assert_output --partial 'be kind to tabs'
	refute_output --partial secret
}

@test "a message in the inbox reaches the running agent, once" {
	claude <<-'C'
		read -r line
		echo '{"type":"system","subtype":"init","model":"m"}'
		read -r line
		printf '%s\n' "$line" >"$TMPDIR/second"
		echo "$result"
	C
	job
	wait_for 60 grep -q 'agent: Claude' "$dir/log"
	mkdir -m 700 "$dir/inbox"
	printf 'also b' >"$dir/inbox/.new"
	mv "$dir/inbox/.new" "$dir/inbox/0001"
	ends succeeded
	assert_equal "$(json .message.content "$dir/tmp/second")" 'also b'
	assert_equal "$(ls "$dir/inbox")" 0001.done
}

@test "cancel: an agent that ignores TERM is gone, the records are there" {
	claude <<-'C'
		trap '' TERM
		read -r line
		echo '{"type":"system","subtype":"init","model":"m"}'
		while :; do sleep 1000; done
	C
	job --grace=2s
	wait_for 60 grep -q 'agent: Claude' "$dir/log"
	touch "$dir/cancel"
	ends cancelled
	assert_equal "$(exit_json '"\(.signal) \(.result)"')" '9 false'
	run no_process_with "$dir/tmp"
	assert_success
}

@test "no Claude Code: 127, and the log says what to do" {
	CLAUDE_BIN=$BATS_TEST_TMPDIR/none job
	ends failed
	assert_equal "$(json .code "$dir/end.json")" 127
	assert_equal "$(exit_json .code)" 127
	run cat "$dir/log"
	assert_line --partial 'CLAUDE_BIN'
	assert_line --partial 'npm install'
}

@test "by hand it refuses, with the reason" {
	claude <<<'exit 0'
	job
	ends failed
	run -100 jobdir-agent "$dir"
	assert_output --partial 'no supervisor'
	run -100 jobdir-agent ../x
	run -100 jobdir-agent
	run -100 jobdir-agent --attempt=0 "$dir"
	run -0 jobdir-agent -h
	run -0 jobdir-agent -V
}

@test "a person widens the walls, or takes them down; the result says what was enforced" {
	mkdir -p "$HOME/bin"
	CLAUDE_BIN=$HOME/bin/claude	# what is beside it, and above, is not a part of it
	claude <<-'C'
		read -r line
		cat "$HOME/extra/f" >"$TMPDIR/read"
		echo x >>"$HOME/more/f"
		echo "$result"
	C
	mkdir -p "$HOME/extra" "$HOME/more"
	echo extra >"$HOME/extra/f"
	job
	ends succeeded
	[ ! -s "$dir/tmp/read" ]
	[ ! -e "$HOME/more/f" ]
	assert_equal "$(jobdir-result --tool=claude_result --cwd="$ws" --job-id="$id" | jq -S .result.isolation)" "$(jq -S . "$dir/isolation.json")"
	job --allow-read "$HOME/extra" --allow-write="$HOME/more"
	ends succeeded
	assert_equal "$(cat "$dir/tmp/read" "$HOME/more/f")" $'extra\nx'
	job --confine=off
	ends succeeded
	assert_equal "$(cat "$dir/tmp/read")" extra
	assert_equal "$(json '.seccomp or .fs' "$dir/isolation.json" || :)" false
	job --allow-port=9
	ends succeeded
	assert_equal "$(json '"\(.net) \(.tcp)"' "$dir/isolation.json")" 'door true'
}

@test "only a person can: no tool has these words, and what they say is checked" {
	printf 'What?\n' >p
	run -100 jobdir-spawn --recipe=read --cwd="$ws" --prompt=p --confine=none
	assert_output "jobdir-spawn: --confine wants require, prefer or off, not 'none'"
	run -100 jobdir-spawn --recipe=read --cwd="$ws" --prompt=p --allow-read=/nonexistent/x
	assert_output --partial 'something that is there'
	run -100 jobdir-spawn --recipe=read --cwd="$ws" --prompt=p --allow-port=70000
	assert_output --partial 'a number from 1 to 65535'
	for member in '"confine":"off"' '"allow_read":["/"]' '"allow_write":["/"]' '"allow_port":[22]' '"params":{"confine":"off"}'; do
		run -0 jobdir-task --tool=claude_task --request=- <<<"{\"cwd\":\"$ws\",\"task\":\"t\",\"mode\":\"read\",$member}"
		assert_equal "$(json .error.code <<<"$output")" invalid_request
	done
	run grep -lE '"(confine|allow_read|allow_write|allow_port)"' "$TOP"/lib/tools/*.json
	refute_output
	claude <<<'read -r line; echo "$result"'
	run -0 jobdir-task --confine=prefer --cwd="$ws" --task=t --mode=read --allow-port=9
	id=$(json .job.job_id <<<"$output")
	assert_equal "$(json -c '.params | [.confine, .allow_port]' "$(job_dir "$id")/job.json")" '["prefer",[9]]'
}
