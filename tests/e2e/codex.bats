#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The real Codex CLI reads what `setup --print` prints.

load ../lib/common

setup() {
	isolate
	need_codex
	make_repo ws
}

# strictly DIR: what codex says of its configuration when unknown keys are errors.
# It loads the configuration, then refuses DIR, which nobody trusts: no model is asked.
strictly() {
	mkdir -p "$1"
	cd "$1" || return 1
	"$CODEX_REAL" exec --strict-config hi </dev/null 2>&1
}

@test "codex: the printed section is accepted under strict configuration" {
	jobdir setup --print >"$CODEX_HOME/config.toml"
	run ! strictly "$BATS_TEST_TMPDIR/nowhere"
	refute_output --partial 'Error loading'
	assert_output --partial 'trusted directory'
	# and this is how it looks when it is not
	sed -i 's/^tool_timeout_sec.*/&\nbogus_key = 1/' "$CODEX_HOME/config.toml"
	run ! strictly "$BATS_TEST_TMPDIR/nowhere"
	assert_output --partial 'unknown configuration field `mcp_servers.jobdir.bogus_key`'
}

@test "codex: it understands the section as meant" {
	jobdir setup --print >"$CODEX_HOME/config.toml"
	run -0 --separate-stderr "$CODEX_REAL" mcp get jobdir --json
	json '.enabled and .transport.type == "stdio"' <<<"$output"
	json --arg c "$(command -v jobdir-mcp)" '.transport.command == $c' <<<"$output"
	json '.tool_timeout_sec == 600 and (.enabled_tools | length) == 6' <<<"$output"
	json --arg s "$JOBDIR_STATE" '.transport.env.JOBDIR_STATE == $s' <<<"$output"
}

@test "codex: the section goes after an existing configuration" {
	printf 'model = "x"\n# mine\n[mcp_servers.other]\ncommand = "true"\n' >"$CODEX_HOME/config.toml"
	jobdir setup --print >>"$CODEX_HOME/config.toml"
	run -0 --separate-stderr "$CODEX_REAL" mcp list --json
	assert_equal "$(json -c 'map(.name)|sort' <<<"$output")" '["jobdir","other"]'
}

@test "codex: setup --write, and it reads the whole file" {
	printf '# mine\nmodel = "x"\n[mcp_servers.other]\ncommand = "true"\n[features]\nhooks = true\n' >"$CODEX_HOME/config.toml"
	jobdir setup --write --allow-root=ws >/dev/null
	run ! strictly "$BATS_TEST_TMPDIR/nowhere"
	assert_output --partial 'trusted directory'
	run -0 --separate-stderr "$CODEX_REAL" mcp list --json
	assert_equal "$(json -c 'map(.name)|sort' <<<"$output")" '["jobdir","other"]'
	# what Codex writes itself is understood, and the other way round
	"$CODEX_REAL" mcp add third --env A=b -- /bin/true >/dev/null
	jobdir setup --write --force >/dev/null
	jobdir uninstall --yes >/dev/null
	run -0 --separate-stderr "$CODEX_REAL" mcp list --json
	assert_equal "$(json -c 'map(.name)|sort' <<<"$output")" '["other","third"]'
}

@test "codex: a project's file, once trusted" {
	(cd ws && jobdir setup --write --project --name=here >/dev/null)
	run -0 --separate-stderr "$CODEX_REAL" mcp list --json
	assert_output '[]'
	printf '[projects."%s"]\ntrust_level = "trusted"\n' "$(cd ws && pwd -P)" >"$CODEX_HOME/config.toml"
	cd ws
	run -0 --separate-stderr "$CODEX_REAL" mcp list --json
	assert_equal "$(json -c 'map(.name)' <<<"$output")" '["here"]'
}

@test "codex: the plugin is added and taken out" {
	jobdir setup --plugin=market >/dev/null
	run -0 "$CODEX_REAL" plugin marketplace add "$PWD/market"
	run -0 "$CODEX_REAL" plugin add jobdir@jobdir
	ls "$CODEX_HOME"/plugins/cache/jobdir/jobdir/*/skills/claude-delegate/SKILL.md
	run -0 "$CODEX_REAL" plugin marketplace list
	assert_output --partial jobdir
	mkdir bin
	ln -s "$CODEX_REAL" bin/codex
	PATH=$PWD/bin:$PATH run -0 jobdir uninstall --yes
	assert_line --partial "marketplace 'jobdir'"
	run -0 "$CODEX_REAL" plugin marketplace list
	refute_output --partial jobdir
	run -0 --separate-stderr "$CODEX_REAL" mcp list --json
	assert_output '[]'
}

@test "codex: doctor learns from it what it sees, and that the hook is not trusted yet" {
	mkdir bin
	ln -s "$CODEX_REAL" bin/codex
	rows() { PATH=$PWD/bin:$PATH run jobdir-doctor --json
		json -c '[.checks[] | select(.name == "codex reports" or .name == "codex hook") | .state + " " + .detail]' <<<"$output"; }
	run rows
	assert_output --partial '"warn it sees no server'
	jobdir setup --write >/dev/null
	jq -n --arg c "$(command -v jobdir-gate) --hook" '{hooks: {Stop: [{hooks: [{type: "command", command: $c, timeout: 30}]}]}}' >"$CODEX_HOME/hooks.json"
	run rows
	assert_output --partial "ok the server 'jobdir' is enabled"
	assert_output --partial '"warn the Stop hook of the review gate is untrusted"'
}
