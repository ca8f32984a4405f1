# SPDX-License-Identifier: MIT
# mcp.bash: a client of jobdir-mcp for tests: send a line, read a line.
# shellcheck shell=bash

# mcp_start [ARG...]: start the server ($MCP or the one in PATH). Its standard error
# goes to $BATS_TEST_TMPDIR/mcp.err.
mcp_start() {
	coproc MCP_PROC { exec "${MCP:-jobdir-mcp}" "$@" 2>>"$BATS_TEST_TMPDIR/mcp.err" 3>&-; }
	MCP_IN=${MCP_PROC[1]} MCP_OUT=${MCP_PROC[0]} MCP_PID=$MCP_PROC_PID
}

# mcp_send LINE
mcp_send() {
	printf '%s\n' "$1" >&"$MCP_IN"
}

# mcp_read [SECONDS]: the next line into $reply; fails at the deadline or at the end.
mcp_read() {
	reply=
	IFS= read -rt "${1:-60}" reply <&"$MCP_OUT" || { echo "mcp: no line in ${1:-60} s" >&2; return 1; }
}

# mcp_ask ID METHOD [PARAMS]: a request, and its answer into $reply. Other lines on the way
# (progress, answers to others) are appended to $BATS_TEST_TMPDIR/mcp.other.
mcp_ask() {
	mcp_send "{\"jsonrpc\":\"2.0\",\"id\":$1,\"method\":\"$2\"${3:+,\"params\":$3}}"
	mcp_await "$1"
}

# mcp_await ID [SECONDS]: the answer with this id into $reply. What is asked on the way is
# answered with $MCP_USER, if that is set.
mcp_await() {
	while mcp_read "${2:-60}"; do
		[[ $reply == "{\"jsonrpc\":\"2.0\",\"id\":$1,"* ]] && return 0
		if [[ ${MCP_USER-} && $reply == '{"jsonrpc":"2.0","id":"jobdir-'* ]]; then
			question=$(json .id <<<"$reply")
			mcp_answer "$MCP_USER"
		fi
		printf '%s\n' "$reply" >>"$BATS_TEST_TMPDIR/mcp.other"
	done
	return 1
}

# mcp_call ID TOOL ARGUMENTS [META]: call a tool; its answer into $reply.
mcp_call() {
	mcp_ask "$1" tools/call "{\"name\":\"$2\",\"arguments\":$3${4:+,\"_meta\":$4}}"
}

# mcp_call_send ID TOOL ARGUMENTS [META]: only send it.
mcp_call_send() {
	mcp_send "{\"jsonrpc\":\"2.0\",\"id\":$1,\"method\":\"tools/call\",\"params\":{\"name\":\"$2\",\"arguments\":$3${4:+,\"_meta\":$4}}}"
}

# mcp_initialize [CAPABILITIES]: else $MCP_CAN, else none.
mcp_initialize() {
	mcp_ask 0 initialize "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":${1:-${MCP_CAN:-{\}}},\"clientInfo\":{\"name\":\"test\",\"version\":\"0\"}}"
	mcp_send '{"jsonrpc":"2.0","method":"notifications/initialized"}'
}

# mcp_stateless ID METHOD [PARAMS [CAPABILITIES]]: the same as mcp_ask in the revision without
# a handshake.
mcp_stateless() {
	mcp_ask "$1" "$2" "$(jq -cn --argjson p "${3:-{\}}" --argjson c "${4:-{\}}" '$p + {_meta: (($p._meta // {}) + {
		"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": $c})}')"
}

# mcp_question: the next line, a request of the server's; its id into $question.
mcp_question() {
	mcp_read "${1:-10}" && question=$(json 'select(.method) | .id' <<<"$reply")
}

# mcp_answer RESULT: to $question.
mcp_answer() {
	mcp_send "{\"jsonrpc\":\"2.0\",\"id\":\"$question\",\"result\":$1}"
}

# mcp_stop: end of input; the server's exit status.
mcp_stop() {
	eval "exec $MCP_IN>&-"
	wait "$MCP_PID"
}

# mcp_kill: for teardown; never fails.
mcp_kill() {
	[[ -z ${MCP_PID-} ]] || { kill "$MCP_PID" 2>/dev/null; wait "$MCP_PID" 2>/dev/null; }
	return 0
}

# fake_tool NAME 'SCRIPT' [MANIFEST-FILTER]: a tool of our own beside a copy of the server in
# $BATS_TEST_TMPDIR/inst, run as bash. The filter changes its manifest (jq).
fake_tool() {
	local dir=$BATS_TEST_TMPDIR/inst
	mkdir -p "$dir/bin" "$dir/share/jobdir/tools"
	[[ -e $dir/bin/jobdir-mcp ]] || cp "$(command -v jobdir-mcp)" "$dir/bin"
	printf '#!/bin/bash\n%s\n' "$2" >"$dir/bin/jobdir-fake-$1"
	chmod 755 "$dir/bin/jobdir-fake-$1"
	jq -n --arg n "$1" '{name: $n, title: $n, description: "a tool for tests",
		annotations: {readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false},
		inputSchema: {type: "object", properties: {text: {type: "string"}, n: {type: "integer", minimum: 1}}, additionalProperties: false},
		outputSchema: {type: "object"}, toolset: "delegate", run: ["jobdir-fake-\($n)"]} | '"${3:-.}" \
		>"$dir/share/jobdir/tools/$1.json"
	MCP=$dir/bin/jobdir-mcp
}
