# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154
load lib/common

setup() { isolate; }

@test "print-config: what setup --print prints; usage and version" {
	run -0 jobdir-print-config
	assert_output "$(jobdir-setup --print)"
	run -0 jobdir-print-config --name=claude
	assert_line '[mcp_servers.claude]'
	assert_line '[mcp_servers.claude.tools.claude_apply]'
	run -0 jobdir-print-config -h
	assert_output 'usage: jobdir-print-config [-hV] [--name=NAME] [--project]'
	run -0 jobdir-print-config -V
	assert_output --regexp '^jobdir-print-config [0-9.]+$'
	run -100 jobdir-print-config operand
}
