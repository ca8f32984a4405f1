# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154
load lib/common

setup() {
	isolate
	mkdir -p "$HOME/bin"
	printf '#!/bin/sh\necho "9.8.7 (Claude Code)"\necho x >>"$HOME/asked"\n' >"$HOME/bin/claude"
	chmod 755 "$HOME/bin/claude"
	PATH=$HOME/bin:$PATH
	make_repo "$BATS_TEST_TMPDIR/ws"
}

ask() {
	run --separate-stderr -0 jobdir-setup --tool=claude_setup --request=- <<<"{\"cwd\":\"${1:-$BATS_TEST_TMPDIR/ws}\"}"
}

@test "usage, version and bad arguments" {
	run -0 jobdir-setup -h
	assert_line --index 0 'usage: jobdir-setup [-hV] --print'
	run -0 jobdir-setup -V
	assert_output --regexp '^jobdir-setup [0-9.]+$'
	run -100 jobdir-setup
	run -100 jobdir-setup --write
	assert_output "jobdir-setup: unknown option '--write' (see -h)"
	run -100 jobdir-setup --print operand
	run -100 jobdir-setup --tool=no_such_tool --cwd=.
	assert_output --partial 'no such tool'
}

@test "--print: the section Codex takes, without any value of a secret" {
	export ANTHROPIC_API_KEY=sk-ant-api03-CCCCCCCCCCCCCCCCCCCCCCCC
	run --separate-stderr -0 jobdir-setup --print
	refute_output --partial CCCCCC
	[[ $output =~ command\ =\ \"(/[^\"]*/jobdir-mcp)\" ]]
	[[ -x ${BASH_REMATCH[1]} ]]
	assert_line --partial 'tool_timeout_sec = 600'
	assert_line 'JOBDIR_TOOL_TIMEOUT_SEC = "600"'
	assert_line "JOBDIR_STATE = \"$JOBDIR_STATE\""
	assert_line "CODEX_CLAUDE_ALLOW_ROOTS = \"$BATS_TEST_TMPDIR\""
	for t in claude_setup claude_task claude_job_wait claude_result claude_apply claude_cleanup; do
		assert_line "  \"$t\","
		[[ -e $TOP/lib/tools/$t.json ]]
	done
	refute_output --partial claude_jobs
}

@test "--print: the state root is written down only when a server would not find it" {
	unset JOBDIR_STATE
	run -0 jobdir-setup --print
	refute_output --partial JOBDIR_STATE
	XDG_STATE_HOME=$HOME/s run -0 jobdir-setup --print
	assert_line "JOBDIR_STATE = \"$HOME/s/jobdir\""
}

@test "--print: what TOML would take for syntax is quoted, what it cannot hold is refused" {
	JOBDIR_STATE=$'/a"b\\c\nd' run -0 jobdir-setup --print
	assert_line 'JOBDIR_STATE = "/a\"b\\c\u000ad"'
	JOBDIR_STATE=$'/a\xff' run -100 jobdir-setup --print
	assert_output --partial 'not UTF-8'
}

@test "the output of --print is TOML with the right types" {
	command -v python3 >/dev/null && python3 -c 'import tomllib' 2>/dev/null || skip 'no TOML reader'
	jobdir-setup --print >conf
	run -0 python3 -c 'import tomllib; c = tomllib.load(open("conf", "rb"))["mcp_servers"]["jobdir"]; assert c["supports_parallel_tool_calls"] is True and len(c["enabled_tools"]) == 6 and c["tools"]["claude_apply"]["approval_mode"] == "prompt" and "ANTHROPIC_API_KEY" in c["env_vars"]'
}

@test "ready: everything is there" {
	ANTHROPIC_API_KEY=sk-test-0123456789 ask
	json --arg ws "$(cd ws && pwd -P)" '.workspace_root == $ws and .cwd_valid and .cwd_is_git_repo and .worktree_capable and
		.claude_available and .claude_version == "9.8.7 (Claude Code)" and .auth_status == "ok" and .git_available and
		.errors == [] and .next_steps == [] and .interaction.state == "ready" and (has("error") | not) and
		.state.writable and .state.locks and (.containment.pid_namespace | type) == "boolean"' <<<"$output"
	# Claude Code was asked its version and nothing else; nothing is left in the state root.
	[[ $(wc -l <"$HOME/asked") = 1 ]]
	[[ -z $(ls -A "$JOBDIR_STATE") ]]
}

@test "a subdirectory is answered with its repository" {
	ask "$BATS_TEST_TMPDIR/ws/src"
	json --arg ws "$(cd ws && pwd -P)" '.workspace_root == $ws and .cwd_is_git_repo' <<<"$output"
}

@test "a refused directory is an answer that says what to do" {
	ask /usr/share
	json '.cwd_valid == false and (.errors | length) >= 1 and (.next_steps[0] | test("CODEX_CLAUDE_ALLOW_ROOTS")) and
		.interaction.state == "needs_attention" and (has("error") | not)' <<<"$output"
	ask "$BATS_TEST_TMPDIR/nowhere"
	json '.cwd_valid == false and .workspace_root == null' <<<"$output"
}

@test "no repository, no commit: reading is possible, and that is said" {
	mkdir plain
	ask "$BATS_TEST_TMPDIR/plain"
	json '.cwd_valid and .cwd_is_git_repo == false and (.next_steps[0] | test("read and review"))' <<<"$output"
	git init -q empty
	ask "$BATS_TEST_TMPDIR/empty"
	json '.cwd_is_git_repo and .worktree_capable == false and (.next_steps[0] | test("first commit"))' <<<"$output"
}

@test "no Claude Code, a broken one, one that hangs" {
	rm "$HOME/bin/claude"
	PATH=/usr/bin:/bin:$(dirname "$(command -v jobdir-setup)") ask
	json '.claude_available == false and .claude_version == null and (.errors[0] | test("cannot run .claude."))' <<<"$output"
	printf '#!/bin/sh\necho "broken: no node" >&2\nexit 3\n' >"$HOME/bin/claude"
	chmod 755 "$HOME/bin/claude"
	CLAUDE_BIN=$HOME/bin/claude ask
	json '.errors[0] | test("failed: broken: no node")' <<<"$output"
	printf '#!/bin/sh\nexec sleep 1000\n' >"$HOME/bin/claude"
	begin=$SECONDS
	ask
	((SECONDS - begin < 20))
	json '.claude_available == false' <<<"$output"
}

@test "the login: a variable is ok, Claude Code's own file is unknown, nothing is missing" {
	ask
	json '.auth_status == "missing" and (.next_steps | length) == 1' <<<"$output"
	mkdir "$HOME/.claude"
	echo '{}' >"$HOME/.claude/.credentials.json"
	ask
	json '.auth_status == "unknown" and (.next_steps[0] | test("setup-token"))' <<<"$output"
	CLAUDE_CODE_OAUTH_TOKEN=x-0123456789 ask
	json '.auth_status == "ok"' <<<"$output"
	ANTHROPIC_API_KEY='' ask
	json '.auth_status == "unknown"' <<<"$output"
	mkdir -p "$HOME/.config/jobdir"
	echo 'ANTHROPIC_API_KEY=sk-0123456789' >"$HOME/.config/jobdir/env"
	ask
	json '.auth_status == "ok"' <<<"$output"
}

@test "a state root that cannot be made is said" {
	touch file
	JOBDIR_STATE=$BATS_TEST_TMPDIR/file/state ask
	json '.state.writable == false and (.state.reason | length) > 0 and (.errors | any(test("state root")))' <<<"$output"
}

@test "a bad request names its members, also from options" {
	run -0 jobdir-setup --request=- <<<'{"cwd":"","x":1}'
	json '.error == {code: "invalid_request", message: "cwd: must not be empty; x: unknown member"}' <<<"$output"
	run -0 jobdir-setup --request=- <<<'{"cwd":'
	json '.error.message | startswith("input: not JSON")' <<<"$output"
	run -0 jobdir-setup --cwd=/ --more
	json '.error.message == "--more: unknown option"' <<<"$output"
}

@test "setup: a directory that is not there is not one to be allowed" {
	run -0 jobdir-setup --cwd="$PWD/nonexistent"
	json '(.errors[0] | test("No such file")) and .next_steps[0] == "Name a directory that is there and can be read."' <<<"$output"
	mkdir -p "$BATS_TEST_TMPDIR/x"
	CODEX_CLAUDE_ALLOW_ROOTS=$HOME run -0 jobdir-setup --cwd="$BATS_TEST_TMPDIR/x"
	json '.next_steps[0] | test("CODEX_CLAUDE_ALLOW_ROOTS")' <<<"$output"
}
