#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The real Codex, with a scripted model, delegates to the real Claude Code, with another.
load ../lib/common
load ../lib/e2e

setup() {
	isolate
	need_claude
	need_codex
	command -v python3 >/dev/null || skip 'no python3'
	make_repo ws
	ws=$(cd ws && pwd -P)
}

teardown() {
	local r
	[[ -z ${SAYS_PID-} ]] || { kill "$SAYS_PID" 2>/dev/null; wait "$SAYS_PID" 2>/dev/null || :; }
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || jobdir-cancel "${r##*/}" || :
	done
	stop_model
}

# claude_says TURN...: what the model behind Claude Code says.
claude_says() {
	printf '%s\n' "$@" | jq -cs '{turns: .}' >claude.json
	start_model "$PWD/claude.json"
}

# codex_says STEP...: what the model behind Codex says; Codex is configured for it and for jobdir.
codex_says() {
	printf '%s\n' "$@" | jq -cs . >codex.json
	mkfifo says.ready
	python3 "$TOP/tests/lib/responses.py" codex.json codex.log >says.ready 2>says.err 3>&- &
	SAYS_PID=$!
	read -rt 60 port <says.ready
	printf 'model = "scripted"\nmodel_provider = "fake"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n[model_providers.fake]\nname = "fake"\nbase_url = "http://127.0.0.1:%s/v1"\nwire_api = "responses"\n' "$port" >"$CODEX_HOME/config.toml"
	jobdir setup --write >/dev/null
}

# drive [OPTION...]: codex exec in the workspace; its events into events.
drive() {
	timeout 50 "$CODEX_REAL" exec --json --skip-git-repo-check -C "$ws" "$@" 'Delegate it.' \
		</dev/null >events 2>codex.err 3>&- || { tail -5 codex.err events; return 1; }
}

# call TOOL ARGS: a step of Codex's model.
call() { jq -cn --arg n "$1" --argjson a "$2" '{call: $n, args: $a}'; }

# result N: the structured answer of the Nth tool call that ended.
result() {
	jq -cs --argjson n "$1" '[.[] | select(.type == "item.completed" and .item.type == "mcp_tool_call") | .item][$n] |
		.result.structured_content // .error' events
}

@test "codex drives claude: a read task, answered" {
	claude_says "$(answer_turn 'There are three lines.')"
	codex_says "$(call claude_task "{\"cwd\":\"$ws\",\"task\":\"How many lines has a.txt?\",\"mode\":\"read\",\"wait_timeout_sec\":40}")" '{"say":"done"}'
	drive
	run result 0
	assert_output --partial 'There are three lines.'
	# the model saw it, and the tools stood before it at once
	jq -se '.[1].input | tostring | contains("There are three lines.")' codex.log
	jq -se '.[0].tools | tostring | contains("claude_task")' codex.log
}

@test "codex drives claude: a change is made and planned; landing it is not the model's decision" {
	claude_says "$(sh_turn 'echo four >>a.txt')" "$(done_turn)"
	codex_says "$(call claude_task "{\"cwd\":\"$ws\",\"task\":\"Add the line four to a.txt.\",\"mode\":\"write\",\"wait_timeout_sec\":40}")" \
		"$(call claude_result "{\"cwd\":\"$ws\",\"job_id\":\"\$job\"}")" \
		"$(call claude_apply "{\"cwd\":\"$ws\",\"job_id\":\"\$job\",\"confirmed_by_user\":true}")" '{"say":"done"}'
	drive
	run result 1
	json '.job_id // .job.job_id | startswith("job-")' <<<"$output"
	assert_output --partial a.txt
	assert_output --partial preview_token
	run result 2
	assert_output --partial 'approval'
	assert_equal "$(<"$ws/a.txt")" $'one\ntwo\nthree'
	id=$(basename "$(echo "$JOBDIR_STATE"/jobs/*/job-*)")
	run -0 jobdir-apply --yes "$id"
	assert_equal "$(tail -1 "$ws/a.txt")" four
}

@test "codex drives claude: the gate stops the turn once, with the reason" {
	jobdir-gate --enable "$ws"
	claude_says "$(sh_turn 'echo four >>a.txt')" "$(done_turn)"
	codex_says "$(call claude_task "{\"cwd\":\"$ws\",\"task\":\"Add the line four to a.txt.\",\"mode\":\"write\",\"wait_timeout_sec\":40}")" \
		'{"say":"first end"}' '{"say":"second end"}'
	jq -n --arg c "$(command -v jobdir-gate) --hook" '{hooks: {Stop: [{hooks: [{type: "command", command: $c, timeout: 30}]}]}}' >"$CODEX_HOME/hooks.json"
	drive --dangerously-bypass-hook-trust
	jq -se 'length == 3 and (.[2].input | tostring | contains("The review gate of"))' codex.log
	run jq -s '[.[] | select(.item.type == "agent_message" and .type == "item.completed") | .item.text] | join(",")' events
	assert_output '"first end,second end"'
}
