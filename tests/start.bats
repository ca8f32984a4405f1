# SPDX-License-Identifier: MIT
# The worker's tools about jobs: start, get, wait, tail, cancel, apply.
load lib/common
load lib/mcp

setup() {
	isolate
	unset "${!WORKER_@}" "${!FALLBACK_@}" ONEAPI_BASE_URL ONEAPI_API_KEY CLAUDE_MODEL CLAUDE_PERMISSION_MODE \
		WAIT_DEFAULT_MS DIFF_MAX_BYTES INCLUDE_DIFF_DEFAULT ALLOW_BYPASS_PERMISSIONS
	export SANDBOX_ROOT=$BATS_TEST_TMPDIR
	make_repo ws
	ws=$PWD/ws
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/claude ANTHROPIC_API_KEY=sk-canary-0123456789
	claude 'sed -i s/two/TWO/ a.txt; mkdir -p t; echo sk-canary-0123456789 >t/new.txt'
}

teardown() {
	mcp_kill
	jobdir list --active -q | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
}

# claude COMMANDS: a stand-in that reads the prompt, runs them and says success.
claude() {
	{
		printf '#!/bin/sh\nread -r line\n%s\n' "$1"
		printf '%s\n' "echo '{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"terminal_reason\":\"completed\",\"num_turns\":1,\"structured_output\":{\"status\":\"success\",\"summary\":\"Done as asked.\",\"changed_files\":[],\"commands_run\":[],\"tests\":{\"ran\":false},\"risks\":[],\"next_steps\":[]}}'"
	} >"$CLAUDE_BIN"
	chmod 755 "$CLAUDE_BIN"
}

start() { # start [FILTER]: a request, changed by jq
	jq -nc --arg ws "$ws" '{prompt: "Do it", allowed_dirs: [$ws]} | '"${1:-.}" | jobdir-start --request=-
}

ask() { # ask COMMAND TOOL REQUEST
	"jobdir-$1" --tool="$2" --request=- <<<"$3"
}

refused() { # refused CODE WORDS: the last answer, and there is no job
	json --arg c "$1" --arg w "$2" '.error | .code == $c and (.message | test($w))' <<<"$output"
	[[ -z $(find "$JOBDIR_STATE/jobs" -mindepth 2 2>/dev/null) ]]
}

@test "start: at once and durable; the parameters have their documented names; defaults come from the environment" {
	run -0 start '.scoped_patch = {paths: ["./src/", "a.txt"], max_diff_bytes: 9} | .checks = [{name: "t", command: "true", timeout_ms: 5}] |
		.auto_revise = true | .max_revisions = 2 | .isolation = "worktree" | .model = "cheap" | .timeout_ms = 60000'
	json '.job_status | IN("queued", "running", "completed")' <<<"$output"
	dir=$(json .job_dir <<<"$output")
	json '.timeout_ms == 60000 and .recipe == "write" and (.params | .tool == "start" and .scoped_patch == {paths: ["src", "a.txt"], max_diff_bytes: 9} and
		.checks == [{name: "t", command: "true", timeout_ms: 5}] and .auto_revise == true and .max_revisions == 2 and .isolation == "worktree" and
		.model == "cheap" and .permission_mode == "acceptEdits" and .include_diff == false and .allowed_files == ["."] and .dirty == "snapshot")' "$dir/job.json"
	grep -q 'must pass: true' "$dir/prompt.md"
	echo change >>ws/a.txt
	CLAUDE_MODEL=other CLAUDE_PERMISSION_MODE=dontAsk INCLUDE_DIFF_DEFAULT=1 WORKER_ISOLATION=worktree run -0 start
	json '.params | .model == "other" and .permission_mode == "dontAsk" and .include_diff == true and .isolation == "worktree"' \
		"$(json .job_dir <<<"$output")/job.json"
	json '.error.code == "cwd_refused"' <<<"$(SANDBOX_ROOT='' ask wait wait '{"job_id":"job-x"}')"
}

@test "start: the same request while it runs is the same job" {
	claude 'read -r x <hold'
	mkfifo "$BATS_TEST_TMPDIR/hold"
	export JOBDIR_ALLOW_READ=$BATS_TEST_TMPDIR/hold
	sed -i "s,<hold,<$BATS_TEST_TMPDIR/hold," "$CLAUDE_BIN"
	run -0 start
	id=$(json .job_id <<<"$output")
	run -0 start
	json --arg id "$id" '.job_id == $id and .deduped' <<<"$output"
	run -0 ask wait wait "{\"job_id\":\"$id\",\"timeout_ms\":1}"
	json '.wait_timed_out == true and (.job_status | IN("queued", "running"))' <<<"$output"
	run -0 ask cancel cancel "{\"job_id\":\"$id\"}"
	json '.job_status == "cancelled"' <<<"$output"
}

@test "start: directories outside SANDBOX_ROOT, of two repositories or of none are refused with the reason" {
	make_repo two
	mkdir plain sand
	run -0 start '.allowed_dirs += ["'"$PWD"'/two"]'
	refused refused "one repository: '.*/two' is in '.*/two'"
	run -0 start '.allowed_dirs += ["'"$PWD"'/plain"]'
	refused refused "'.*/plain' is in no repository"
	run -0 start '.allowed_dirs = ["'"$PWD"'/plain"]'
	refused not_a_repository .
	run -0 start '.allowed_dirs = ["ws"]'
	refused cwd_refused 'not an absolute path'
	run -0 start '.allowed_dirs = ["'"$PWD"'/none"]'
	refused cwd_refused 'No such file'
	SANDBOX_ROOT=$PWD/sand run -0 start
	refused cwd_refused "outside SANDBOX_ROOT"
	ln -s ../ws sand/link
	SANDBOX_ROOT=$PWD/sand run -0 start '.allowed_dirs = ["'"$PWD"'/sand/link"]'
	refused cwd_refused "outside SANDBOX_ROOT"
	SANDBOX_ROOT=$PWD/ws/src run -0 start '.allowed_dirs = ["'"$PWD"'/ws/src"]'
	refused cwd_refused "which is not inside SANDBOX_ROOT"
	SANDBOX_ROOT='' run -0 start
	refused cwd_refused 'SANDBOX_ROOT is not set'
	SANDBOX_ROOT=/ run -0 start
	refused cwd_refused 'whole machine'
}

@test "start: bypassPermissions needs the switch; nonsense is named" {
	run -0 start '.permission_mode = "bypassPermissions"'
	refused refused 'ALLOW_BYPASS_PERMISSIONS=1'
	CLAUDE_PERMISSION_MODE=bypassPermissions run -0 start
	refused refused 'ALLOW_BYPASS_PERMISSIONS=1'
	CLAUDE_PERMISSION_MODE=everything run -0 start
	refused refused 'CLAUDE_PERMISSION_MODE must be'
	for path in ../x /etc a/../b ''; do
		run -0 start '.scoped_patch = {paths: ["'"$path"'"]}'
		refused invalid_request scoped_patch
	done
	run -0 start '.checks = [{name: "x"}] | .max_revisions = 6 | .isolation = "some" | .more = 1'
	for member in checks max_revisions isolation more; do
		json --arg m "$member" '.error.message | contains($m)' <<<"$output"
	done
	BRIDGE_DEPTH=2 run -0 start
	refused depth .
	ALLOW_BYPASS_PERMISSIONS=1 run -0 start '.permission_mode = "bypassPermissions"'
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	grep -q bypassPermissions "$(job_dir "$id")/job.json"
}

@test "wait and get: the compact result, under 1,500 bytes without the diff; the diff only when asked, redacted, cut with a marker" {
	run -0 start '.isolation = "worktree" | .checks = [{name: "ok", command: "true"}]'
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	json '.job_status == "completed" and .outcome == "success" and .summary == "Done as asked." and .changed_files == ["a.txt", "t/new.txt"] and
		.landed == false and (.landed_why | test("apply")) and .attempts == 1 and .redacted == true and (has("diff") or has("log_tail") | not)' <<<"$output"
	((${#output} < 1500))
	run -0 ask result get "{\"job_id\":\"$id\",\"include_diff\":true}"
	json '.diff | test("\\+TWO") and test("REDACTED")' <<<"$output"
	refute_output --partial sk-canary
	grep -q sk-canary-0123456789 "$(job_dir "$id")/changes.patch"
	DIFF_MAX_BYTES=40 run -0 ask result get "{\"job_id\":\"$id\",\"include_diff\":true}"
	json --arg p "$(job_dir "$id")/changes.patch" '.diff | (length < 300) and endswith("\($p) has all of it]")' <<<"$output"
	run -0 ask result get '{"job_id":"job-none"}'
	json '.error.code == "job_not_found"' <<<"$output"
	mkdir other
	SANDBOX_ROOT=$PWD/other run -0 ask result get "{\"job_id\":\"$id\"}"
	json '.error.code == "job_not_found"' <<<"$output"
}

@test "get: a failure has the end of the log; usage is what the gateway recorded" {
	claude 'echo it went wrong >&2; exit 3'
	run -0 start
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	json '.job_status == "failed" and (.log_tail | length > 0) and .landed == false' <<<"$output"
	echo '{"time":"2026-11-21T00:00:00Z","model":"cheap","status":200,"input_tokens":7,"cached_tokens":3,"output_tokens":2}' \
		>"$(job_dir "$id")/metrics.jsonl"
	run -0 ask result get "{\"job_id\":\"$id\"}"
	json '.usage == {cheap: {requests: 1, input_tokens: 7, cached_tokens: 3, output_tokens: 2}}' <<<"$output"
}

@test "tail: the last lines, and pages from the beginning to the end" {
	id=$(jobdir-spawn --cwd="$ws" --wait -- sh -c 'seq -f "line %.0f ä" 1 2000')
	run -0 ask tail tail "{\"job_id\":\"$id\",\"limit\":2}"
	json '.text == "line 1999 ä\nline 2000 ä\n" and .next_offset == null and .total > 20000' <<<"$output"
	offset=0
	: >all
	while [[ $offset != null ]]; do
		ask tail tail "{\"job_id\":\"$id\",\"limit\":1000,\"offset\":$offset}" >page
		(($(wc -c <page) < 10000))
		json -j .text page >>all
		offset=$(jq .next_offset page)
	done
	cmp all "$(job_dir "$id")/log"
	run -0 ask tail tail "{\"job_id\":\"$id\",\"offset\":999999}"
	json '.error.code == "invalid_request"' <<<"$output"
}

@test "start: a directory below the top is its scope: what is in it lands, what is not does not" {
	claude 'echo "int z;" >>main.c'
	run -0 start '.allowed_dirs = [$ws + "/src"] | .checks = [{name: "t", command: "grep -q z main.c"}]'
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	json '.job_status == "completed" and .changed_files == ["src/main.c"] and .landed == true' <<<"$output"
	grep -q z ws/src/main.c
	claude 'echo more >>main.c; echo outside >>../a.txt'
	run -0 start '.allowed_dirs = [$ws + "/src"] | .checks = [{name: "t", command: "grep -q more main.c"}]'
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	json '.landed == false' <<<"$output"
	run ! grep -q outside ws/a.txt
}

@test "isolation none: on a copy, landed when verified, and the answer says so" {
	echo mine >>ws/a.txt		# not committed: the job begins with it, and its diff is without it
	WORKER_ISOLATION=none run -0 start '.checks = [{name: "t", command: "grep -q mine a.txt"}]'
	json '.note == "isolation none: the job works on a copy of the files as they are, and lands by itself when everything passes"' <<<"$output"
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\",\"include_diff\":true}"
	json '.job_status == "completed" and .landed == true and (.diff | test("\\+mine") | not)' <<<"$output"
	run cat ws/a.txt
	assert_line TWO
	assert_line mine
	# what does not pass is not there
	cp ws/a.txt before
	claude 'echo bad >>a.txt'
	run -0 start '.isolation = "none" | .checks = [{name: "t", command: "! grep -q bad a.txt", shell: true}]'
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	json '.job_status == "failed" and .landed == false' <<<"$output"
	cmp before ws/a.txt
}

@test "apply: previews, and lands only with the user's word" {
	run -0 start '.isolation = "worktree"'
	id=$(json .job_id <<<"$output")
	run -0 ask wait wait "{\"job_id\":\"$id\"}"
	run -0 ask apply apply "{\"job_id\":\"$id\",\"preview\":true}"
	token=$(json .preview_token <<<"$output")
	run -0 ask apply apply "{\"job_id\":\"$id\",\"preview_token\":\"$token\"}"
	json '.error.code == "confirmation_required"' <<<"$output"
	grep -qx two ws/a.txt
	SANDBOX_ROOT=$TMPDIR run -0 ask apply apply "{\"job_id\":\"$id\",\"preview_token\":\"$token\",\"confirmed_by_user\":true}"
	json '.error.code == "cwd_refused"' <<<"$output"
	run -0 ask apply apply "{\"job_id\":\"$id\",\"preview_token\":\"$token\",\"confirmed_by_user\":true}"
	json '.applied_files == ["a.txt", "t/new.txt"]' <<<"$output"
	grep -qx TWO ws/a.txt
	run -0 ask result get "{\"job_id\":\"$id\"}"
	json '.landed == true' <<<"$output"
}

@test "the toolsets: worker, delegate and both from one server, no name twice" {
	for set in delegate worker all; do
		mcp_start --toolset=$set
		mcp_initialize
		mcp_ask 1 tools/list
		jq -r '.result.tools[].name' <<<"$reply" >$set
		while cursor=$(json .result.nextCursor <<<"$reply"); do
			mcp_ask 1 tools/list "{\"cursor\":\"$cursor\"}"
			jq -r '.result.tools[].name' <<<"$reply" >>$set
		done
		[[ $set == all ]] || mcp_stop
	done
	for tool in analyze apply cancel get send start tail wait; do
		grep -qx $tool worker
	done
	run -1 grep claude_ worker
	sort delegate worker | cmp - all
	[[ -z $(sort all | uniq -d) ]]
	# a whole job through it
	mcp_call 2 start "{\"prompt\":\"Do it\",\"allowed_dirs\":[\"$ws\"],\"isolation\":\"worktree\"}"
	id=$(json .result.structuredContent.job_id <<<"$reply")
	mcp_call 3 wait "{\"job_id\":\"$id\",\"timeout_ms\":20000}"
	json '.result.structuredContent | .job_status == "completed" and .changed_files == ["a.txt", "t/new.txt"]' <<<"$reply"
	mcp_stop
}

# by_mcp REQUEST: start a job over MCP and wait for it there; its id, and its result into $answer.
by_mcp() {
	mcp_call 2 start "$(jq -nc --arg ws "$ws" '{prompt: "Do it", allowed_dirs: [$ws]} | '"$1")"
	id=$(json .result.structuredContent.job_id <<<"$reply")
	mcp_call 3 wait "{\"job_id\":\"$id\",\"timeout_ms\":50000}"
	answer=$(jq -c .result.structuredContent <<<"$reply")
}

@test "over MCP: repaired in the second round, and one that leaves its scope is failed and named" {
	mcp_start --toolset=worker
	mcp_initialize
	claude 'echo "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s-1\"}"
		if [ -e "$TMPDIR/again" ]; then echo good >>a.txt; else : >"$TMPDIR/again"; echo bad >>a.txt; fi'
	by_mcp '.auto_revise = true | .max_revisions = 2 | .isolation = "worktree" | .scoped_patch = {paths: ["a.txt"]} |
		.checks = [{name: "t", command: "grep -q good a.txt"}]'
	json '.job_status == "completed" and .attempts == 2 and .changed_files == ["a.txt"] and .landed == false and
		(.checks | .[0] == "scope: passed" and (.[1] | startswith("t: passed")) and .[2] == "agent: passed")' <<<"$answer" || { echo "$answer"; false; }
	((${#answer} < 1500))
	claude 'echo good >>a.txt; echo x >README'
	by_mcp '.scoped_patch = {paths: ["a.txt"]} | .checks = [{name: "t", command: "true"}]'
	json '.job_status == "failed" and .landed == false and .checks[0] == "scope: failed (outside: README)" and has("log_tail")' <<<"$answer" ||
		{ echo "$answer"; false; }
	run git -C "$ws" status --porcelain
	refute_output
	mcp_stop
}

@test "over MCP: the supervisor is killed; the wait ends, the result says lost, nothing is left" {
	mcp_start --toolset=worker
	mcp_initialize
	claude 'echo work >>a.txt; : >"$TMPDIR/there"; exec sleep 1000'
	mcp_call 2 start "$(jq -nc --arg ws "$ws" '{prompt: "Do it", allowed_dirs: [$ws]}')"
	id=$(json .result.structuredContent.job_id <<<"$reply")
	dir=$(job_dir "$id")
	mcp_call_send 3 wait "{\"job_id\":\"$id\",\"timeout_ms\":50000}"
	wait_for 40 test -e "$dir/tmp/there"
	kill -9 "$(json .supervisor_pid "$dir/state.json")"
	mcp_await 3
	json '.result.structuredContent | .job_status == "lost" and .landed == false' <<<"$reply" || { echo "$reply"; false; }
	wait_for 20 no_process_with "JOBDIR_ID=$id"
	# the server goes on, the workspace is as it was, and what was done can still be looked at
	mcp_call 4 get "{\"job_id\":\"$id\"}"
	json '.result.structuredContent.job_status == "lost"' <<<"$reply"
	grep -q work "$dir/tree/a.txt"
	run git -C "$ws" status --porcelain
	refute_output
	mcp_stop
}

@test "start: a person's prompt can come from standard input" {
	jobdir start --prompt-file=- --allowed-dirs="$ws" <<<'Do it by hand' >out
	grep -q 'Do it by hand' "$(json .job_dir out)/prompt.md"
}

@test "start: usage, and a person's options" {
	run -0 jobdir-start -h
	run -0 jobdir-start -V
	run -100 --separate-stderr jobdir-start
	assert_equal "${#stderr_lines[@]}" 1
	run -0 jobdir-start --allowed-dirs="$ws" --prompt='Do it' --checks='[{"name":"t","command":["sh","-c","true"]}]'
	json '.params.checks[0].command == ["sh", "-c", "true"]' "$(json .job_dir <<<"$output")/job.json"
}
