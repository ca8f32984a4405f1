# SPDX-License-Identifier: MIT
# The rules of the delegate toolset that need no agent: one test per tool or rule.
load lib/common
load lib/byhand

setup() {
	isolate
	W=$BATS_TEST_TMPDIR
}

teardown() {
	let_go
}

# ran ID RECIPE STATUS [FILTER]: a finished job of an agent, with a result; FILTER changes job.json.
ran() {
	local d
	byhand "$1" "$2"
	in_workspace "$1"
	d=$(dir_of "$1")
	jq "${4:-.}" "$d/job.json" >"$d/.j" && mv "$d/.j" "$d/job.json"
	done_already "$1" succeeded 0
	jq -nc --arg s "$3" '{format: 1, result_status: $s, summary: "It was done.",
		result: {attempt: {session_id: "s-1"}}}' >"$d/result.json"
}

ask() { # ask COMMAND TOOL FILTER
	run -0 "jobdir-$1" --tool="$2" --request=- < <(jq -cn --arg cwd "$W" --arg a "$A" --arg b "$B" "$3")
}

expect() {
	json "$1" <<<"$output" >/dev/null || { echo "not so: $1"; echo "$output"; return 1; }
}

@test "every tool of the reference has a manifest, strict, with a cwd, small, and honest annotations" {
	for t in setup task job_wait result apply cleanup status runs run_inspect workspace_status \
		jobs job_result job_cancel job_cleanup export; do
		jq -e '.inputSchema | .additionalProperties == false and (.required | index("cwd") != null)
			and (tojson | length < 5000)' "$TOP/lib/tools/claude_$t.json" >/dev/null
	done
	[ "$(jq -s 'map(del(.rules, .run, .toolset) | tojson | utf8bytelength) | add' \
		"$TOP"/lib/tools/claude_{setup,task,job_wait,result,apply,cleanup}.json)" -le 15500 ]
	# what only reads says so; what removes or lands says that
	for t in status runs run_inspect workspace_status jobs job_result; do
		case $t in status) continue;; esac
		json '.annotations | .readOnlyHint and (.destructiveHint | not)' "$TOP/lib/tools/claude_$t.json"
	done
	for t in job_cleanup cleanup apply; do
		json '.annotations | (.readOnlyHint | not) and .destructiveHint' "$TOP/lib/tools/claude_$t.json"
	done
}

@test "claude_runs: finished jobs of an agent, newest first, and nothing else" {
	ran "$A" write success
	ran "$B" read partial
	byhand "$C" write
	hold "$C"
	ask list claude_runs '{$cwd}'
	expect '[.entries[].run_id] == [env.B, env.A] and .total_entries == 2 and .total == 2'
	expect '.entries[1] | .type == "implement" and .status == "success" and .lifecycle == "success"
		and .returned_session_id == "s-1" and .job_status == "succeeded"'
	expect '.entries[0] | .type == "query" and .lifecycle == "partial"'
}

@test "claude_runs: each filter, and pages without loss" {
	ran "$A" write success '.params.goal_item_id = "item/1"'
	ran "$B" review failed
	ran "$C" write needs_user
	for f in '{type: "implement"}:C A' '{type: "review"}:B' '{status: "failed"}:B' \
		'{status: "needs_user"}:C' '{goal_item_id: "item/1"}:A' '{goal_item_id: "item"}:' \
		'{worktree_name: $b}:B' '{status: "unknown"}:'; do
		ask list claude_runs "{\$cwd} + ${f%:*}"
		want=
		for n in ${f##*:}; do want+=${!n}$'\n'; done
		[ "$(jq -r '.entries[].run_id' <<<"$output")" = "${want%$'\n'}" ] || { echo "$f: $output"; return 1; }
	done
	offset=0 got=
	while [ "$offset" != null ]; do
		ask list claude_runs "{\$cwd, limit: 1, offset: $offset}"
		got+=$(jq -r '.entries[].run_id' <<<"$output")' ' offset=$(jq .next_offset <<<"$output")
	done
	[ "$(tr -s ' ' <<<"$got")" = "$C $B $A " ]
}

@test "claude_runs: what became of the change is its lifecycle" {
	ran "$A" write success
	mkdir "$(dir_of "$A")/apply" "$(dir_of "$A")/tree"
	echo '{"plan":{"conflicts":[{"path":"x"}]}}' >"$(dir_of "$A")/apply/preview.json"
	ask list claude_runs '{$cwd}'
	expect '.entries[0] | .lifecycle == "apply_blocked" and .worktree_name == .run_id
		and (.worktree_path | endswith("/tree"))'
	echo '{"complete":true,"at":"2026-11-21T10:00:00.000Z","confirmed":"--yes","files":[]}' \
		>"$(dir_of "$A")/apply/landed-1.json"
	ask list claude_runs '{$cwd}'
	expect '.entries[0].lifecycle == "applied"'
	ran "$B" write success
	echo '{}' >"$(dir_of "$B")/changes.json"
	ask list claude_runs '{$cwd, worktree_name: $b}'
	expect '.entries[0] | .lifecycle == "cleaned" and (has("worktree_path") | not)'
}

@test "claude_runs: an ended job without a result is unknown, with why" {
	byhand "$A" write
	in_workspace "$A"
	done_already "$A" cancelled
	ask list claude_runs '{$cwd}'
	expect '.entries[0] | .status == "unknown" and .lifecycle == "unknown" and .error == "cancelled"'
}

@test "claude_run_inspect: entry, request without variables, end, landings, relatives" {
	ran "$A" write success '.params.goal_item_id = "g" | .env = {SECRET: "hidden-value"}'
	ran "$B" write success '.params.goal_item_id = "g" | .params.supersedes_run_id = env.A'
	mkdir "$(dir_of "$A")/apply"
	echo '{"complete":true,"at":"2026-11-21T10:00:00.000Z","confirmed":"--yes","files":[1,2]}' \
		>"$(dir_of "$A")/apply/landed-1.json"
	ln -s "../$C" "$(dir_of "$A")/continued-by"
	ask show claude_run_inspect '{$cwd, run_id: $a}'
	expect '.entry.run_id == env.A and .raw.end.state == "succeeded" and .raw.request.recipe == "write"'
	expect '.raw.landings == [{at: "2026-11-21T10:00:00.000Z", confirmed: "--yes", complete: true, files: 2}]'
	expect '.related_runs | [.superseded_by[].run_id] == [env.B] and [.goal_runs[].run_id] == [env.B]
		and .continued_by == env.C'
	refute_output --partial hidden-value
	[ "${#output}" -lt 10500 ]
}

@test "claude_run_inspect: ids are ids: no path, no foreign job, none that has not ended" {
	for bad in ../jobs /etc/passwd 'a/b' ' ' "$A/tree" 'x.json'; do
		ask show claude_run_inspect "{\$cwd, run_id: $(jq -n --arg b "$bad" '$b')}"
		expect '.error.code == "invalid_request"'
	done
	byhand "$A" write /elsewhere
	done_already "$A" succeeded 0
	ask show claude_run_inspect '{$cwd, run_id: $a}'
	expect '.error.code == "job_not_found"'
	byhand "$B" write
	hold "$B"
	ask show claude_run_inspect '{$cwd, run_id: $b}'
	expect '.error.code == "job_not_finished"'
}

@test "claude_workspace_status: active, lost, finished, trees, groups, attention, counts" {
	ran "$A" write success '.params.goal_item_id = "g"'
	mkdir "$(dir_of "$A")/tree"
	byhand "$B" write
	in_workspace "$B"
	byhand "$C" write
	hold "$C"
	ask list claude_workspace_status '{$cwd}'
	expect '[.running_jobs[].job_id] == [env.C] and [.crashed_jobs[].job_id] == [env.B]
		and [.recent_terminal_jobs[].job_id] == [env.A] and .do_not_start_duplicate_job'
	expect '.delegated_worktrees[0] | .worktree_name == env.A and (.orphaned | not)'
	expect '.latest_sessions[0].session_id == "s-1" and .run_groups[0].goal_item_id == "g"'
	expect '[.attention_items[].kind] | index("crashed_job") != null'
	expect '.counts | .running_jobs == 1 and .crashed_jobs == 1 and .active_implement_jobs == 1
		and .delegated_worktrees == 1'
	expect '.next_actions == [{tool: "claude_job_wait", reason: .next_actions[0].reason,
		args: {cwd: .workspace_root, job_id: env.C, wait_timeout_sec: 300}}]'
	ask list claude_workspace_status '{$cwd, include_terminal: false}'
	expect '.recent_terminal_jobs == [] and (.recent_runs | length == 2)'
}

@test "claude_workspace_status: of the newest jobs only, however many old ones there are" {
	for i in {10..24}; do
		ran "job-20261121-0950$i-aaaaaaaa" read success
	done
	ask list claude_workspace_status '{$cwd, limit: 5}'
	expect '(.recent_terminal_jobs | length == 5) and .counts.terminal_jobs == 5
		and .recent_terminal_jobs[0].job_id == "job-20261121-095024-aaaaaaaa"'
	[ "${#output}" -lt 10500 ]
	ask list claude_workspace_status '{$cwd, limit: 200}'
	expect '.recent_terminal_jobs | length >= 8'
	[ "${#output}" -lt 12000 ]
}

@test "claude_status: a refused directory is told, not refused; no value of a variable is" {
	export ANTHROPIC_API_KEY=sk-hidden-1 HTTPS_PROXY=http://user:hidden-2@127.0.0.1:1
	ask setup claude_status '{$cwd}'
	expect '.cwd_valid and .auth_status == "authenticated" and .execution.timed_out == false
		and .errors == .warnings'
	expect '.environment_diagnostics | .anthropic_api_key == "set-redacted" and .https_proxy == "set-redacted"
		and .proxy_env_present and .local_proxy_port? == null'
	refute_output --partial hidden-
	export HTTPS_PROXY=http://127.0.0.1:1
	ask setup claude_status '{$cwd}'
	expect '.environment_diagnostics | .local_proxy_host == "127.0.0.1" and .local_proxy_port == 1
		and .local_proxy_reachable == false and (.recommendation | length > 0)'
	ask setup claude_status '{cwd: "/etc"}'
	expect '(.cwd_valid | not) and (.errors | length > 0) and .recent_runs.entries == [] and .error == null'
}

@test "claude_job_cleanup: dry by default; oldest first, at most limit; active jobs untouched" {
	ran "$A" read success
	ran "$B" review failed
	byhand "$C" write
	hold "$C"
	ask clean claude_job_cleanup '{$cwd, older_than_hours: 0}'
	expect '.dry_run and .removed_count == 0 and [.entries[].job_id] == [env.A, env.B]
		and [.entries[].type] == ["query", "review"] and all(.entries[]; .updated_at != null and .removed == false)'
	expect '.next_actions[0] | .tool == "claude_job_cleanup"' || expect '.next_actions == []'
	[ -d "$(dir_of "$A")" ]
	ask clean claude_job_cleanup '{$cwd, older_than_hours: 0, dry_run: false, limit: 1}'
	expect '.removed_count == 1 and [.entries[].job_id] == [env.A]'
	[ ! -e "$(dir_of "$A")" ] && [ -d "$(dir_of "$B")" ] && [ -d "$(dir_of "$C")" ]
}

@test "the shared types: limits of each parameter, unknown keys, blank strings" {
	for bad in '{limit: 0}' '{limit: 201}' '{limit: 1.5}' '{limit: "5"}' '{extra: 1}' '{type: "apply"}' \
		'{status: "succeeded"}' '{goal_item_id: "a b"}' '{goal_item_id: ""}' '{worktree_name: "../x"}' \
		'{goal_item_id: ("x" * 129)}' '{offset: -1}'; do
		ask list claude_runs "{\$cwd} + $bad"
		expect '.error.code == "invalid_request"' || { echo "$bad"; return 1; }
	done
	for bad in '{older_than_hours: -1}' '{older_than_hours: 8761}' '{dry_run: "no"}' '{limit: 201}'; do
		ask clean claude_job_cleanup "{\$cwd} + $bad"
		expect '.error.code == "invalid_request"' || { echo "$bad"; return 1; }
	done
	ask list claude_runs '{cwd: " "}'
	expect '.error.message | test("^cwd: ")'
	ask list claude_runs '{cwd: ("  " + $cwd + " ")}'
	expect '.entries == []'
}

@test "next_actions name only tools that the client has" {
	byhand "$C" write
	hold "$C"
	JOBDIR_ENABLED_TOOLS=claude_task,claude_result ask list claude_workspace_status '{$cwd}'
	expect '.next_actions == []'
	for list in all 'claude_task, claude_job_wait' claude_job_wait; do
		JOBDIR_ENABLED_TOOLS=$list ask list claude_workspace_status '{$cwd}'
		expect '[.next_actions[].tool] == ["claude_job_wait"]'
	done
}
