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
	assert_line --index 0 'usage: jobdir-setup [-hV] --print [--name=NAME] [--project]'
	run -0 jobdir-setup -V
	assert_output --regexp '^jobdir-setup [0-9.]+$'
	run -100 jobdir-setup
	run -100 jobdir-setup --writ3
	assert_output "jobdir-setup: unrecognized option '--writ3'"
	run -100 jobdir-setup --print operand
	run -100 jobdir-setup --print --write
	run -100 jobdir-setup --print --force
	run -100 jobdir-setup --write --name=a.b
	assert_output --partial "not 'a.b'"
	run -100 jobdir-setup --write --project --allow-root=.
	assert_output --partial 'may not widen'
	[[ ! -e $HOME/.codex ]]
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
	((SECONDS - begin < 120))
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

# ---- --write ----

conf() { echo "$HOME/.codex/config.toml"; }

@test "--write: into nothing, into a file with everything in it, twice" {
	run -0 jobdir-setup --write
	assert_line --index 0 "$(conf): written"
	run -0 cat "$(conf)"
	assert_output "$(jobdir-setup --print)"
	[[ $(stat -c %a "$(conf)") = 600 ]]
	printf 'model = "x" # mine\r\n\r\n[a."b c"]\r\nd = [ 1,\r\n # two\r\n 2 ]\r\n[[p]]\r\ns = """\r\n[mcp_servers.jobdir]\r\n"""' >mine
	cp mine "$(conf)"
	chmod 640 "$(conf)"
	run -0 jobdir-setup --write
	assert_line --index 1 --regexp "^as it was: $(conf).bak-[0-9]{8}-[0-9]{6}(-[0-9])?\$"
	cmp mine "$(ls -t "$(conf)".bak-* | head -1)"
	# every byte of before stands at the beginning, and line ends are the file's
	cmp -n "$(stat -c %s mine)" mine "$(conf)"
	[[ $(grep -c $'\r$' "$(conf)") = $(wc -l <"$(conf)") ]]
	[[ $(stat -c %a "$(conf)") = 640 ]]
	cp "$(conf)" once
	run -0 jobdir-setup --write
	assert_line --index 0 '[mcp_servers.jobdir] is there already; --force replaces it'
	run -0 jobdir-setup --write --force
	assert_line --index 0 "$(conf): nothing to change"
	cmp once "$(conf)"
	[[ $(ls "$(conf)".bak-* | wc -l) = 1 ]]
}

@test "--write --force: allowed directories and further variables stay" {
	jobdir-setup --write >/dev/null
	sed -i "s|^CODEX_CLAUDE_ALLOW_ROOTS = .*|CODEX_CLAUDE_ALLOW_ROOTS = '/srv/x'\nMINE = \"1\"|; s/= 600/= 60/" "$(conf)"
	run -0 jobdir-setup --write --force
	assert_line --index 0 "$(conf): written"
	run -0 cat "$(conf)"
	assert_line 'CODEX_CLAUDE_ALLOW_ROOTS = "/srv/x"'
	assert_line '"MINE" = "1"'
	assert_line --partial 'tool_timeout_sec = 600'
	unset CODEX_CLAUDE_ALLOW_ROOTS
	run -0 jobdir-setup --write --force
	assert_line --index 0 "$(conf): nothing to change"
}

@test "--allow-root: added to what is there, in a section of one's own too" {
	mkdir -p "$BATS_TEST_TMPDIR/src" "$HOME/.codex"
	printf "[mcp_servers.jobdir]\ncommand = 'x' # mine\nenv = { CODEX_CLAUDE_ALLOW_ROOTS = '/srv' }\n" >"$(conf)"
	run -0 jobdir-setup --write --allow-root=src --allow-root="$BATS_TEST_TMPDIR/src"
	run -0 cat "$(conf)"
	assert_line --index 1 "command = 'x' # mine"
	assert_line --index 2 "env = { CODEX_CLAUDE_ALLOW_ROOTS = \"/srv:$BATS_TEST_TMPDIR/src\" }"
	run -100 jobdir-setup --write --allow-root=/etc
	run -100 jobdir-setup --write --allow-root="$BATS_TEST_TMPDIR/none"
	assert_output --partial 'No such file'
	rm "$(conf)"
	unset CODEX_CLAUDE_ALLOW_ROOTS
	run -0 jobdir-setup --write --allow-root=src
	run -0 grep ALLOW_ROOTS "$(conf)"
	assert_output "CODEX_CLAUDE_ALLOW_ROOTS = \"$HOME/projects:$HOME/work:$HOME/codex-claude:$BATS_TEST_TMPDIR/src\""
}

@test "--write refuses what is not TOML, and touches nothing" {
	mkdir "$HOME/.codex"
	for text in 'a = ' $'x = 1\n[y' 'mcp_servers = { a = { command = "b" } }' $'\xff = 1'; do
		printf %s "$text" >"$(conf)"
		run -100 --separate-stderr jobdir-setup --write
		[[ $stderr == *"'$(conf)': line "* && $(wc -l <<<"$stderr") = 1 ]]
		[[ $(<"$(conf)") == "$text" && $(ls -A "$HOME/.codex") = config.toml ]]
	done
}

@test "--write follows a link, and says of one that leads nowhere" {
	mkdir "$HOME/.codex" dotfiles
	echo '# mine' >dotfiles/codex.toml
	ln -s "$PWD/dotfiles/codex.toml" "$(conf)"
	run -0 jobdir-setup --write
	[[ -L $(conf) ]]
	grep -q '^# mine' dotfiles/codex.toml
	grep -q mcp_servers.jobdir dotfiles/codex.toml
	ln -sfn nowhere "$(conf)"
	run -111 jobdir-setup --write
	assert_output --partial 'is a link to nothing'
}

@test "--write: many at once make one section; older servers are named" {
	mkdir "$HOME/.codex"
	printf '[mcp_servers.claude_delegate]\ncommand = "codex-claude"\n' >"$(conf)"
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		jobdir-setup --write --name="n$i" >/dev/null 2>"err$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3 4 5 6 7 8; do
		[[ $(grep -c "^\[mcp_servers.n$i\]" "$(conf)") = 1 ]]
		grep -q 'codex mcp remove claude_delegate' "err$i"
	done
}

@test "--project: beside the repository, from anywhere in it" {
	cd ws/src
	run -0 jobdir-setup --write --project
	assert_line --index 0 "$(cd .. && pwd -P)/.codex/config.toml: written"
	assert_line --partial 'trusted'
	run -0 jobdir-setup --print --project
	assert_line --index 0 --partial '/ws/.codex/config.toml'
}

@test "--plugin: a marketplace, whole, with commands that are there" {
	run -0 jobdir-setup --plugin=p
	assert_line '  codex plugin add jobdir@jobdir'
	json '.plugins[0].source.path == "./plugins/jobdir"' p/.agents/plugins/marketplace.json
	cd p/plugins/jobdir
	json '.skills == "./skills/" and .mcpServers == "./.mcp.json" and .hooks == "./hooks/hooks.json"' .codex-plugin/plugin.json
	[[ -x $(json -r .mcpServers.jobdir.command .mcp.json) ]]
	json '.mcpServers.jobdir | .tools.claude_apply.approval_mode == "prompt" and (.enabled_tools | length) == 6' .mcp.json
	json '.hooks.Stop[0].hooks[0].command | endswith("/jobdir-gate --hook")' hooks/hooks.json
	for s in claude-delegate claude-review claude-rescue; do
		[[ $(sed -n '1p;2p;4p' skills/$s/SKILL.md) == $'---\nname: '"$s"$'\n---' ]]
		grep -q '^description: ' skills/$s/SKILL.md
	done
}

@test "claude_setup says how the review gate of the workspace stands" {
	ask
	json '.review_gate | (.enabled | not) and (.pending_review | not)' <<<"$output"
	jobdir-gate --enable ws
	ask
	json --arg ws "$BATS_TEST_TMPDIR/ws" '.review_gate | .enabled and (.pending_review | not) and .workspace_root == $ws' <<<"$output"
	echo damaged >"$(echo "$JOBDIR_STATE"/workspaces/*/gate.json)"
	ask
	json '.errors | any(test("gate"))' <<<"$output"
}
