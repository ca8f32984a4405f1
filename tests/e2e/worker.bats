#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The worker's way with the real Claude Code and a scripted model: checked, repaired within
# bounds, landed when verified, steered while it runs.
load ../lib/common
load ../lib/mcp
load ../lib/e2e

setup() {
	isolate
	need_claude
	WS=$BATS_TEST_TMPDIR/ws
	mkdir -p "$WS/src" "$WS/tests"
	git -C "$WS" init -q
	printf 'add() { echo $(($1 - $2)); }\n' >"$WS/src/add.sh"
	printf '. src/add.sh\n[ "$(add 2 3)" = 5 ] || { echo "add 2 3 gave $(add 2 3), not 5"; exit 1; }\n' >"$WS/tests/run.sh"
	git -C "$WS" add -A
	git -C "$WS" commit -qm initial
	# a resumed session counts one answer more than the model gave
	then='{"text": "never asked for"}'
	good='printf "add() { echo \$((\$1 + \$2)); }\n" >src/add.sh'
	bad='printf "add() { echo \$((\$1 * \$2)); }\n" >src/add.sh'
	asked='{"tool": "start", "scoped_patch": {"paths": ["src", "tests"]}, "include_diff": false,
		"checks": [{"name": "unit tests", "command": "sh tests/run.sh", "timeout_ms": 20000}]}'
}

teardown() {
	jobdir list --active -q 2>/dev/null | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
	stop_model
}

# work PARAMS TURN...: start a write job of $WS with a model that says this.
work() {
	local params=$1
	shift
	printf '%s\n' "$@" | jq -cs '{turns: .}' >script.json
	start_model script.json
	printf '%s' "$params" >params.json
	echo 'Fix the failing tests.' >prompt
	id=$(jobdir-spawn --recipe=write --cwd="$WS" --prompt=prompt --params=params.json --timeout=50s 3>&-)
	JOB=$(job_dir "$id")
}

# ends STATE OUTCOME [WHY]
ends() {
	run jobdir-wait -q "$id"
	result=$(jobdir-result --json "$id")
	assert_equal "$(end_job_state "$id") $(json .result_status <<<"$result")" "$1 $2" || { cat "$JOB/log"; false; }
	[ $# -lt 3 ] || assert_equal "$(json .why <<<"$result")" "$3"
}

@test "the documented example: tests fixed, scope src and tests, one check, no diff" {
	work "$asked" "$(sh_turn "$good")" "$(done_turn success 'The sign was wrong.')"
	ends succeeded success 'done, and the checks passed'
	expect '.result.checks | length == 3 and .[0] == "scope: passed" and (.[1] | test("^unit tests: passed \\([0-9.]+ s\\)$")) and .[2] == "agent: passed"'
	expect '[.files[].path] == ["src/add.sh"] and .summary == "The sign was wrong." and .result.attempts == 1'
	expect '.result.landed and .result.landed_why == "verified" and (.result.rounds | not) and (.result.log_tail | not)'
	sh -c "cd $WS && sh tests/run.sh"
	assert_equal "$(git -C "$WS" status --porcelain)" ' M src/add.sh'
	assert_equal "$(json .confirmed "$JOB/apply/landed-1.json")" verified
}

@test "a job that first breaks the check is repaired in the second round" {
	work "$(jq -c '. + {auto_revise: true, max_revisions: 2, isolation: "worktree"}' <<<"$asked")" \
		"$(sh_turn "$bad")" "$(done_turn)" "$then" "$(sh_turn "$good")" "$(done_turn)"
	ends succeeded success
	expect '.result.attempts == 2 and [.result.rounds[].passed] == [false, true]'
	expect '.result.rounds[0].checks[1] == "unit tests: failed (exit status 1)"'
	expect '.result.landed == false and .result.landed_why == "left for apply"'
	# same session, same home; told what failed, by which command
	assert_equal "$(jq -r .session_id "$JOB"/attempt-{1,2}/exit.json | sort -u | wc -l)" 1
	run jq -r 'select(.turn == 3) | .body.messages[] | select(.role == "user") | .content | tostring' "$MODEL_LOG"
	assert_output --partial 'add 2 3 gave 6, not 5'
	assert_output --partial 'the command: sh tests/run.sh'
	# the bill is the sum: four requests of 100 and 50
	expect '.result.usage.input_tokens == 400 and .result.usage.output_tokens == 200'
	assert_equal "$(jq -s 'map(.input_tokens) | tostring' -r "$JOB"/attempt-{1,2}/usage.json)" '[200,200]'
	assert_equal "$(git -C "$WS" status --porcelain)" ''
	run -0 jobdir-diff -q --list "$id"
	assert_output 'M 100644 100644 src/add.sh'
}

@test "one that leaves its scope is failed and named, and does not land" {
	work "$asked" "$(sh_turn "$good; echo x >README")" "$(done_turn)"
	ends failed failed 'the change leaves its scope'
	expect '.result.checks[0] == "scope: failed (outside: README)" and .result.landed == false'
	expect '.result.landed_why == "the change leaves its scope"'
	assert_equal "$(git -C "$WS" status --porcelain)" ''
}

@test "rounds are bounded; the last is on WORKER_ESCALATE_MODEL; a round that changes nothing is the last" {
	export WORKER_ESCALATE_MODEL=strong-model
	work "$(jq -c '. + {auto_revise: true, max_revisions: 2, model: "cheap-model"}' <<<"$asked")" \
		"$(sh_turn "$bad")" "$(done_turn)" "$then" "$(sh_turn "$bad; echo \"#\" >>src/add.sh")" "$(done_turn)" "$then" \
		"$(sh_turn "$bad; echo \"# 2\" >>src/add.sh")" "$(done_turn)"
	ends failed partial 'the checks failed'
	expect '.result.attempts == 3 and [.result.rounds[].passed] == [false, false, false]'
	assert_equal "$(jq -r .model "$JOB"/attempt-*/exit.json | paste -sd' ')" 'cheap-model cheap-model strong-model'
	expect '.result.usage.input_tokens == 600'
	[ ! -e "$JOB/attempt-3/revise.json" ]
	expect '.result.landed_why == "the checks failed"'
}

@test "a round that changes nothing ends it" {
	work "$(jq -c '. + {auto_revise: true, max_revisions: 5}' <<<"$asked")" \
		"$(sh_turn "$bad")" "$(done_turn)" "$then" "$(done_turn)"
	ends failed partial
	expect '.result.attempts == 2'
	grep -q 'no further round: the round changed nothing' "$JOB/log"
}

@test "what checks write is put back between rounds and never in the change" {
	work '{"auto_revise": true, "max_revisions": 1, "checks": [{"name": "build", "shell": true, "command":
		"cp src/add.sh src/add.o; mkdir out; echo x >out/log; echo \"# formatted\" >>src/add.sh; rm tests/run.sh; grep -q + src/add.o"}]}' \
		"$(sh_turn "$bad")" "$(done_turn)" "$then" "$(sh_turn "test ! -e src/add.o; test ! -e out; test -e tests/run.sh; ! grep formatted src/add.sh; $good")" "$(done_turn)"
	ends succeeded success
	expect '[.files[].path] == ["src/add.sh"] and .result.checks_changed == 4'
	run -0 jobdir-diff -q "$id"
	refute_output --partial formatted
}

@test "landing by itself gives way to the user: a conflict, a merge, a file that runs by itself" {
	work "$asked" "$(gate_turn "$good")" "$(done_turn)"
	at_gate
	echo 'add() { echo mine; }' >"$WS/src/add.sh"
	open_gate
	ends succeeded success
	expect '.result.landed == false and .result.landed_why == "1 file cannot be landed, first src/add.sh"'
	assert_equal "$(cat "$WS/src/add.sh")" 'add() { echo mine; }'
	expect '.next_actions[0].tool == "claude_apply"'
}

@test "two jobs at once: both land, or the second says why not" {
	printf '%s\n' "$(gate_turn "$good")" "$(done_turn)" | jq -cs '{turns: .}' >script.json
	start_model script.json
	printf '%s' "$asked" >params.json
	echo x >prompt
	for n in 1 2; do
		ids[n]=$(jobdir-spawn --recipe=write --cwd="$WS" --prompt=prompt --params=params.json --timeout=50s 3>&-)
	done
	for n in 1 2; do
		id=${ids[n]} JOB=$(job_dir "${ids[n]}")
		at_gate
	done
	for n in 1 2; do
		JOB=$(job_dir "${ids[n]}")
		open_gate &
		gates[n]=$!
	done
	wait "${gates[@]}"
	for n in 1 2; do
		id=${ids[n]} JOB=$(job_dir "${ids[n]}")
		ends succeeded success
		expect '.result.landed'
	done
	sh -c "cd $WS && sh tests/run.sh"
}

@test "killed while checks run: the change is what the agent made, not what the check did" {
	work '{"checks": [{"name": "slow", "shell": true, "command": "echo evil >>src/add.sh; d=$(git rev-parse --absolute-git-dir); mkfifo $d/gate; cat $d/gate"}]}' \
		"$(sh_turn "$good")" "$(done_turn)"
	at_gate
	kill_supervise
	jobdir-wait -q "$id" || :
	assert_equal "$(end_job_state "$id")" lost
	alone
	run -0 jobdir-diff -q "$id"
	refute_output --partial evil
	assert_output --partial '$1 + $2'
	cmp "$JOB/changes.json" "$JOB/attempt-1/changes.json"
}

@test "over MCP, through the gateway: the documented example, its size, and what it cost" {
	printf '%s' '{"turns": [
		{"text": "I look.", "usage": [1000, 600, 50], "tools": [{"name": "Bash", "input": {"command": "cat src/add.sh", "description": "look"}}]},
		{"tools": [{"name": "Bash", "input": {"command": "'"bash -ec 'cat tests/run.sh; sed -i s/-/+/ src/add.sh; sh tests/run.sh'"'", "description": "fix"}}], "usage": [1100, 900, 20]},
		{"tools": [{"name": "StructuredOutput", "input": {"status": "success", "summary": "The sign was wrong.", "changed_files": [], "commands_run": [],
			"tests": {"ran": false}, "risks": [], "next_steps": []}}], "usage": [1200, 1000, 30], "repeat": true}]}' >script.json
	mkfifo port
	"$BUILD/tests/chatmodel" --script=script.json --log="$PWD/provider.log" >port 2>provider.err 3>&- &
	provider=$!
	read -rt 60 port <port
	unset ANTHROPIC_BASE_URL ANTHROPIC_API_KEY
	export USE_OPENAI_ADAPTER=1 ONEAPI_BASE_URL=http://127.0.0.1:$port/v1 ONEAPI_API_KEY=sk-canary-0123456789 CLAUDE_MODEL=cheap-model \
		SANDBOX_ROOT=$BATS_TEST_TMPDIR WORKER_METRICS_FILE=$BATS_TEST_TMPDIR/all.jsonl
	mcp_start --toolset=worker
	mcp_initialize
	mcp_call 2 start "$(jq -nc --arg d "$WS" '{prompt: "Fix the failing tests", allowed_dirs: [$d], include_diff: false,
		scoped_patch: {paths: ["src", "tests"]}, checks: [{name: "unit tests", command: "sh tests/run.sh", timeout_ms: 20000}]}')"
	id=$(json .result.structuredContent.job_id <<<"$reply")
	mcp_call_send 3 wait "{\"job_id\":\"$id\",\"timeout_ms\":60000}"
	mcp_await 3 60
	kill "$provider"
	wait "$provider" || :
	mcp_stop
	answer=$(jq -c .result.structuredContent <<<"$reply")
	echo "$answer"
	((${#answer} < 1500))
	jq -e '.job_status == "completed" and .changed_files == ["src/add.sh"] and .summary == "The sign was wrong." and .attempts == 1 and
		.landed == true and .redacted == true and (has("diff") or has("log_tail") | not) and
		(.checks | length == 3 and .[0] == "scope: passed" and (.[1] | test("^unit tests: passed \\([0-9.]+ s\\)$")) and .[2] == "agent: passed") and
		(.usage | keys) == ["cheap-model"]' <<<"$answer"
	# the bill is the provider's: every request that it answered, to the token
	assert_equal "$(jq -c '.usage["cheap-model"] | [.requests, .input_tokens, .output_tokens]' <<<"$answer")" \
		"$(jq -sc '[length, (map(.input_tokens) | add), (map(.output_tokens) | add)]' all.jsonl)"
	jq -e '.usage["cheap-model"] == {requests: 3, input_tokens: 3300, cached_tokens: 2500, output_tokens: 100}' <<<"$answer"
	jobdir-result --json "$id" | jq -e '.result.usage.gateway["cheap-model"].output_tokens == 100'
	assert_equal "$(jq -r '.bad // empty' provider.log)" ''
	sh -c "cd $WS && sh tests/run.sh"
	JOB=$(job_dir "$id")
	run grep -rlF sk-canary-0123456789 "$JOB"
	refute_output
}
