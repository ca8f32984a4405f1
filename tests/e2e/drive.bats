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
# MODEL: its name (scripted: one that Codex does not know).
codex_says() {
	printf '%s\n' "$@" | jq -cs . >codex.json
	mkfifo says.ready
	python3 "$TOP/tests/lib/responses.py" codex.json codex.log >says.ready 2>says.err 3>&- &
	SAYS_PID=$!
	read -rt 60 port <says.ready
	printf 'model = "%s"\nmodel_provider = "fake"\ncheck_for_update_on_startup = false\n[analytics]\nenabled = false\n[model_providers.fake]\nname = "fake"\nbase_url = "http://127.0.0.1:%s/v1"\nwire_api = "responses"\n' "${MODEL:-scripted}" "$port" >"$CODEX_HOME/config.toml"
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

# The three ways in which Codex lays tools before a model; by our own configuration it is the
# first for every model, so that is taken out for the others.
surface() {
	claude_says "$(answer_turn 'There are three lines.')"
	args="{\"cwd\":\"$ws\",\"task\":\"How many lines has a.txt?\",\"mode\":\"read\",\"wait_timeout_sec\":40}"
}

@test "codex drives claude: the tools stand before every model at once, as configured" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	surface
	for MODEL in gpt-5.5 gpt-6-sol; do
		rm -f says.ready codex.log
		codex_says "$(call claude_task "$args")" '{"say":"done"}'
		drive
		run result 0
		assert_output --partial 'There are three lines.'
		jq -se '.[0] | tostring | contains("claude_job_wait")' codex.log
		kill "$SAYS_PID"
	done
}

@test "codex drives claude: tools deferred behind tool_search are found by what a user would say" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	surface
	MODEL=gpt-5.5 codex_says '{"item":{"type":"tool_search_call","call_id":"s1","execution":"client","status":"completed","arguments":{"query":"delegate a coding task to Claude Code in the background","limit":8}}}' \
		"$(call claude_task "$args")" '{"say":"done"}'
	sed -i '/^omit_tools_from/d' "$CODEX_HOME/config.toml"
	drive
	jq -se '.[0].tools | tostring | contains("claude_task") | not' codex.log
	jq -se '[.[1].input[] | select(.type == "tool_search_output")] | tostring | contains("claude_task") and contains("claude_apply")' codex.log
	run result 0
	assert_output --partial 'There are three lines.'
}

@test "codex drives claude: from a script in code mode" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	surface
	MODEL=gpt-6-sol codex_says "$(jq -cn --argjson a "$args" '{item: {type: "custom_tool_call", call_id: "c1", name: "exec", input:
		("text(ALL_TOOLS.filter(t => t.name.includes(\"claude_\")).length + \" tools\"); text(JSON.stringify((await tools.mcp__jobdir__claude_task(\($a))).structuredContent))")}}')" '{"say":"done"}'
	sed -i '/^omit_tools_from/d' "$CODEX_HOME/config.toml"
	drive
	run jq -rs '.[1].input[-1].output | tostring' codex.log
	assert_output --partial '6 tools'
	assert_output --partial 'There are three lines.'
}

@test "codex drives claude: with every approval bypassed nobody can be asked, and nothing lands" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	claude_says "$(sh_turn 'echo four >>a.txt')" "$(done_turn)"
	codex_says "$(call claude_task "{\"cwd\":\"$ws\",\"task\":\"Add the line four to a.txt.\",\"mode\":\"write\",\"wait_timeout_sec\":40}")" \
		"$(call claude_apply "{\"cwd\":\"$ws\",\"job_id\":\"\$job\",\"preview\":true}")" \
		"$(call claude_apply "{\"cwd\":\"$ws\",\"job_id\":\"\$job\",\"preview_token\":\"\$token\",\"confirmed_by_user\":true}")" '{"say":"done"}'
	drive --dangerously-bypass-approvals-and-sandbox
	run result 2
	json '.error | .code == "refused" and (.hint | contains("jobdir apply job-"))' <<<"$output" || { echo "$output"; false; }
	assert_equal "$(<"$ws/a.txt")" $'one\ntwo\nthree'
}

# app ANSWER [SANDBOX]: a write task, its result and its landing through app-server; the lines into app.
app() {
	claude_says "$(sh_turn 'echo four >>a.txt')" "$(done_turn)"
	codex_says "$(call claude_task "{\"cwd\":\"$ws\",\"task\":\"Add the line four to a.txt.\",\"mode\":\"write\",\"wait_timeout_sec\":40}")" \
		"$(call claude_result "{\"cwd\":\"$ws\",\"job_id\":\"\$job\"}")" \
		"$(call claude_apply "{\"cwd\":\"$ws\",\"job_id\":\"\$job\",\"preview_token\":\"\$token\",\"confirmed_by_user\":true}")" '{"say":"done"}'
	timeout 55 python3 "$TOP/tests/lib/appserver.py" "$CODEX_REAL" "$ws" "${2:-workspace-write}" "$1" >app 2>app.err 3>&- ||
		{ tail -5 app.err app; return 1; }
	D=$(echo "$JOBDIR_STATE"/jobs/*/job-*)
	landing=$(jq -cs '[.[] | select(.kind == "call")][2].item.result.structuredContent' app)
	jq -e . <<<"$landing" >/dev/null || cat app
}

@test "app-server: the user is asked with the files, and accepts" {
	app accept
	jq -se '[.[] | select(.kind == "server") | .message] | length == 1 and (.[0] | contains("modify    a.txt") and contains("Checks:"))' app
	json '.applied_files == ["a.txt"]' <<<"$landing"
	assert_equal "$(tail -1 "$ws/a.txt")" four
	json '.answer == "accept"' "$D/apply/answer-1.json"
}

@test "app-server: the user declines, or puts the question away" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	for a in decline cancel; do
		rm -rf says.ready codex.log "$JOBDIR_STATE" model.ready
		app "$a"
		json '.error.code == "refused" and (.error.hint | contains("jobdir apply"))' <<<"$landing"
		assert_equal "$(<"$ws/a.txt")" $'one\ntwo\nthree'
		json --arg a "$a" '.answer == $a' "$D/apply/answer-1.json"
		kill "$SAYS_PID"
		stop_model
	done
}

@test "app-server: a session that may only read does not land" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	app accept read-only
	jq -se '[.[] | select(.kind == "server")] == []' app
	json '.error | .code == "refused" and (.message | contains("sandbox"))' <<<"$landing"
	assert_equal "$(<"$ws/a.txt")" $'one\ntwo\nthree'
}
