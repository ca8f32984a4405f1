#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Secrets planted in the environment, the prompt, the repository, the output of tools, the
# model's answers and error pages: none is found in the job's files, answers, records and
# processes. The real Claude Code works for a scripted model. (tests/redact.bats has the
# short form, with a stand-in.)
export BATS_TEST_TIMEOUT=300
load ../lib/common
load ../lib/mcp
load ../lib/e2e
load ../lib/canary

setup() {
	e2e_setup
}

teardown() {
	e2e_teardown
	unset MCP
}

# Everything that tells of jobs, in the file told.
tell() {
	jobdir list -a --json
	for j in "$JOBDIR_STATE"/jobs/*/job-*; do
		jobdir show "${j##*/}"
		jobdir show --json "${j##*/}"
		jobdir tail -n 1000 "${j##*/}"
		jobdir result "${j##*/}"
		jobdir result --json "${j##*/}"
	done
	jobdir stats
}

@test "no canary is found anywhere" {
	need_claude
	plant
	heard
	all=$(for n in prompt repository tool model page assigned denied CANARY_TOKEN FILE_PASSWORD PLAIN_SECRET ANTHROPIC_API_KEY; do
		printf 'token: %s\n' "$(canary say $n)"; done)
	# Paths with a secret at every place where a line of the log could be cut.
	long=$(jq -cn --arg s "$(canary say PLAIN_SECRET)" '{tools: [range(100; 172; 3) as $n |
		{name: "Read", input: {file_path: "/\("x" * $n)/\($s)"}}]}')
	jq -cn --argjson long "$long" --arg all "$all" --arg model "$(canary say model)" --arg page "$(canary say page)" \
		--arg key "$ANTHROPIC_API_KEY" --arg denied "$(canary say denied)" --arg tool "$(pieces tool)" --arg err "$(pieces stderr)" '
		def bash: {tools: [{name: "Bash", input: {command: ., description: "A step"}}]};
		{conversations: [{match: "Make the change", turns: [
			("cat forms.txt" | bash), ("cat config.txt" | bash), ("bash -c \"\($tool)\"" | bash), ("bash -c \"{ \($err); } >&2\"" | bash),
			{text: "I have found \($model).", tools: [{name: "Read", input: {file_path: "@CWD@/forms.txt"}}]}, $long,
			("curl -H \"authorization: \($denied)\" http://127.0.0.1/" | bash),
			{tools: [{name: "Write", input: {file_path: "@CWD@/new.txt", content: "x\n"}}]},
			{tools: [{name: "StructuredOutput", input: {status: "success", summary: $all, changed_files: ["new.txt"],
				commands_run: [$all], tests: {ran: false}, risks: [$all], next_steps: [$all]}}]}]},
		{match: "Fail at once", turns: [{status: 401, error: {type: "authentication_error",
			message: "<html><body>invalid x-api-key \($key), of \($page)</body></html>"}, headers: {"x-should-retry": "false"}, repeat: true}]},
		{match: "Say it", turns: [{text: $all, repeat: true}]}]}' >script.json
	start_model script.json
	canary say ANTHROPIC_API_KEY >key		# start_model has its own
	ANTHROPIC_API_KEY=$(cat key)
	watch_begin
	mcp_start --toolset=all
	mcp_initialize
	prompt="Make the change. By the way, the token is $(canary say prompt) and the other $CANARY_TOKEN."
	ask claude_task --arg t "$prompt" '{$cwd, mode: "write", task: $t}'
	take_id
	finish
	ask claude_result '{$cwd, $job_id}'
	ask claude_job_wait '{$cwd, $job_id, wait_timeout_sec: 1}'
	for t in claude_runs claude_jobs claude_status claude_workspace_status; do
		ask $t '{$cwd}'
	done
	ask claude_run_inspect '{$cwd, run_id: $job_id}'
	preview
	expect '.conflicts == []'
	[ -e "$JOB/changes.json" ]
	ask claude_query --arg t "Fail at once: ${prompt#* }" '{$cwd, task: $t}'
	take_id
	finish
	ask claude_result '{$cwd, $job_id}'
	ask claude_query --arg t "Say it: ${prompt#* }" '{$cwd, task: $t}'
	take_id
	finish
	ask claude_result '{$cwd, $job_id}'
	mcp_ask 7 resources/list
	for u in $(jq -r '.result.resources[].uri' <<<"$reply"); do
		mcp_ask 8 resources/read "{\"uri\":\"$u\"}"
	done
	mcp_stop
	watch_end claude
	tell >told 2>&1
	# It was there: what is raw by design has them.
	grep -qrF "$PLAIN_SECRET" "$JOBDIR_STATE"/jobs/*/*/home
	(($(grep -o 'REDACTED:[A-Z_]*' -rh "$JOBDIR_STATE"/jobs/*/*/attempt-1 | sort -u | wc -l) >= 4))
	canary find "$JOBDIR_STATE" heard told mcp.err >found || { cat found; return 1; }
}
