# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154
load lib/common

setup() {
	isolate
	mkdir -p "$HOME/bin" "$HOME/.codex"
	# A Codex that remembers what it was asked; the real one is in e2e.
	printf '#!/bin/sh\necho "$*" >>"$HOME/asked"\n[ "$*" != "plugin marketplace list" ] || cat "$HOME/markets" 2>/dev/null\n:\n' >"$HOME/bin/codex"
	chmod 755 "$HOME/bin/codex"
	PATH=$HOME/bin:$PATH
	conf=$HOME/.codex/config.toml
}

@test "usage and version" {
	run -0 jobdir-uninstall -h
	assert_line --index 0 'usage: jobdir-uninstall [-hV] [--yes | --dry-run] [--name=NAME] [--project]'
	run -0 jobdir-uninstall -V
	run -100 jobdir-uninstall operand
	run -100 jobdir-uninstall --yes --dry-run
	run -100 jobdir-uninstall --keep-state=some
}

@test "what setup wrote goes without a trace, and only when told" {
	printf '# mine\n[a]\nb = 1\n' >"$conf"
	cp "$conf" before
	jobdir-setup --write >/dev/null
	cp "$conf" with
	run -0 jobdir-uninstall
	assert_line --index 0 "would be done: [mcp_servers.jobdir] taken out of $conf"
	assert_line '--yes does it'
	cmp with "$conf"
	run -0 jobdir-uninstall --yes
	assert_line --index 0 "done: [mcp_servers.jobdir] taken out of $conf"
	cmp before "$conf"
	run -0 jobdir-uninstall --yes
	assert_line --index 0 "nothing to do: no [mcp_servers.jobdir] in $conf"
	[[ $(ls "$conf".bak-* | wc -l) = 2 ]]
}

@test "no file, no directory: nothing is made" {
	rmdir "$HOME/.codex"
	run -0 jobdir-uninstall
	assert_line --index 0 --partial 'nothing to do'
	[[ ! -e $HOME/.codex ]]
}

@test "a section that runs something else is the user's" {
	printf '[mcp_servers.jobdir]\ncommand = "mine"\n' >"$conf"
	run -0 jobdir-uninstall --yes
	assert_line --partial 'does not run jobdir-mcp: left to you'
	grep -q mine "$conf"
	printf 'x = \n' >"$conf"
	run -100 jobdir-uninstall --yes
	assert_output --partial "line 1: no value"
}

@test "the plugin is removed through Codex, if it has it" {
	run -0 jobdir-uninstall --yes
	[[ $(<"$HOME/asked") = 'plugin marketplace list' ]]
	echo 'jobdir  /x/y' >"$HOME/markets"
	run -0 jobdir-uninstall --yes
	assert_line --partial "marketplace 'jobdir'"
	grep -qx 'plugin marketplace remove jobdir' "$HOME/asked"
}

@test "jobs are kept, unless they are to go" {
	id=$(jobdir-spawn -- true)
	jobdir-wait "$id" >/dev/null
	run -0 jobdir-uninstall --yes
	assert_line "kept: the jobs in $JOBDIR_STATE"
	[[ -d $(job_dir "$id") ]]
	run -0 jobdir-uninstall --keep-state=none
	[[ -d $(job_dir "$id") ]]
	run -0 jobdir-uninstall --yes --keep-state=none
	[[ ! -d $(job_dir "$id") ]]
}
