# SPDX-License-Identifier: MIT
# The sandbox of the Codex session that calls: what it may not, its jobs do not for it.
# The shapes are those that Codex 0.169.0 sends.
# shellcheck shell=bash disable=SC2016,SC2154,SC2030,SC2031
load lib/common
load lib/mcp
load lib/sealed

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
	WS=$(cd "$WS" && pwd -P)
	ID=$(sealed_job "$WS" 'echo x >>a.txt; mkdir .codex; echo y >.codex/notes')
	D=$(job_dir "$ID")
	MCP=jobdir-mcp
	MCP_CAN='{"elicitation":{}}' MCP_USER='{"action":"accept","content":{"land":true}}'
}

teardown() {
	local r
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || jobdir-cancel -q "${r##*/}" || :
	done
	mcp_kill
}

# sandbox NETWORK [DIR...]: what Codex says of a session that may write below these (special:NAME for
# a special one), and not in their .git and .codex.
sandbox() {
	local network=$1
	shift
	jq -cn --arg n "$network" '{permissionProfile: {type: "managed", file_system: {type: "restricted", entries:
		([{path: {type: "special", value: {kind: "root"}}, access: "read"}] +
		[$ARGS.positional[] | if startswith("special:") then {path: {type: "special", value: {kind: .[8:]}}, access: "write"} else
			{path: {type: "path", path: .}, access: "write"}, {path: {type: "path", path: (. + "/.git")}, access: "read", missing_path_behavior: "skip"},
			{path: {type: "path", path: (. + "/.codex")}, access: "read", missing_path_behavior: "skip"} end])}, network: $n},
		codexLinuxSandboxExe: "/x", sandboxCwd: "file:///x", useLegacyLandlock: false, useMxc: false}' --args "$@"
}

# ask TOOL ARGUMENTS SANDBOX: call it as from such a session; the answer in $result.
ask() {
	mcp_call "$((++n))" "$1" "$2" "{\"codex/sandbox-state-meta\":$3}"
	result=$(json -c .result.structuredContent <<<"$reply")
}

is() { json "$1" <<<"$result" >/dev/null || { echo "not so: $1"; echo "$result"; return 1; }; }

land() { ask claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"confirmed_by_user\":true,\"only\":[\"${2-a.txt}\"]}" "$1"; }
preview() { ask claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"preview\":true,\"only\":[\"${2-a.txt}\"],\"accept\":[\".codex/notes\"]}" "$1"; }

begin() {
	mcp_start "$@"
	mcp_initialize
	json '.result.capabilities.experimental | has("codex/sandbox-state-meta")' <<<"$reply"
}

@test "landing needs the caller's own write access to every file" {
	begin
	ro=$(sandbox restricted)
	preview "$ro"
	is '.preview_token | length == 64'
	land "$ro"
	is '.error | .code == "refused" and (.message | contains("a.txt")) and (.hint | endswith("jobdir apply --only=a.txt '"$ID"'"))'
	land "$(sandbox restricted "$WS/src" "$BATS_TEST_TMPDIR/other")"
	is '.error.code == "refused"'
	[[ ! -e $D/apply/answer-1.json ]] # nobody was asked
	assert_equal "$(git -C "$WS" status --porcelain)" ''
	land "$(sandbox restricted "$WS")"
	is '.applied_files == ["a.txt"]'
	mcp_stop
}

@test "a place inside the workspace that the caller may not write" {
	begin
	rw=$(sandbox enabled "$WS")
	args="{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"accept\":[\".codex/notes\"]"
	ask claude_apply "$args,\"preview\":true}" "$rw"
	ask claude_apply "$args,\"confirmed_by_user\":true}" "$rw"
	is '.error | .code == "refused" and (.message | contains(".codex/notes"))'
	ask claude_apply "$args,\"confirmed_by_user\":true}" '{"permissionProfile":{"type":"disabled"}}'
	is '.applied_files | length == 2'
	mcp_stop
}

@test "what is said and not understood allows nothing; no sandbox said is none" {
	begin
	preview '{"permissionProfile":{"type":"disabled"}}'
	for bad in '{}' 7 null '"x"' '{"permissionProfile":{"type":"new"}}' '{"permissionProfile":{"type":"managed"}}' \
		"$(sandbox enabled "$WS" | jq -c '.permissionProfile.file_system.entries += [{path: {type: "glob", pattern: "**"}, access: "none"}]')" \
		"$(sandbox enabled "$WS" | jq -c '.permissionProfile.file_system.entries += [{path: {type: "path", path: "'"$WS"'"}, access: "read"}]')" \
		"\"$(printf '%70000s' x)\""; do
		land "$bad"
		is '.error.code == "refused"'
	done
	ln -s "$WS" "$BATS_TEST_TMPDIR/link"
	land "$(sandbox restricted "$BATS_TEST_TMPDIR/link")"
	is '.applied_files == ["a.txt"]'
	mcp_stop
}

@test "JOBDIR_CALLER=ignore: the user's configuration says otherwise; a client cannot" {
	begin
	ro=$(sandbox restricted)
	preview "$ro"
	mcp_stop
	JOBDIR_CALLER=nonsense begin
	land "$ro"
	is '.error.message | contains("JOBDIR_CALLER")'
	mcp_stop
	JOBDIR_CALLER_SANDBOX='{"permissionProfile":{"type":"disabled"}}' begin
	land "$ro"
	is '.error.code == "refused"'
	mcp_stop
	JOBDIR_CALLER=ignore begin
	land "$ro"
	is '.applied_files == ["a.txt"]'
	mcp_stop
}

@test "a branch in the repository, too" {
	begin
	ask claude_export "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"branch\":\"b\"}" "$(sandbox restricted)"
	is '.error.message | contains("may not write")'
	run -1 git -C "$WS" rev-parse -q --verify b
	ask claude_export "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"branch\":\"b\"}" "$(sandbox restricted "$WS")"
	is '.commit_sha | length == 40'
	mcp_stop
}

@test "extra ports and writable places are the caller's own; the job is made all the same" {
	export JOBDIR_ALLOW_PORT=5432 JOBDIR_ALLOW_WRITE=$BATS_TEST_TMPDIR/one:$BATS_TEST_TMPDIR/two
	mkdir one two
	# An agent that keeps its supervisor alive until it is looked at.
	printf '#!/bin/sh\nexec sleep 1000\n' >agent
	chmod 755 agent
	export CLAUDE_BIN=$PWD/agent ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789 ANTHROPIC_BASE_URL=http://127.0.0.1:1 JOBDIR_CONFINE=off
	begin
	of() { tr '\0' '\n' <"/proc/$(json .supervisor_pid "$(job_dir "$1")/state.json")/environ" | sed -n "s/^$2=//p"; }
	has_state() { [[ -s $(job_dir "$1")/state.json ]]; }
	task() { ask claude_task "{\"cwd\":\"$WS\",\"task\":\"$1\",\"mode\":\"read\",\"background\":true}" "$2"
		id=$(json .job.job_id <<<"$result"); wait_for 30 has_state "$id"; }
	task first "$(sandbox restricted "$BATS_TEST_TMPDIR/two")"
	is '.request_warnings | map(select(contains("JOBDIR_ALLOW_PORT") and contains("JOBDIR_ALLOW_WRITE"))) | length == 1'
	assert_equal "$(of "$id" JOBDIR_ALLOW_PORT),$(of "$id" JOBDIR_ALLOW_WRITE)" ",$BATS_TEST_TMPDIR/two"
	task second "$(sandbox enabled special:slash_tmp "$BATS_TEST_TMPDIR")"
	is 'has("request_warnings") | not'
	assert_equal "$(of "$id" JOBDIR_ALLOW_PORT),$(of "$id" JOBDIR_ALLOW_WRITE)" "5432,$JOBDIR_ALLOW_WRITE"
	assert_equal "$(of "$id" JOBDIR_CALLER_SANDBOX)" ''
	mcp_stop
}

@test "start: where the caller may not write, the work does not land by itself" {
	printf '#!/bin/sh\nexec sleep 1000\n' >agent
	chmod 755 agent
	export CLAUDE_BIN=$PWD/agent ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789 SANDBOX_ROOT=$BATS_TEST_TMPDIR
	begin --toolset=worker
	start() { ask start "{\"prompt\":\"$1\",\"allowed_dirs\":[\"$WS\"]}" "$2"; id=$(json .job_id <<<"$result"); }
	start one "$(sandbox restricted)"
	is '.note | contains("does not land by itself")'
	json '.params.isolation == "worktree"' "$(job_dir "$id")/job.json"
	start two "$(sandbox restricted "$WS")"
	is 'has("note") | not'
	json '.params | has("isolation") | not' "$(job_dir "$id")/job.json"
	mcp_stop
}
