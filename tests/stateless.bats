# SPDX-License-Identifier: MIT
# The revision 2026-07-28, which has no handshake, beside those that have one; and what a
# command asks the client, in both.
# shellcheck shell=bash disable=SC2016,SC2154,SC2030,SC2031
load lib/common
load lib/mcp

setup() {
	isolate
	fake_tool echo 'printf "{\"got\":"; cat; echo "}"'
	# Asks for a name, then for a colour; says both.
	fake_tool asks '
		ask() { echo "{\"ask\":{\"$1\":{\"method\":\"elicitation/create\",\"params\":{\"message\":\"$1?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}}}}" >&3; read -r a <&3; }
		echo $$ >"$HOME/asks.pid"
		ask name; n=$a; ask colour; printf "{\"said\":[%s,%s]}" "$n" "$a"'
	can='{"elicitation":{}}'
	yes='{"action":"accept","content":{"v":"x"}}'
}

teardown() {
	mcp_kill
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# again STATE KEY: the call made again with an answer.
again() {
	mcp_stateless "$((++n))" tools/call "$(jq -cn --arg s "$1" --arg k "$2" --argjson y "$yes" \
		'{name: "asks", arguments: {}, requestState: $s, inputResponses: {($k): $y}}')" "$can"
}

@test "stateless: discover, lists and calls without a handshake, each result complete" {
	mcp_start
	mcp_stateless 1 server/discover
	json '.result | .resultType == "complete" and .supportedVersions == ["2026-07-28"] and .capabilities.tools == {} and
		.ttlMs >= 0 and .cacheScope == "private" and ._meta["io.modelcontextprotocol/serverInfo"].name == "jobdir"' <<<"$reply"
	mcp_stateless 2 tools/list
	json '.result | .resultType == "complete" and (.tools | length) == 2 and .ttlMs > 0' <<<"$reply"
	for m in resources/list resources/templates/list; do
		mcp_stateless 3 $m
		json '.result | .resultType == "complete" and .ttlMs >= 0 and .cacheScope == "private"' <<<"$reply"
	done
	mcp_stateless 4 tools/call '{"name":"echo","arguments":{"n":1}}'
	json '.result | .resultType == "complete" and .structuredContent == {got: {n: 1}} and (has("ttlMs") | not)' <<<"$reply"
	mcp_stateless 5 tools/call '{"name":"echo","arguments":{"n":0}}'
	json '.result | .resultType == "complete" and .isError' <<<"$reply"
	mcp_stop
}

@test "stateless: what is wrong with a request's _meta, and what is not there, is said" {
	mcp_start
	for params in '{}' '{"_meta":{}}' '{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}' \
		'{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}' \
		'{"_meta":{"io.modelcontextprotocol/protocolVersion":7,"io.modelcontextprotocol/clientCapabilities":{}}}' \
		'{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}}'; do
		mcp_ask 1 server/discover "$params"
		json '.error.code == -32602' <<<"$reply" || { echo "$params: $reply"; false; }
	done
	for v in 2025-11-25 1900-01-01 v999; do
		mcp_ask 2 tools/list "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"$v\",\"io.modelcontextprotocol/clientCapabilities\":{}}}"
		json --arg v $v '.error | .code == -32022 and .data == {supported: ["2026-07-28"], requested: $v}' <<<"$reply"
	done
	for m in initialize ping logging/setLevel resources/subscribe nonsense; do
		mcp_stateless 3 $m
		json '.error.code == -32601' <<<"$reply"
	done
	mcp_stateless 4 resources/read '{"uri":"test://nothing"}'
	json '.error | .code == -32602 and .data == {uri: "test://nothing"}' <<<"$reply"
	mcp_stop
}

@test "stateless: decided per message; the handshake's clients see nothing of it" {
	mcp_start
	mcp_stateless 1 tools/list
	mcp_initialize
	json '.result.protocolVersion == "2025-06-18"' <<<"$reply"
	mcp_ask 2 ping
	[[ $reply = '{"jsonrpc":"2.0","id":2,"result":{}}' ]]
	mcp_stateless 3 tools/list
	json '.result.resultType' <<<"$reply"
	mcp_ask 4 tools/list
	json '.result | keys == ["tools"]' <<<"$reply"
	mcp_call 5 echo '{}'
	json '.result | keys == ["content", "isError", "structuredContent"]' <<<"$reply"
	mcp_stop
}

@test "stateless: a command's question is the answer; called again with answers it goes on" {
	n=10
	mcp_start
	mcp_stateless 1 tools/call '{"name":"asks"}' "$can"
	json '.result | .resultType == "input_required" and (.inputRequests | keys) == ["name"] and
		.inputRequests.name.method == "elicitation/create" and (.requestState | length) > 64' <<<"$reply"
	wait_for 30 gone "$(<"$HOME/asks.pid")"
	first=$(json .result.requestState <<<"$reply")
	again "$first" name
	json '.result | .resultType == "input_required" and (.inputRequests | keys) == ["colour"]' <<<"$reply"
	second=$(json .result.requestState <<<"$reply")
	again "$second" colour
	json '.result | .resultType == "complete" and (.structuredContent.said | length) == 2 and
		([.structuredContent.said[].answers[].action] == ["accept", "accept"])' <<<"$reply"
	# used up: neither holds again
	for state in "$first" "$second"; do
		again "$state" colour
		json '.error.code == -32602' <<<"$reply"
	done
	# an answer to another question than that which was asked is none
	mcp_stateless 2 tools/call '{"name":"asks"}' "$can"
	again "$(json .result.requestState <<<"$reply")" colour
	json '.result.inputRequests | keys == ["name"]' <<<"$reply"
	second=$(json .result.requestState <<<"$reply")
	mcp_stop
	# the state is of this process alone
	mcp_start
	again "$second" name
	json '.error.code == -32602' <<<"$reply"
	mcp_stop
}

@test "stateless: an answer without the state, a damaged one, another call's, a wrong shape" {
	n=10
	mcp_start
	mcp_stateless 1 tools/call '{"name":"asks"}' "$can"
	state=$(json .result.requestState <<<"$reply")
	mcp_stateless 2 tools/call "{\"name\":\"asks\",\"inputResponses\":{\"name\":$yes}}" "$can"
	json '.result.inputRequests | keys == ["name"]' <<<"$reply"
	for bad in "$state-" "x${state:1}" "${state%?????}" '' "$(printf '%064d{}' 0)"; do
		again "$bad" name
		json '.error.code == -32602' <<<"$reply" || { echo "$bad: $reply"; false; }
	done
	mcp_stateless 3 tools/call "$(jq -cn --arg s "$state" --argjson y "$yes" '{name: "asks", arguments: {n: 1}, requestState: $s, inputResponses: {name: $y}}')" "$can"
	json '.error.code == -32602' <<<"$reply"
	for r in null 7 '[]' '{"name":7}' '{"name":null}'; do
		mcp_stateless 4 tools/call "{\"name\":\"asks\",\"inputResponses\":$r}" "$can"
		json '.error.code == -32602' <<<"$reply" || { echo "$r: $reply"; false; }
	done
	# a client that cannot be asked
	mcp_stateless 5 tools/call '{"name":"asks"}'
	json '.result.structuredContent.said[0] == {cannot: ["name"]}' <<<"$reply"
	mcp_stop
}

@test "asking with a handshake: the server goes on serving, the answers go to their calls" {
	mcp_start
	mcp_initialize "$can"
	mcp_call_send 1 asks '{}'
	mcp_question
	json '.method == "elicitation/create" and .params.message == "name?"' <<<"$reply"
	first=$question
	mcp_call_send 2 asks '{}'
	mcp_question
	[[ $question != "$first" ]]
	mcp_call 3 echo '{}'
	json '.result.structuredContent' <<<"$reply"
	mcp_answer '{"action":"decline"}'
	mcp_question
	json '.params.message == "colour?"' <<<"$reply"
	# unknown ids, doubled answers and errors are no harm
	question=nobody mcp_answer "$yes"
	mcp_answer '{"action":"cancel"}'
	mcp_answer "$yes"
	mcp_await 2
	json '[.result.structuredContent.said[].answers[].action] == ["decline", "cancel"]' <<<"$reply"
	mcp_send "{\"jsonrpc\":\"2.0\",\"id\":\"$first\",\"error\":{\"code\":-1,\"message\":\"no\"}}"
	mcp_question
	mcp_answer "$yes"
	mcp_await 1
	json '.result.structuredContent.said | .[0].answers == {name: null} and .[1].answers.colour.action == "accept"' <<<"$reply"
	mcp_stop
}

@test "asking a client that has not said it can: the command learns it at once" {
	for can in '{}' '{"elicitation":{"url":{}}}' '{"sampling":{}}'; do
		mcp_start
		mcp_initialize "$can"
		mcp_call 1 asks '{}'
		json '.result.structuredContent.said == [{cannot: ["name"]}, {cannot: ["colour"]}]' <<<"$reply"
		mcp_stop
	done
	mcp_start
	mcp_initialize '{"elicitation":{"form":{},"url":{}}}'
	mcp_call_send 1 asks '{}'
	mcp_question
	mcp_stop
}

@test "a call that is cancelled takes its question back; a client that goes ends the asking" {
	mcp_start
	mcp_initialize "$can"
	mcp_call_send 1 asks '{}'
	mcp_question
	mcp_send '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
	mcp_read
	json --arg q "$question" '.method == "notifications/cancelled" and .params.requestId == $q' <<<"$reply"
	wait_for 30 gone "$(<"$HOME/asks.pid")"
	mcp_answer "$yes" # too late
	mcp_call 2 echo '{}'
	mcp_stop
	# at the end of input the command is told, and its answer still comes
	{
		echo '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{}}}}'
		echo '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"asks"}}'
	} | "$MCP" >out
	json -s 'last | .id == 1 and .result.structuredContent.said == [{gone: true}, {gone: true}]' out
}

@test "a toolset of one's own: only when it is named, with programs beside the manifests" {
	mkdir own
	printf '#!/bin/sh\necho "{\\"content\\":[{\\"type\\":\\"text\\",\\"text\\":\\"raw\\"}],\\"_meta\\":{\\"mine\\":1}}"\n' >own/say
	chmod 755 own/say
	jq -n '{name: "say", title: "Say", description: "says", annotations: {readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false},
		inputSchema: {type: "object"}, toolset: "own", raw: true, run: ["./say"]}' >own/say.json
	jq '.name = "needy" | .requires = {sampling: {}}' own/say.json >own/needy.json
	jq '.name = "outside" | .run = ["./../say"]' own/say.json >own/outside.json
	mcp_start
	mcp_ask 1 tools/list
	json '[.result.tools[].name] == ["asks", "echo"]' <<<"$reply"
	mcp_stop
	mcp_start --toolset-dir="$PWD/own"
	mcp_ask 1 tools/list
	json '[.result.tools[].name] == ["needy", "say"] and (.result.tools[0] | has("outputSchema") | not)' <<<"$reply"
	mcp_call 2 say '{}'
	json '.result == {content: [{type: "text", text: "raw"}], _meta: {mine: 1}}' <<<"$reply"
	mcp_stateless 3 tools/call '{"name":"say"}'
	json '.result | ._meta.mine == 1 and ._meta["io.modelcontextprotocol/serverInfo"].name == "jobdir"' <<<"$reply"
	mcp_stateless 4 tools/call '{"name":"needy"}'
	json '.error | .code == -32021 and .data == {requiredCapabilities: {sampling: {}}}' <<<"$reply"
	mcp_stateless 5 tools/call '{"name":"needy"}' '{"sampling":{}}'
	json .result.content <<<"$reply"
	mcp_stop
}
