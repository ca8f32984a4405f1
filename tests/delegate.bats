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
	jobdir list --active -q | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
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
		jobs job_result job_cancel job_cleanup export \
		query review implement; do
		jq -e '.inputSchema | .additionalProperties == false and (.required | index("cwd") != null)
			and (tojson | length < 5000)' "$TOP/lib/tools/claude_$t.json" >/dev/null
	done
	[ "$(jq -s 'map(del(.rules, .run, .toolset) | tojson | utf8bytelength) | add' \
		"$TOP"/lib/tools/claude_{setup,task,job_wait,result,apply,cleanup}.json)" -le 9000 ]
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

# ---- what a request becomes: no agent is needed to see that ----

no_agent() {
	export CLAUDE_BIN=/nonexistent/claude
	make_repo ws
	W=$BATS_TEST_TMPDIR/ws
}

# task TOOL FILTER: the answer in $output; $job: its directory, when one was made.
task() {
	run -0 jobdir-task --tool="$1" --request=- < <(jq -cn --arg cwd "$W" --arg id "${id-}" "$2")
	id=$(jq -r '.job.job_id // ""' <<<"$output") job=
	[[ -z $id ]] || job=$(job_dir "$id")
}

# refused CODE WORDS: it was, in words, and no job was made.
refused() {
	expect ".error.code == \"$1\" and (.error.message | test(\"$2\"))"
	[ -z "$job" ]
}

params() {
	jq -e "$1" "$job/job.json" >/dev/null || { echo "not so: $1"; cat "$job/job.json"; return 1; }
}

@test "claude_query, claude_review, claude_implement: each starts its kind, with its own time limit" {
	no_agent
	task claude_query '{$cwd, task: "Implement nothing"}'
	params '.recipe == "read" and .timeout_ms == 120000 and .params.tool == "claude_query"'
	expect '.delegated_mode == "read" and .wait.mode == "background" and .deduped == false and (.job.job_id | length > 0)'
	task claude_query '{$cwd, task: "Fast", fast: true}'
	params '.timeout_ms == 45000 and .params.max_turns == 2'
	grep -q 'Be concise' "$job/prompt.md"
	task claude_review '{$cwd, task: "Fix"}'
	params '.recipe == "review" and .timeout_ms == 180000'
	task claude_implement '{$cwd, task: "Explain", max_turns: 7, max_cost_usd: 1.5, max_changed_files: 3, goal_item_id: "g/1", supersedes_run_id: "job-x"}'
	params '.recipe == "write" and .timeout_ms == 600000 and (.params | .max_turns == 7 and .max_cost_usd == 1.5
		and .max_changed_files == 3 and .goal_item_id == "g/1" and .supersedes_run_id == "job-x")'
	task claude_implement '{$cwd, task: "Explain it", timeout_sec: 9}'
	params '.timeout_ms == 9000'
}

@test "files: the scope of implement, the subject of review, deprecated in claude_task" {
	no_agent
	task claude_implement '{$cwd, task: "x", files: ["src", " a.txt ", "a.txt"]}'
	params '.params.allowed_files == ["a.txt", "src"]'
	task claude_review '{$cwd, task: "x", files: ["a.txt"]}'
	params '.params.allowed_files == null'
	grep -A3 'files it is about' "$job/prompt.md" | grep -qF 'a.txt'
	task claude_task '{$cwd, task: "Explain x", files: ["a.txt"], instruction_files: ["a.txt"], background: true}'
	expect '.request_warnings == ["files is deprecated: use instruction_files"]'
	[ "$(grep -c '^- `a.txt`' "$job/prompt.md")" = 1 ]
	task claude_task '{$cwd, task: "Explain y", allowed_files: ["a.txt"], background: true}'
	expect '.request_warnings | length == 1'
	for f in instruction_files allowed_files files; do
		task claude_task "{\$cwd, task: \"Explain z\", $f: [\"../x\"]}"
		refused invalid_request .
	done
}

@test "context_roots: judged one by one, read only, never of a write job" {
	no_agent
	mkdir other other/sub more ws/in
	for bad in '[{alias: "primary", cwd: "../other"}]' '[{alias: "PRIMARY", cwd: "../other"}]' \
		'[{alias: "a", cwd: "../other"}, {alias: "a", cwd: "../more"}]' '[{alias: "a", cwd: "in"}]' \
		'[{alias: "a", cwd: ".."}]' '[{alias: "a", cwd: "."}]' '[{alias: "a", cwd: "../none"}]' \
		'[{alias: "a", cwd: "/etc"}]' '[{alias: "a", cwd: "a.txt"}]' \
		'[{alias: "a", cwd: "../other"}, {alias: "b", cwd: "../other/sub"}]' \
		'[{alias: "a b", cwd: "../other"}]' '[{alias: ("a" * 33), cwd: "../other"}]' '[]' \
		'[{alias: "a"}]' '[{alias: "a", cwd: "../other", x: 1}]' \
		'[range(6) | {alias: "a\(.)", cwd: "../other"}]'; do
		task claude_task "{\$cwd, task: \"Explain\", context_roots: $bad}"
		expect '.error.code == "invalid_request"' || { echo "$bad"; return 1; }
	done
	for t in '{task: "Fix it"}' '{task: "x", mode: "write"}'; do
		task claude_task "{\$cwd, context_roots: [{alias: \"a\", cwd: \"../other\"}]} + $t"
		refused invalid_request context_roots
	done
	task claude_task '{$cwd, task: "Explain", background: true, context_roots: [{alias: "lib-1", cwd: "../other"}, {alias: "b", cwd: ($cwd + "/../more")}]}'
	params '.params.add_dirs | length == 2 and (.[0] | endswith("/other"))'
	grep -qF "lib-1: $BATS_TEST_TMPDIR/other" "$job/prompt.md"
}

@test "verification_commands: only what builds or tests, plain, and no forbidden word" {
	no_agent
	for good in make 'make -j2 check' 'cmake --build b' ctest 'meson test' ninja 'gcc -o x x.c' 'mvn -q test' \
		'gradle test' 'dotnet test' 'bundle exec rspec' rspec 'composer test' 'swift test' 'zig build test' \
		'deno test' 'bun test' 'uv run pytest -q' tox 'npm test' 'npm run lint' 'pytest "a b"' 'cargo test' \
		'go test ./...' 'npx vitest' 'tsc --noEmit'; do
		task claude_implement "{\$cwd, task: \"x\", dirty_policy: \"committed\", verification_commands: [$(jq -n --arg c "$good" '$c')]}"
		[ -n "$job" ] || { echo "$good: $output"; return 1; }
	done
	params '.params.checks == ["tsc --noEmit"]'
	for bad in 'rm -rf /' 'make && true' 'make > x' 'make | cat' 'make; ls' 'npm run deploy' 'npm run ci:publish' \
		'make install' 'npm start' 'pytest "a' 'sh -c x' 'bash x' 'curl x' 'A=1 make' 'cargo add x' 'npx other' ' ' \
		$'make\ncheck' $'make\x7f'; do
		task claude_implement "{\$cwd, task: \"x\", verification_commands: [$(jq -n --arg c "$bad" '$c')]}"
		refused invalid_request verification_commands || { echo "$bad"; return 1; }
	done
	task claude_implement '{$cwd, task: "x", verification_commands: []}'
	refused invalid_request verification_commands
	task claude_implement '{$cwd, task: "x", verification_commands: [range(11) | "make t\(.)"]}'
	refused invalid_request verification_commands
}

@test "environment.json of a workspace restricts what verifies a change, and how long" {
	no_agent
	mkdir ws/.codex-claude-delegate
	conf=ws/.codex-claude-delegate/environment.json
	echo '{"test": "a-private-command", "verification": {"allowedScripts": ["unit"], "timeoutSec": 30}}' >$conf
	task claude_implement '{$cwd, task: "x", dirty_policy: "committed", verification_commands: ["npm run unit", "make"]}'
	params '.params.checks == [{command: "npm run unit", timeout_ms: 30000}, {command: "make", timeout_ms: 30000}]'
	task claude_implement '{$cwd, task: "x", dirty_policy: "committed", verification_commands: ["npm test"]}'
	refused invalid_request allowedScripts
	W=$PWD/ws ask list claude_workspace_status '{$cwd}'
	expect '.environment_config | .ok and .fields_present == ["test", "verification"]
		and .verification_allowed_scripts == ["unit"] and .verification_timeout_sec == 30'
	refute_output --partial private
	echo '{"verification": {"timeoutSec": 5}}' >$conf
	task claude_implement '{$cwd, task: "x", dirty_policy: "committed", verification_commands: ["make"]}'
	refused refused timeoutSec
	W=$PWD/ws ask list claude_workspace_status '{$cwd}'
	expect '(.environment_config.ok | not) and .attention_items[0].kind == "environment_config"'
	task claude_implement '{$cwd, task: "x", dirty_policy: "committed"}'	# it restricts nothing else
	[ -n "$job" ]
}

@test "a review is of one thing: diff, a job's change, a base, the uncommitted" {
	no_agent
	git -C ws checkout -qb topic
	echo four >>ws/a.txt
	git -C ws commit -qam four
	main=$(git -C ws rev-parse HEAD~1)
	task claude_review "{\$cwd, task: \"Look\", base: \"$main\"}"
	grep -qx '+four' "$job/prompt.md"
	task claude_task "{\$cwd, task: \"Fix this\", base: \"$main\", background: true}"
	expect '.delegated_mode == "review" and .mode_inference.reason == "diff"'
	for bad in nowhere --help HEAD; do
		task claude_review "{\$cwd, task: \"Look\", base: \"$bad\"}"
		refused invalid_request base
	done
	task claude_review '{$cwd, task: "Look", uncommitted: true}'
	refused invalid_request 'there are none'
	echo five >>ws/a.txt
	echo new >ws/new.txt
	task claude_review '{$cwd, task: "Look", uncommitted: true}'
	grep -q 'git diff HEAD' "$job/prompt.md"
	[ "$(grep -c '^- `\(a\|new\).txt`' "$job/prompt.md")" = 2 ]
	task claude_review '{$cwd, task: "Look", uncommitted: true, diff: "+x"}'
	refused invalid_request 'one thing'
	task claude_review '{$cwd, task: "Look", diff: "   "}'
	params '.recipe == "review"'
	run ! grep -q 'diff under review' "$job/prompt.md"
}

@test "a review of a job's change has its patch, and says whose it is" {
	no_agent
	id=$(jobdir spawn --wait -q --cwd="$PWD/ws" -- true)
	dir=$(job_dir "$id")
	task claude_review '{$cwd, task: "Look", reviewed_run_id: "job-none"}'
	refused job_not_found 'no such job'
	id=${dir##*/}
	task claude_review '{$cwd, task: "Look", reviewed_run_id: $id}'
	refused job_has_no_change .
	id=${dir##*/}
	printf '%s\n' 'diff --git a/a.txt b/a.txt' '+from the job' >"$dir/changes.patch"
	task claude_review '{$cwd, task: "Look", reviewed_run_id: $id}'
	grep -qx '+from the job' "$job/prompt.md"
	params ".params.reviewed == \"${dir##*/}\""
	task claude_review "{\$cwd, task: \"Look\", reviewed_worktree_path: \"$dir\"}"
	params ".params.reviewed == \"${dir##*/}\""
	other=$(jobdir spawn --wait -q --cwd="$PWD/ws" -- true)
	id=${dir##*/}
	task claude_review "{\$cwd, task: \"Look\", reviewed_run_id: \$id, reviewed_worktree_path: \"$(job_dir "$other")\"}"
	refused invalid_request 'different jobs'
	id=${dir##*/}
	task claude_review '{$cwd, task: "Look", reviewed_run_id: $id, diff: "+given"}'
	grep -qx '+given' "$job/prompt.md"
	run ! grep -q 'from the job' "$job/prompt.md"
}

@test "dirty_policy ask: with a scope only what is in it must be decided" {
	no_agent
	echo x >>ws/src/x.c || { mkdir -p ws/src && echo x >ws/src/x.c; }
	task claude_task '{$cwd, task: "Fix", allowed_files: ["a.txt"], background: true}'
	[ -n "$job" ]
	task claude_task '{$cwd, task: "Fix", allowed_files: ["src/"]}'
	expect '.status == "needs_user" and .error.code == "dirty_workspace" and .dirty_total == 1
		and .interaction.state == "needs_user"'
	task claude_implement '{$cwd, task: "Fix", files: ["src"]}'
	expect '.status == "needs_user"'
	task claude_implement '{$cwd, task: "Fix", files: ["src"], dirty_policy: "snapshot"}'
	[ -n "$job" ]
}

@test "the same request joins the active job; another diff, rule or profile is another" {
	no_agent
	export MAX_RUNNING_JOBS=1
	jobdir spawn -q --cwd="$PWD/ws" -- sleep 1000 >/dev/null
	task claude_review '{$cwd, task: "Look", diff: "+a"}'
	first=$id
	task claude_review '{$cwd, task: "Look", diff: "+a"}'
	[ "$id" = "$first" ]
	expect '.deduped and .reuse_decision == "deduped" and (.message | test("that job")) and .dedup_policy.enabled'
	expect '.next_actions[0] | .tool == "claude_job_wait" and .args.job_id == "'"$first"'"'
	for f in '{diff: "+b"}' '{diff: "+a", max_turns: 3}' '{diff: "+a", sensitive_file_policy: "strict"}' \
		'{diff: "+a", goal_item_id: "g"}' '{diff: "+a", timeout_sec: 9}' '{diff: "+a", files: ["a.txt"]}'; do
		task claude_review "{\$cwd, task: \"Look\"} + $f"
		[ "$id" != "$first" ] || { echo "$f"; return 1; }
	done
	jobdir list --active -q | xargs jobdir cancel -q
}

@test "every limit of claude_task, claude_query, claude_review and claude_implement" {
	no_agent
	for bad in '{timeout_sec: 0}' '{timeout_sec: 3601}' '{wait_timeout_sec: 0}' '{wait_timeout_sec: 541}' \
		'{max_changed_files: 0}' '{max_changed_files: 101}' '{max_turns: 5}' '{max_cost_usd: 1}' '{session_key: "x"}' \
		'{mode: "plan"}' '{wait_strategy: "poll"}' '{dirty_policy: "x"}' '{security_profile: "x"}' \
		'{sensitive_file_policy: "x"}' '{goal_item_id: "a b"}' '{supersedes_run_id: "a/b"}' '{task: " "}' \
		'{constraints: [""]}' '{constraints: "x"}' '{files: [1]}' '{reviewed_run_id: "../x"}' '{job_id: ""}' \
		'{job_id: "x", resume_latest: true}' '{resume_latest: true, mode: "read"}' '{resume_latest: true, mode: "review"}'; do
		task claude_task "{\$cwd, task: \"Explain\"} + $bad"
		expect '.error.code == "invalid_request"' || { echo "$bad"; return 1; }
	done
	for bad in '{max_turns: 0}' '{max_turns: 51}' '{max_cost_usd: 0}' '{max_cost_usd: 10.1}' '{diff: "x"}' '{mode: "read"}' \
		'{fork_session: true}' '{worktreeName: "a b"}' '{worktreeName: "../x"}' '{session_key: "a", resume_latest: true}' '{session_key: "../x"}' '{session_key: "latest"}'; do
		task claude_implement "{\$cwd, task: \"x\"} + $bad"
		expect '.error.code == "invalid_request"' || { echo "$bad"; return 1; }
	done
	task claude_query '{$cwd}'
	refused invalid_request 'task: required'
}

@test "worktreeName names the job, in every list, and is a filter of claude_runs" {
	ran "$A" write success '.name = "try-1"'
	ran "$B" write success
	ask list claude_runs '{$cwd, worktree_name: "try-1"}'
	expect '[.entries[].run_id] == [env.A]'
	no_agent
	task claude_implement '{$cwd, task: "Change it", worktreeName: "try_2"}'
	expect '.job.name == "try_2"'
	ask list claude_jobs '{$cwd}'
	expect '.entries[0].name == "try_2"'
}
