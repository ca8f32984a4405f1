# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154,SC2030,SC2031,SC2183
load lib/common
load lib/mcp

setup() {
	isolate
	fake_tool echo 'printf "{\"got\":"; cat; echo "}"'
	fake_tool block 'echo $$ >"$HOME/block.pid"; read -r _ <"$HOME/gate"; echo "{\"done\":true}"'
	mkfifo "$HOME/gate"
}

teardown() {
	mcp_kill
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# An instrumented build needs more memory, and that says nothing.
instrumented() { [[ $BUILD = */asan ]]; }

# pipe LINES...: all of them to a fresh server at once; its answers in $output.
pipe() {
	run --separate-stderr -0 bash -c 'printf "$1" | "$2"' _ "$1" "$MCP"
}

@test "usage, version and bad arguments" {
	run -0 "$MCP" -h
	assert_output 'usage: jobdir-mcp [-hV] [--toolset=delegate|worker|all] [--toolset-dir=DIR]'
	run -0 "$MCP" -V
	assert_output --regexp '^jobdir-mcp [0-9.]+$'
	run -100 "$MCP" --toolset=other </dev/null
	assert_output "jobdir-mcp: --toolset must be delegate, worker or all, not 'other'"
	run -100 "$MCP" --nonsense </dev/null
	run -100 "$MCP" operand </dev/null
	run -0 "$MCP" --toolset=all -- </dev/null
}

@test "a delegated agent may not delegate; children are one deeper" {
	BRIDGE_DEPTH=2 run -103 "$MCP" </dev/null
	assert_output 'jobdir-mcp: a delegated agent may not delegate (BRIDGE_DEPTH is 2)'
	fake_tool depth 'echo "{\"depth\":\"$BRIDGE_DEPTH\",\"control\":\"$JOBDIR_CONTROL\"}"'
	for d in '' 0 1 -5 x; do
		BRIDGE_DEPTH=$d mcp_start
		mcp_call 1 depth '{}'
		[[ $d = 1 ]] && want=2 || want=1
		json ".result.structuredContent == {depth: \"$want\", control: \"3\"}" <<<"$reply"
		mcp_stop
	done
}

@test "initialize echoes the revisions it knows and offers its own for others" {
	mcp_start
	for v in 2024-11-05 2025-03-26 2025-06-18 2025-11-25; do
		mcp_ask 1 initialize "{\"protocolVersion\":\"$v\",\"capabilities\":{}}"
		json ".result.protocolVersion == \"$v\"" <<<"$reply"
	done
	mcp_ask 2 initialize '{"protocolVersion":"1999-01-01","capabilities":{}}'
	json '.result | .protocolVersion == "2025-11-25" and .serverInfo.name == "jobdir" and
		.capabilities == {tools: {}, resources: {}, experimental: {"codex/sandbox-state-meta": {}}}' <<<"$reply"
	json '.result.instructions | utf8bytelength < 600 and (split("\n")[0] | length < 247)' <<<"$reply"
	mcp_stop
}

@test "ping, unknown methods, notifications and answers" {
	mcp_start
	mcp_ask 1 ping
	[[ $reply = '{"jsonrpc":"2.0","id":1,"result":{}}' ]]
	for m in prompts/list logging/setLevel nonsense; do
		mcp_ask 2 $m
		json '.error.code == -32601' <<<"$reply"
	done
	# Nothing of these is answered.
	mcp_send '{"jsonrpc":"2.0","method":"notifications/initialized"}'
	mcp_send '{"jsonrpc":"2.0","method":"notifications/whatever","params":[1]}'
	mcp_send '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}'
	mcp_send '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo"}}'
	mcp_send '{"jsonrpc":"2.0","id":7,"result":{}}'
	mcp_send ''
	mcp_send '{"jsonrpc":"2.0","id":"last","method":"ping"}'
	mcp_read
	[[ $reply = '{"jsonrpc":"2.0","id":"last","result":{}}' ]]
	mcp_stop
}

@test "tools are listed in one order, in pages, each once; a tool without its command is not there" {
	for i in {01..60}; do
		jq --arg n "t$i" '.name = $n | .title = ("x" * 500)' "$BATS_TEST_TMPDIR/inst/share/jobdir/tools/echo.json" \
			>"$BATS_TEST_TMPDIR/inst/share/jobdir/tools/t$i.json"
	done
	fake_tool gone true
	rm "$BATS_TEST_TMPDIR/inst/bin/jobdir-fake-gone"
	echo '{' >"$BATS_TEST_TMPDIR/inst/share/jobdir/tools/damaged.json"
	mcp_start
	mcp_ask 1 tools/list
	pages=1 names=$(json '.result.tools[].name' <<<"$reply")
	while cursor=$(json .result.nextCursor <<<"$reply"); do
		mcp_ask 2 tools/list "{\"cursor\":\"$cursor\"}"
		pages=$((pages + 1)) names+=$'\n'$(json '.result.tools[].name' <<<"$reply")
	done
	((pages > 1))
	diff <(echo "$names") <(printf '%s\n' block echo t{01..60})
	mcp_ask 3 tools/list '{"cursor":"No Such"}'
	json '.error.code == -32602' <<<"$reply"
	mcp_ask 4 tools/list '{"cursor":7}'
	json '.error.code == -32602' <<<"$reply"
	mcp_stop
}

@test "a toolset offers its tools, all offers both" {
	fake_tool start true '.toolset = "worker"'
	mcp_start
	mcp_ask 1 tools/list
	json '[.result.tools[].name] == ["block", "echo"]' <<<"$reply"
	mcp_stop
	mcp_start --toolset=all
	mcp_ask 1 tools/list
	json '[.result.tools[].name] == ["block", "echo", "start"]' <<<"$reply"
	mcp_stop
}

@test "a call: arguments whole, the answer structured and the same as text" {
	mcp_start
	mcp_call 1 echo '{"text": "a \"q\" \u00e9 é \n$HOME `x` \u0027"}'
	json '.result | .isError == false and (.content[0].text | fromjson) == .structuredContent and
		.structuredContent.got.text == "a \"q\" é é \n$HOME `x` '"'"'"' <<<"$reply"
	# Absent and null arguments are none.
	mcp_ask 2 tools/call '{"name":"echo"}'
	json '.result.structuredContent == {got: {}}' <<<"$reply"
	mcp_call 3 echo null
	json '.result.structuredContent == {got: {}}' <<<"$reply"
	# 2 MB of them; the fake answers more than 1 MiB and is refused.
	big=$(head -c 500000 /dev/zero | tr '\0' x)
	mcp_call 4 echo "{\"text\":\"$big\"}"
	((${#reply} > 1000000))
	json '.result.structuredContent.got.text | length == 500000' <<<"$reply"
	mcp_stop
}

@test "an answer with line breaks between its tokens stays one line" {
	fake_tool pretty 'printf "{\n  \"a\": [1,\n\t2],\r\n  \"b\": \"x\\\\n y\"\n}\n"'
	mcp_start
	mcp_call 1 pretty '{}'
	[[ $reply == *'"structuredContent":{"a":[1,2],"b":"x\n y"}'* ]]
	mcp_stop
}

@test "what is wrong with a call is all said, with the member" {
	mcp_start
	mcp_call 1 echo '{"text":5,"n":0,"more":1}'
	json '.result | .isError and .structuredContent.error == {code: "invalid_request",
		message: "text: must be a string; n: must be an integer from 1; more: unknown member"}' <<<"$reply"
	mcp_call 2 echo '[]'
	json '.result.structuredContent.error.message == "input: must be an object"' <<<"$reply"
	mcp_call 3 nosuch '{}'
	json '.error.code == -32602' <<<"$reply"
	mcp_ask 4 tools/call '{"name":["echo"]}'
	json '.error.code == -32602' <<<"$reply"
	mcp_ask 5 tools/call '[]'
	json '.error.code == -32602' <<<"$reply"
	mcp_stop
}

@test "a string with U+0000 is refused by its member, by server and command alike" {
	mcp_start
	mcp_call 1 echo '{"text":"a\u0000b"}'
	json '.result.structuredContent.error == {code: "invalid_request", message: "text: must not contain U+0000"}' <<<"$reply"
	mcp_stop
	for t in claude_task claude_jobs claude_result claude_apply claude_cleanup; do
		cmd=jobdir-$(json '.run[0] | ltrimstr("jobdir-")' "$TOP/lib/tools/$t.json")
		run -0 "$cmd" --tool=$t --request=- <<<'{"cwd":"/tmp\u0000x","task":"x","job_id":"x"}'
		assert_output --partial 'cwd: must not contain U+0000'
	done
}

@test "isError iff the object has a member error" {
	fake_tool refuse 'echo "{\"error\":{\"code\":\"busy\",\"message\":\"m\"}}"'
	mcp_start
	mcp_call 1 refuse '{}'
	json '.result | .isError and .structuredContent.error.code == "busy"' <<<"$reply"
	mcp_stop
}

@test "a command that dies, says nothing, too much or garbage is an internal error" {
	fake_tool dies 'echo first >&2; echo "jobdir-fake: it broke: api_key=sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" >&2; exit 111'
	fake_tool killed 'kill -9 $$'
	fake_tool silent 'exit 0'
	fake_tool garbage 'echo "not JSON"'
	fake_tool array 'echo "[]"'
	fake_tool two 'echo "{}"; echo "{}"'
	fake_tool much 'head -c 3000000 /dev/zero | tr "\0" " "; echo "{}"'
	fake_tool absent 'true' '.run = ["jobdir-fake-dir"]'
	mkdir "$BATS_TEST_TMPDIR/inst/bin/jobdir-fake-dir"
	mcp_start
	for t in dies killed silent garbage array two much; do
		mcp_call 1 $t '{}'
		json '.result | .isError and .structuredContent.error.code == "internal"' <<<"$reply"
	done
	mcp_call 2 dies '{}'
	json '.result.structuredContent.error.message | startswith("jobdir-fake-dies ended with status 111: jobdir-fake: it broke")' <<<"$reply"
	[[ $reply != *AAAAAAAAAA* ]]
	mcp_call 3 killed '{}'
	json '.result.structuredContent.error.message == "jobdir-fake-killed was killed by signal 9"' <<<"$reply"
	mcp_call 4 much '{}'
	json '.result.structuredContent.error.message | test("more than 1 MiB")' <<<"$reply"
	mcp_call 5 absent '{}'
	json '.result.isError or .error.code == -32602' <<<"$reply"
	# The server is none the worse for it, and the words came out on standard error.
	mcp_ask 6 ping
	grep -q '^first$' "$BATS_TEST_TMPDIR/mcp.err"
	mcp_stop
}

@test "a child that leaves a process behind with its output is answered at its end" {
	fake_tool leaves 'sleep 1000 & echo $! >"$HOME/left.pid"; echo "{\"ok\":true}"'
	mcp_start
	mcp_call 1 leaves '{}'
	json '.result.structuredContent.ok' <<<"$reply"
	kill "$(<"$HOME/left.pid")"
	mcp_stop
}

@test "progress: only with a token, only forward" {
	fake_tool steps 'for p in 1 1 0 "\"x\"" 2.5 nonsense 3; do echo "{\"progress\":$p,\"total\":3,\"message\":\"step $p\"}" >&3; done; printf "{\"progress\":4" >&3; echo "{}"'
	mcp_start
	mcp_call 1 steps '{}' '{"progressToken":"tok"}'
	json -s '[.[].params | [.progressToken, .progress, .total, .message]] ==
		[["tok", 1, 3, "step 1"], ["tok", 2.5, 3, "step 2.5"], ["tok", 3, 3, "step 3"]]' "$BATS_TEST_TMPDIR/mcp.other"
	rm "$BATS_TEST_TMPDIR/mcp.other"
	mcp_call 2 steps '{}'
	[[ ! -e $BATS_TEST_TMPDIR/mcp.other ]]
	mcp_stop
}

@test "a cancelled call ends its child and is not answered" {
	mcp_start
	mcp_call_send 1 block '{}'
	wait_for 60 test -s "$HOME/block.pid"
	pid=$(<"$HOME/block.pid")
	mcp_send '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"test"}}'
	wait_for 60 gone "$pid"
	mcp_ask 2 ping
	[[ ! -e $BATS_TEST_TMPDIR/mcp.other ]]
	wait_for 60 json -s 'last | .cancelled and .tool == "block" and .signal == 15' "$JOBDIR_STATE/calls.jsonl"
	mcp_stop
}

@test "a child that ignores TERM, and what it started, is killed" {
	fake_tool stubborn 'trap "" TERM; sleep 1000 & echo "$! $$" >"$HOME/s.pid"; wait; wait; sleep 1000'
	mcp_start
	mcp_call_send 1 stubborn '{}'
	wait_for 60 test -s "$HOME/s.pid"
	mcp_send '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
	read -r a b <"$HOME/s.pid"
	wait_for 60 gone "$a"
	wait_for 60 gone "$b"
	mcp_stop
}

@test "calls run side by side; the 65th waits for its turn; a cancelled one in the queue never runs" {
	fake_tool gate 'echo x >>"$HOME/started"; read -r _ <"$HOME/gate"; echo "{}"'
	exec 9<>"$HOME/gate"
	mcp_start
	for i in {1..66}; do mcp_call_send "$i" gate '{}'; done
	mcp_send '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":66}}'
	started() { [[ $(wc -l <"$HOME/started") = "$1" ]]; }
	wait_for 60 started 64
	mcp_ask 100 ping
	started 64
	for i in {1..65}; do echo >&9; done
	ids=()
	for i in {1..65}; do
		mcp_read
		ids+=("$(json .id <<<"$reply")")
	done
	diff <(printf '%s\n' "${ids[@]}" | sort -n) <(seq 65)
	started 65
	mcp_stop
}

@test "an id in use is refused and the first call goes on" {
	mcp_start
	mcp_call_send 1 block '{}'
	mcp_ask 1 ping
	json '.error.code == -32600' <<<"$reply"
	echo >"$HOME/gate"
	mcp_await 1
	json '.result.structuredContent.done' <<<"$reply"
	mcp_stop
}

@test "messages that are none: each answered once, and the server lives on" {
	mcp_start
	check() { # check LINE CODE ID
		mcp_send "$1"
		mcp_read || { echo "no answer to: ${1:0:80}" >&2; return 1; }
		json ".error.code == $2 and .id == $3" <<<"$reply" >/dev/null || { echo "${1:0:80} -> $reply" >&2; return 1; }
	}
	check '{' -32700 null
	check '{"jsonrpc":"2.0","id":1,"method":"ping"}x' -32700 null
	check '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}' -32700 null
	check $'{"jsonrpc":"2.0","id":1,"method":"p\xff"}' -32700 null
	check $'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}' -32700 null
	check '{"jsonrpc":"2.0","id":01,"method":"ping"}' -32700 null
	check '[]' -32600 null
	check '[{"jsonrpc":"2.0","id":1,"method":"ping"}]' -32600 null
	check '"ping"' -32600 null
	check '7' -32600 null
	check '{}' -32600 null
	check '{"jsonrpc":"1.0","id":3,"method":"ping"}' -32600 3
	check '{"id":3,"method":"ping"}' -32600 3
	check '{"jsonrpc":"2.0","id":null,"method":"ping"}' -32600 null
	check '{"jsonrpc":"2.0","id":true,"method":"ping"}' -32600 null
	check '{"jsonrpc":"2.0","id":{},"method":"ping"}' -32600 null
	check "{\"jsonrpc\":\"2.0\",\"id\":\"$(printf '%2000s' x)\",\"method\":\"ping\"}" -32600 null
	check '{"jsonrpc":"2.0","id":3}' -32600 3
	check '{"jsonrpc":"2.0","id":3,"method":7}' -32600 3
	check '{"jsonrpc":"2.0","id":3,"method":"ping","params":[]}' -32602 3
	check '{"jsonrpc":"2.0","id":3,"method":"pi\u0000ng"}' -32600 3
	check "$(printf '%100000s' | tr ' ' '[')" -32700 null
	check "$(printf '{"a":%.0s' {1..200})" -32700 null
	for id in 0 -1 1.5 12345678901234567890123 '"x\"y"' '""' '"\u00e9"'; do
		mcp_send "{\"jsonrpc\":\"2.0\",\"id\":$id,\"method\":\"ping\"}"
		mcp_read
		[[ $reply = "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{}}" ]]
	done
	printf '{"jsonrpc":"2.0","id":1,\0"method":"ping"}\n' >&"$MCP_IN"
	mcp_read
	json '.error.code == -32700' <<<"$reply"
	mcp_stop
}

@test "a line over 8 MiB is skipped in constant memory and answered once" {
	mcp_start
	mcp_ask 1 ping
	{ printf '{"jsonrpc":"2.0","id":2,"method":"'; head -c 64000000 /dev/zero | tr '\0' x; printf '"}\n'; } >&"$MCP_IN"
	mcp_read
	json '.error.code == -32600 and .id == null' <<<"$reply"
	mcp_ask 3 ping
	instrumented || (($(awk '/^VmHWM/ {print $2}' "/proc/$MCP_PID/status") < 32000))
	instrumented || (($(awk '/^VmRSS/ {print $2}' "/proc/$MCP_PID/status") <= 4096))
	mcp_stop
}

@test "input byte by byte" {
	mcp_start
	text='{"jsonrpc":"2.0","id":1,"method":"ping"}'
	for ((i = 0; i < ${#text}; i++)); do printf %s "${text:i:1}" >&"$MCP_IN"; done
	printf '\n' >&"$MCP_IN"
	mcp_read
	[[ $reply = '{"jsonrpc":"2.0","id":1,"result":{}}' ]]
	mcp_stop
}

@test "2,000 pipelined pings are all answered in order" {
	run -0 bash -c 'for i in {1..2000}; do echo "{\"jsonrpc\":\"2.0\",\"id\":$i,\"method\":\"ping\"}"; done | "$1" | jq -r .id | diff - <(seq 2000)' _ "$MCP"
}

@test "while nobody reads nothing more is read, and nothing is lost" {
	for i in {01..40}; do
		jq --arg n "t$i" '.name = $n | .title = ("x" * 300)' "$BATS_TEST_TMPDIR/inst/share/jobdir/tools/echo.json" \
			>"$BATS_TEST_TMPDIR/inst/share/jobdir/tools/t$i.json"
	done
	mkfifo in out
	exec 8<>in 9<>out
	"$MCP" <in >out 8>&- 9>&- 3>&- &
	MCP_PID=$!
	for i in {1..3000}; do echo "{\"jsonrpc\":\"2.0\",\"id\":$i,\"method\":\"tools/list\"}"; done >in 8>&- 9>&- 3>&- &
	feeder=$!
	# Both pipes are full, and the server no longer reads.
	io() { awk -v k="$1:" '$1 == k {print $2}' "/proc/$MCP_PID/io"; }
	stuck() {
		local before
		before=$(io rchar)
		read -rt 0.3 <> <(:) || :
		(($(io wchar) > 16384)) && [[ $(io rchar) = "$before" ]]
	}
	wait_for 60 stuck
	instrumented || (($(io rchar) < 65536))
	exec 8>&-
	head -n 3000 <out | jq -r .id | diff - <(seq 3000)
	wait "$feeder"
	hwm=$(awk '/^VmHWM/ {print $2}' "/proc/$MCP_PID/status") || hwm=0
	echo "VmHWM $hwm"
	instrumented || ((hwm < 16000))
	exec 9>&-
	wait "$MCP_PID"
}

@test "the end of input ends the server: idle, in mid-line, in mid-call" {
	mcp_start
	mcp_ask 1 ping
	mcp_stop
	run -0 bash -c 'printf "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi" | "$1"' _ "$MCP"
	assert_output ''
	mcp_start
	mcp_call_send 1 block '{}'
	wait_for 60 test -s "$HOME/block.pid"
	begin=${EPOCHREALTIME/./}
	mcp_stop
	((${EPOCHREALTIME/./} - begin < 10000000))
	wait_for 60 gone "$(<"$HOME/block.pid")"
	# A cheap call in flight is still answered.
	pipe '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}\n'
	json '.result.structuredContent == {got: {}}' <<<"$output"
}

@test "nobody reads any more: the server ends" {
	run -0 bash -c 'mkfifo f; { "$1" <f; echo "exit $?" >end; } | head -n 1 & exec 9>f; echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}" >&9; wait; for i in {1..200}; do [ -e end ] && break; echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}" >&9 2>/dev/null; done; wait_end() { until [ -s end ]; do read -rt 0.05 <> <(:); done; }; wait_end; cat end' _ "$MCP"
	assert_line 'exit 0'
}

@test "TERM ends the server and its children" {
	mcp_start
	mcp_call_send 1 block '{}'
	wait_for 60 test -s "$HOME/block.pid"
	kill -TERM "$MCP_PID"
	wait "$MCP_PID"
	wait_for 60 gone "$(<"$HOME/block.pid")"
}

@test "kill -9 of the server: a child that only reads dies with it, another finishes" {
	fake_tool writes 'echo $$ >"$HOME/w.pid"; read -r _ <"$HOME/gate"; touch "$HOME/finished"' '.annotations.readOnlyHint = false'
	mcp_start
	mcp_call_send 1 block '{}'
	mcp_call_send 2 writes '{}'
	wait_for 60 test -s "$HOME/block.pid"
	wait_for 60 test -s "$HOME/w.pid"
	kill -9 "$MCP_PID"
	wait_for 60 gone "$(<"$HOME/block.pid")"
	echo >"$HOME/gate"
	wait_for 60 test -e "$HOME/finished"
}

@test "50 races of a call and its cancel: each answered at most once" {
	mcp_start
	for i in {1..50}; do
		mcp_call_send "$i" echo '{}'
		mcp_send "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":$i}}"
		if ((i % 3 == 0)); then mcp_ask "9$i" ping; fi
	done
	mcp_ask 1000 ping
	if [[ -e $BATS_TEST_TMPDIR/mcp.other ]]; then
		[[ -z $(jq -r .id "$BATS_TEST_TMPDIR/mcp.other" | sort | uniq -d) ]]
	fi
	mcp_call 1001 echo '{}'
	json '.result.isError == false' <<<"$reply"
	no_children() { [[ -z $(<"/proc/$MCP_PID/task/$MCP_PID/children") ]]; }
	wait_for 60 no_children
	mcp_stop
}

@test "every call is recorded as the command that repeats it, and a refusal too" {
	mcp_start
	mcp_call 1 echo '{"text":"it'"'"'s $HOME"}'
	mcp_call 2 echo '{"n":0}'
	mcp_stop
	json -s '.[0] | .tool == "echo" and .exit == 0 and (.ms | type) == "number" and (.at | test("^20.*Z$"))' "$JOBDIR_STATE/calls.jsonl"
	json -s '.[1] | .exit == null and .error == "invalid_request"' "$JOBDIR_STATE/calls.jsonl"
	command=$(json -s '.[0].command' "$JOBDIR_STATE/calls.jsonl")
	PATH=$BATS_TEST_TMPDIR/inst/bin:$PATH run -0 bash -c "$command"
	assert_output '{"got":{"text":"it'"'"'s $HOME"}}'
	[[ $(stat -c %a "$JOBDIR_STATE/calls.jsonl") = 600 ]]
}

@test "the record holds no secret, is rotated, and no call needs it" {
	mkdir -p "$JOBDIR_STATE"
	chmod 700 "$JOBDIR_STATE"
	truncate -s 9M "$JOBDIR_STATE/calls.jsonl"
	mcp_start
	mcp_call 1 echo '{"text":"export ANTHROPIC_API_KEY=sk-ant-api03-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"}'
	mcp_call 2 echo "{\"text\":\"$(printf '%70000s' x)\"}"
	mcp_stop
	[[ $(stat -c %s "$JOBDIR_STATE/calls.jsonl.1") = 9437184 ]]
	run ! grep -q BBBBBBBB "$JOBDIR_STATE/calls.jsonl"
	json -s 'length == 2 and (.[1] | has("command") | not) and .[1].bytes > 70000' "$JOBDIR_STATE/calls.jsonl"
	rm -r "$JOBDIR_STATE"
	touch "$JOBDIR_STATE"
	mcp_start
	mcp_call 1 echo '{}'
	json '.result.isError == false' <<<"$reply"
	mcp_stop
}

# make_job ID [CWD]: a job directory as spawn would leave it.
make_job() {
	local d=$JOBDIR_STATE/jobs/20261121/$1
	mkdir -p "$d/tree" "$d/home" "$d/attempt-1"
	chmod -R 700 "$JOBDIR_STATE"
	jq -n --arg id "$1" --arg cwd "${2-$BATS_TEST_TMPDIR}" '{format: 1, $id, $cwd}' >"$d/job.json"
	echo "the log of $1" >"$d/log"
	echo secret >"$d/tree/f"
	echo secret >"$d/home/f"
	echo '{}' >"$d/attempt-1/exit.json"
	ln -s /etc/passwd "$d/link"
	ln -s /etc "$d/dir"
	mkfifo "$d/fifo"
	printf 'a\0b' >"$d/binary"
}

@test "resources: the files of a job, and nothing else" {
	id=job-20261121-095000-abcdefgh
	make_job $id
	mcp_start
	mcp_ask 1 resources/list
	json "[.result.resources[].uri] == [\"job://$id/log\"]" <<<"$reply"
	mcp_ask 2 resources/templates/list
	json '.result.resourceTemplates | length == 1' <<<"$reply"
	mcp_ask 3 resources/read "{\"uri\":\"job://$id/log\"}"
	json ".result.contents == [{uri: \"job://$id/log\", mimeType: \"text/plain\", text: \"the log of $id\\n\"}]" <<<"$reply"
	mcp_ask 4 resources/read "{\"uri\":\"job://$id/attempt%2D1/exit.json\"}"
	json '.result.contents[0] | .text == "{}\n" and .mimeType == "application/json"' <<<"$reply"
	for f in tree/f home/f link dir/passwd fifo attempt-1 nothing ../$id/log attempt-1/../log /etc/passwd .end; do
		mcp_ask 5 resources/read "{\"uri\":\"job://$id/$f\"}"
		json '.error.code == -32002' <<<"$reply" || { echo "$f: $reply" >&2; false; }
	done
	for u in "job://$id/log?offset=99" "job://$id/log?offset=-1" "job://$id/log?x" "job://$id/" "job://../log" \
		file:///etc/passwd "job://$id/%zz" "job://$id/a%00b" "job://$id/binary" job:// ""; do
		mcp_ask 6 resources/read "{\"uri\":\"$u\"}"
		json '.error.code == -32602' <<<"$reply" || { echo "$u: $reply" >&2; false; }
	done
	mcp_ask 7 resources/read '{}'
	json '.error.code == -32602' <<<"$reply"
	mcp_stop
}

@test "resources: pages meet without a gap, and no secret is cut by their border" {
	id=job-20261121-095000-abcdefgh
	make_job $id
	export ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
	d=$JOBDIR_STATE/jobs/20261121/$id
	for ((i = 0; i < 40; i++)); do # the secret lies across the border of the first page
		{ printf "%$((7970 + i))s" | tr ' ' a; printf '%s' "$ANTHROPIC_API_KEY"; printf '%9000s' | tr ' ' b; } >"$d/log-$i"
	done
	printf '%7999s€€€%9000s' | tr ' ' c >"$d/wide"
	printf '%s?offset=0\n' log-{0..39} wide >ask
	while [[ -s ask ]]; do	# a page of each, in one conversation
		jq -Rc --arg id $id '{jsonrpc: "2.0", id: ., method: "resources/read", params: {uri: "job://\($id)/\(.)"}}' ask |
			jobdir-mcp >>pages
		jq -r '.id as $i | .result._meta["jobdir/next_offset"] // empty | "\($i | sub("=.*"; "="))\(.)"' \
			<(tail -n "$(wc -l <ask)" pages) >next
		mv next ask
	done
	jq -rs 'group_by(.id | sub("\\?.*"; ""))[] | "\(.[0].id | sub("\\?.*"; "")) " +
		(map(.result.contents[0].text | sub("\n\\[bytes [^\\]]*\\]\n?$"; "")) | add)' pages >texts
	assert_equal "$(wc -l <texts)" 41
	run ! grep -E 'dummy|0123456789' texts
	run -0 grep -cE '^log-[0-9]+ a+\[REDACTED:[A-Z_]+\]b{9000}$' texts
	assert_output 40
	assert_equal "$(sed -n 's/^wide //p' texts)" "$(<"$d/wide")"
}

@test "resources: a job outside the allow roots is neither listed nor read" {
	export CODEX_CLAUDE_ALLOW_ROOTS=$BATS_TEST_TMPDIR/ours
	mkdir -p ours/a theirs
	ln -s "$PWD/ours/a" ours/link
	make_job job-20261121-095003-abcdefgh "$PWD/ours/a"
	make_job job-20261121-095002-abcdefgh "$PWD/theirs"
	make_job job-20261121-095001-abcdefgh "$PWD/ours/gone"
	make_job job-20261121-095000-abcdefgh "$PWD/ours/link"
	mcp_start
	mcp_ask 1 resources/list
	json '[.result.resources[].uri] == ["job://job-20261121-095003-abcdefgh/log"]' <<<"$reply"
	mcp_ask 2 resources/read '{"uri":"job://job-20261121-095003-abcdefgh/log"}'
	json '.result.contents[0].text == "the log of job-20261121-095003-abcdefgh\n"' <<<"$reply"
	for i in 0 1 2; do
		mcp_ask 3 resources/read "{\"uri\":\"job://job-20261121-09500$i-abcdefgh/log\"}"
		json '.error.code == -32002 and .error.message == "no such resource"' <<<"$reply"
	done
	mcp_stop
}

@test "resources: the list is paged, newest first, each job once" {
	for i in {10..34}; do make_job "job-20261121-0950$i-abcdefgh"; done
	mcp_start
	mcp_ask 1 resources/list
	uris=$(json '.result.resources[].uri' <<<"$reply")
	while cursor=$(json .result.nextCursor <<<"$reply"); do
		mcp_ask 2 resources/list "{\"cursor\":\"$cursor\"}"
		uris+=$'\n'$(json '.result.resources[].uri' <<<"$reply")
	done
	diff <(echo "$uris") <(for i in {34..10}; do echo "job://job-20261121-0950$i-abcdefgh/log"; done)
	mcp_ask 3 resources/list '{"cursor":"x"}'
	json '.error.code == -32602' <<<"$reply"
	mcp_stop
}

@test "small, flat and idle: memory after 300 calls, no CPU while nothing happens" {
	mcp_start
	mcp_initialize
	mcp_call 1 echo '{}'
	rss() { awk '/^VmRSS/ {print $2}' "/proc/$MCP_PID/status"; }
	ticks() { awk '{print $14 + $15}' "/proc/$MCP_PID/stat"; }
	fds() { ls "/proc/$MCP_PID/fd" | wc -l; }
	at_rest() { [[ -z $(pgrep -P "$MCP_PID") && $(fds) = "${fds-$(fds)}" ]]; }
	wait_for 60 at_rest	# the answer may come before its command is reaped
	before=$(rss) fds=$(fds)
	for i in {1..300}; do mcp_call "$i" echo '{"text":"x"}'; done
	after=$(rss)
	echo "RSS $before -> $after kB"
	instrumented || ((after <= 4096 && after - before <= 256))
	wait_for 60 at_rest
	read -r _ switches < <(grep ^voluntary "/proc/$MCP_PID/status")
	cpu=$(ticks)
	read -rt 1 _ <&"$MCP_OUT" || :
	[[ $(ticks) = "$cpu" ]]
	read -r _ now < <(grep ^voluntary "/proc/$MCP_PID/status")
	[[ $now = "$switches" ]]
	mcp_stop
}
