# SPDX-License-Identifier: MIT
# e2e.bash: the whole way through: an MCP client asks, the real Claude Code works for a
# scripted model, git is git. Load it after common and mcp.
# shellcheck shell=bash

# ---- what the model says ----

# bash_turn COMMAND: it calls the Bash tool.
bash_turn() {
	jq -cn --arg c "$1" '{tools: [{name: "Bash", input: {command: $c, description: "A step"}}]}'
}

# sh_turn SCRIPT: the same, a whole script (without single quotes) of which no word is judged
# by the rules for Bash.
sh_turn() {
	[[ $1 != *\'* ]] || { echo 'a single quote in a script' >&2; return 1; }
	bash_turn "bash -ec '$1'"
}

# gate_turn [SCRIPT]: it runs SCRIPT, then waits until the test says `open_gate`. The gate is
# in the agent's own repository, so that it is no part of the change.
gate_turn() {
	sh_turn "${1:-:}; d=\$(git rev-parse --absolute-git-dir); mkfifo \"\$d/gate\"; cat \"\$d/gate\""
}

# done_turn [STATUS [SUMMARY]]: the end of a write job, as its schema wants it.
done_turn() {
	jq -cn --arg st "${1:-success}" --arg s "${2:-Done.}" '{tools: [{name: "StructuredOutput", input:
		{status: $st, summary: $s, changed_files: [], commands_run: [], tests: {ran: false}, risks: [], next_steps: []}}]}'
}

# answer_turn TEXT: the end of a read job. review_turn TEXT: of a review.
answer_turn() {
	jq -cn --arg s "$1" '{tools: [{name: "StructuredOutput", input: {answer: $s}}]}'
}

review_turn() {
	jq -cn --arg s "$1" '{tools: [{name: "StructuredOutput", input: {verdict: "approve_with_comments",
		summary: $s, severity: "low", findings: [{severity: "low", file: "a.txt", line_start: 2, line_end: 2,
		title: "A word", detail: $s, confidence: 0.8, recommendation: "Change it."}]}}]}'
}

# error_turn STATUS MESSAGE: an API error that is not tried again.
error_turn() {
	jq -cn --argjson n "$1" --arg m "$2" '{status: $n, error: {type: "invalid_request_error", message: $m},
		headers: {"x-should-retry": "false"}, repeat: true}'
}

# talk MATCH TURN...: a conversation, for begin_talks.
talk() {
	local match=$1
	shift
	printf '%s\n' "$@" | jq -cs --arg m "$match" '{match: $m, turns: .}'
}

# ---- a model, a server, a repository ----

# begin TURN...: the model will say this, to whoever asks; a server is running.
begin() {
	printf '%s\n' "$@" | jq -cs '{turns: .}' >script.json
	begin_now
}

begin_talks() {
	printf '%s\n' "$@" | jq -cs '{conversations: .}' >script.json
	begin_now
}

begin_now() {
	need_claude
	[[ -d $WS ]] || make_repo "$WS"
	start_model script.json
	mcp_start
	mcp_initialize
}

# ---- asking ----

e2e_next=100

# send TOOL FILTER: a call whose arguments are the jq FILTER, with $cwd and $job_id at hand;
# $call becomes its id.
send() {
	call=$((++e2e_next))
	mcp_call_send "$call" "$1" "$(jq -cn --arg cwd "$WS" --arg job_id "${id-}" "${@:2}")" "{\"progressToken\":$call}"
}

# receive [CALL]: its structured answer into $result, even when others answer before.
receive() {
	local c=${1:-$call}
	reply=$(grep -F "{\"jsonrpc\":\"2.0\",\"id\":$c," "$BATS_TEST_TMPDIR/mcp.other" 2>/dev/null) ||
		mcp_await "$c" 50 || return 1
	result=$(jq -ce .result.structuredContent <<<"$reply") || { echo "no answer: $reply" >&2; return 1; }
}

# ask TOOL FILTER: both.
ask() {
	send "$@" && receive
}

# once TOOL FILTER: through a server of its own, which is gone afterwards. Prints the answer.
once() {
	(
		mcp_start
		mcp_initialize
		ask "$@" && printf '%s\n' "$result"
		mcp_stop
	)
}

# expect FILTER: it is true of $result.
expect() {
	jq -e "$@" >/dev/null <<<"$result" || { echo "not so: ${*: -1}" && jq . <<<"$result"; return 1; }
}

# write_job [FILTER]: a write job of $WS run to its end; sets $id and $JOB.
write_job() {
	ask claude_task "{\$cwd, mode: \"write\", task: \"Make the change.\"} + (${1:-{\}})" || return 1
	take_id
}

# background_job [FILTER]: the same, but only started.
background_job() {
	ask claude_task "{\$cwd, mode: \"write\", task: \"Make the change.\", background: true} + (${1:-{\}})" || return 1
	take_id
}

take_id() {
	id=$(json .job.job_id <<<"$result") || { echo "no job: $result"; return 1; }
	JOB=$(job_dir "$id")
	[[ -d $JOB ]]
}

# finish: wait for $id; its state.
finish() {
	timeout 40 jobdir wait -q "$id" || :
	end_job_state "$id"
}

# at_gate: the agent of $id waits (at once a failure if the job has ended). open_gate: it goes on.
at_gate() {
	wait_for 30 gate_or_end "$JOB"
	[[ -p $JOB/agent.git/gate ]] || { cat "$JOB/log"; return 1; }
}

gate_or_end() {
	[[ -p $1/agent.git/gate || -e $1/end.json ]]
}

# first_job: sets $id and $JOB to the only job, when there is one.
first_job() {
	wait_for 60 compgen -G "$JOBDIR_STATE/jobs/*/job-*" >/dev/null || return 1
	JOB=$(compgen -G "$JOBDIR_STATE/jobs/*/job-*")
	id=${JOB##*/}
}

open_gate() {
	timeout 120 bash -c 'echo >"$1"' sh "$JOB/agent.git/gate"
}

# preview: of $id; sets $token. land [FILTER]: preview it, and land it with the user's yes.
preview() {
	ask claude_apply "{\$cwd, \$job_id, preview: true} + (${1:-{\}})" || return 1
	token=$(json .preview_token <<<"$result") || { echo "no token: $result"; return 1; }
}

land() {
	preview && expect '.conflicts == []' &&
		ask claude_apply --arg t "$token" "{\$cwd, \$job_id, preview_token: \$t, confirmed_by_user: true} + (${1:-{\}})" &&
		expect '.error == null'
}

# prompts: the first message of every conversation, each a JSON string.
prompts() {
	jq -c 'select(.turn == 0) | .body.messages[0].content |
		if type == "string" then . else map(.text // "") | join("\n") end' "$MODEL_LOG"
}

# ---- processes ----

# kill_supervise: kill -9 the supervisor of $id.
kill_supervise() {
	kill -9 "$(json .supervisor_pid "$JOB/state.json")"
}

# claude_pids: of the agents of $id.
claude_pids() {
	local p
	for p in $(grep -laF "JOBDIR_ID=$id" /proc/[0-9]*/environ 2>/dev/null); do
		p=${p%/environ}
		[[ ! $p/exe -ef $CLAUDE_REAL ]] || echo "${p#/proc/}"
	done
}

# alone: no process of $id is left.
alone() {
	wait_for "${1:-10}" no_process_with "JOBDIR_ID=$id"
}

# no_child PID: it has no children.
no_child() {
	! pgrep -P "$1" >/dev/null
}

# clean_workspace: nothing of ours lies in the user's repository.
clean_workspace() {
	[[ -z $(git -C "$WS" status --porcelain --ignored) ]]
}

e2e_setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	MCP_PID='' MODEL_PID='' id='' JOB=''
	# A user who is asked and says yes.
	MCP_CAN='{"elicitation":{}}' MCP_USER='{"action":"accept","content":{"land":true}}'
}

e2e_teardown() {
	jobdir list --active -q 2>/dev/null | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
	mcp_kill
	stop_model
}
