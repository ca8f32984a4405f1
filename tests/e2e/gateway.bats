#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The real Claude Code through jobdir-gateway to a provider of chat completions that is as
# awkward as the real ones (lib/chatmodel.c), and refuses what they refuse. LONG=1 (make
# e2e): each deviation by itself, and a session of 200 turns.
export BATS_TEST_TIMEOUT=${LONG:+900}
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-240}
load ../lib/common

TOKEN=0123456789abcdef0123456789abcdef

setup() {
	isolate
	need_claude
	pids=()
	ws=$BATS_TEST_TMPDIR/ws
	make_repo "$ws"
}

teardown() {
	((${#pids[@]} == 0)) || no_more
}

# provider [DEVIATIONS [GATEWAY-OPTION...]]: the script is standard input. Sets url, log.
provider() {
	local dev=${1-} port
	shift || :
	cat >script.json
	log=$PWD/provider.log
	: >"$log"
	rm -f port gwport
	mkfifo port gwport
	"$BUILD/tests/chatmodel" --script=script.json --log="$log" --dev="$dev" >port 2>provider.err 3>&- &
	pids+=($!)
	read -rt 60 port <port
	printf 'JOBDIR_GATEWAY_TOKEN=%s\nONEAPI_API_KEY=sk-test-0123456789\n' "$TOKEN" >keys
	jobdir-gateway --key-fd=9 --upstream="http://127.0.0.1:$port/v1" --model=test-model \
		--metrics="$PWD/metrics" "$@" 9<keys >gwport 2>gateway.err 3>&- &
	pids+=($!)
	read -rt 60 port <gwport
	url=http://127.0.0.1:$port
}

no_more() {
	kill -KILL "${pids[@]}" 2>/dev/null || :
	wait "${pids[@]}" 2>/dev/null || :
	pids=()
}

# claude [OPTION...]: the prompt is "Do it."; its result line is in the file result.
claude() {
	(cd "$ws" && exec env ANTHROPIC_BASE_URL="$url" ANTHROPIC_AUTH_TOKEN="$TOKEN" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
		CLAUDE_CODE_DISABLE_BACKGROUND_TASKS=1 CLAUDE_CODE_DISABLE_AUTO_MEMORY=1 DISABLE_AUTOUPDATER=1 \
		timeout 120 "$CLAUDE_BIN" -p 'Do it.' --output-format json --model=sonnet --tools Bash,Edit,Read,Write \
		--permission-mode dontAsk --allowedTools 'Edit(./**)' Bash Read --setting-sources user "$@" </dev/null 3>&-) >result 2>claude.err
}

# ends WORDS: it succeeded with this result, and the provider had nothing to refuse.
ends() {
	jq -e '.is_error == false' result >/dev/null || { cat result claude.err gateway.err; return 1; }
	assert_equal "$(jq -r .result result)" "$1"
	assert_equal "$(jq -r '.bad // empty' "$log")" ''
}

asked() { # how many requests the provider got
	wc -l <"$log"
}

# An edit in four turns: thinking, parallel calls, a call, words.
edit() {
	cat <<-'S'
		{"turns": [
		  {"thinking": "First I look at it, \"carefully\".\n", "text": "I look.", "usage": [1000, 600, 50],
		   "tools": [{"name": "Read", "input": {"file_path": "@CWD@/a.txt"}},
		             {"name": "Bash", "input": {"command": "echo parallel >b.txt && cat b.txt", "description": "b"}}]},
		  {"thinking": "Now the edit.", "tools": [{"name": "Edit", "input":
		      {"file_path": "@CWD@/a.txt", "old_string": "two", "new_string": "zwei \u00e4\ud83d\ude00 \"x\" {}"}}]},
		  {"tools": [{"name": "Bash", "input": {"command": "cat a.txt", "description": "a"}}]},
		  {"thinking": "Good.", "text": "Done: \u00e4\ud83d\ude00.", "usage": [2000, 1500, 20]}]}
	S
}

edited() { # edited DEVIATIONS
	rm -rf "$ws/b.txt"
	git -C "$ws" checkout -q .
	echo "# $1"
	# Who demands reasoning wants the member even where there was none.
	if [[ $1 == *details* ]]; then
		provider "$1" --profile=openrouter < <(edit)
	elif [[ $1 == *demand* ]]; then
		provider "$1" --profile=deepseek < <(edit)
	else
		provider "$1" < <(edit)
	fi
	claude
	ends 'Done: ä😀.'
	assert_equal "$(sed -n 2p "$ws/a.txt")" 'zwei ä😀 "x" {}'
	assert_equal "$(cat "$ws/b.txt")" parallel
	assert_equal "$(asked)" "${2:-4}"
	no_more
}

@test "an edit: what was said, what was sent, what it cost" {
	edited ''
	# The bill is the provider's, cached tokens apart.
	assert_equal "$(jq -c '.usage | [.input_tokens, .cache_read_input_tokens, .output_tokens]' result)" '[1100,2100,90]'
	run jq -rs '.[-1].body.messages | map(.role + (if .tool_calls then "!" else "" end)) | join(" ")' "$log"
	assert_output 'system user assistant! tool tool assistant! tool assistant! tool'
	run jq -rs '[.[].body.model] | unique | .[]' "$log"
	assert_output test-model
	# What came as reasoning went back as it came.
	run jq -rs '.[-1].body.messages[2].reasoning_content' "$log"
	assert_output 'First I look at it, "carefully".'
	run grep -c 'x-anthropic-billing-header\|cache_control' "$log"
	assert_output 0
}

@test "deviations, several at a time" {
	edited noindex,noid,wholeargs,crlf,usagefinish,roleeach
	edited onebyte,nodone,usagefirst,tags,slow
	edited interleave,dupids,stopfinish,comments,nullcontent,reasoning
}

@test "more deviations" {
	edited index0,repeat,garbage,oldfinish,nousage
	edited demand,emptyargs,usageeach,lines,extra
	edited whole
	edited legacy,nofinish,objectargs
	edited details,interleave
}

@test "deviations, one by one" {
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	for d in noindex noindex,noid nodone wholeargs crlf onebyte usagefirst usagefinish usageeach nousage tags reasoning \
		demand roleeach nullcontent interleave dupids noindex,wholeargs,dupids garbage nofinish oldfinish \
		stopfinish comments repeat index0 emptyargs objectargs whole lines legacy slow extra details; do
		edited "$d"
	done
}

@test "pictures: what a tool reads is seen" {
	printf 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' | base64 -d >"$ws/p.png"
	provider '' <<-'S'
		{"turns": [{"tools": [{"name": "Read", "input": {"file_path": "@CWD@/p.png"}}]}, {"text": "A dot."}]}
	S
	claude
	ends 'A dot.'
	run jq -rs '.[-1].body.messages[-1].content[] | select(.type == "image_url") | .image_url.url[:22]' "$log"
	assert_output 'data:image/png;base64,'
	assert_equal "$(jq -rs '.[-1].body.messages[-2] | .role + ": " + .content' "$log")" 'tool: (a picture: see below)'
}

@test "errors before the answer are tried again, as long as asked" {
	provider '' <<-'S'
		{"turns": [{"first": [{"status": 429, "body": "{\"error\":{\"message\":\"slow\"}}", "headers": {"Retry-After": "1"}},
		                      {"status": 500, "body": "oops"}, {"drop": true}],
		            "tools": [{"name": "Bash", "input": {"command": "echo x", "description": "x"}}]},
		           {"first": [{"status": 502, "type": "text/html", "body": "<html><title>Bad Gateway</title></html>"},
		                      {"broken": 0}], "text": "Done."}]}
	S
	claude
	ends Done.
	assert_equal "$(asked)" 7
}

@test "cut streams: in the first block it is asked again, behind one it goes on" {
	provider '' <<-'S'
		{"turns": [{"first": [{"text": "I was going to say", "cut": 1}],
		            "thinking": "Hm.", "tools": [{"name": "Bash", "input": {"command": "echo x", "description": "x"}}]},
		           {"first": [{"thinking": "Long thought.", "text": "Half of what there is to say.", "cut": 4}], "text": "Done."}]}
	S
	claude
	assert_equal "$(asked)" 4
	ends Done.
}

@test "what is permanent ends it at once" {
	provider '' <<-'S'
		{"turns": [{"status": 401, "body": "{\"error\":{\"message\":\"Incorrect API key\"}}"}]}
	S
	run -1 claude
	assert_equal "$(jq -c '[.is_error, .api_error_status]' result)" '[true,401]'
	jq -r .result result | grep -q 'Incorrect API key'
	assert_equal "$(asked)" 1
	no_more
	provider '' <<-'S'
		{"turns": [{"status": 429, "body": "{\"error\":{\"message\":\"no money\",\"code\":\"insufficient_quota\"}}"}]}
	S
	run -1 claude
	assert_equal "$(asked)" 1
}

@test "too long for the model: the client compacts, and goes on" {
	provider '' <<-'S'
		{"conversations": [
		  {"last": "CRITICAL: Respond with TEXT ONLY", "turns": [{"text": "<summary>THE-SUMMARY: echo was run.</summary>", "repeat": true}]},
		  {"match": "THE-SUMMARY", "turns": [{"text": "Done after all.", "repeat": true}]},
		  {"turns": [{"tools": [{"name": "Bash", "input": {"command": "echo x", "description": "x"}}]},
		             {"tools": [{"name": "Bash", "input": {"command": "echo y", "description": "y"}}]},
		             {"status": 400, "body": "{\"error\":{\"message\":\"This model's maximum context length is 131072 tokens. However, your messages resulted in 140000 tokens.\",\"code\":\"context_length_exceeded\"}}", "repeat": true}]}]}
	S
	claude
	ends 'Done after all.'
}

@test "the bill makes the client compact before it is too long" {
	provider '' <<-'S'
		{"conversations": [
		  {"last": "CRITICAL: Respond with TEXT ONLY", "turns": [{"text": "<summary>THE-SUMMARY: echo was run.</summary>", "repeat": true}]},
		  {"match": "THE-SUMMARY", "turns": [{"text": "Done after all.", "repeat": true}]},
		  {"turns": [{"tools": [{"name": "Bash", "input": {"command": "echo x", "description": "x"}}]},
		             {"usage": [70000, 60000, 1000], "tools": [{"name": "Bash", "input": {"command": "echo y", "description": "y"}}]},
		             {"text": "It did not compact."}]}]}
	S
	CLAUDE_CODE_MAX_CONTEXT_TOKENS=100000 claude --model=test-model
	ends 'Done after all.'
}

@test "resumed: reasoning goes back after it, too" {
	provider demand --profile=deepseek < <(edit)
	claude --session-id 00000000-0000-4000-8000-000000000001
	ends 'Done: ä😀.'
	no_more
	provider demand --profile=deepseek <<-'S'
		{"turns": [{"text": "no"}, {"text": "no"}, {"text": "no"}, {"text": "no"}, {"text": "Again."}]}
	S
	claude --resume 00000000-0000-4000-8000-000000000001
	ends Again.
	run jq -rs '[.[-1].body.messages[] | .reasoning_content // empty] | join("|")' "$log"
	assert_output --partial 'First I look at it, "carefully".'
	assert_output --partial '|Now the edit.|'
}

@test "a long session" {
	local n=20
	[[ -z ${LONG-} ]] || n=200
	provider demand,dupids < <(jq -n --argjson n "$n" '{turns: ([range($n) | {thinking: "Step \(.).", usage: [(1000 + 100 * .), (900 + 100 * .), 10],
		tools: [{name: "Bash", input: {command: "echo step-\(.)", description: "s"}}]}] + [{text: "All done."}])}')
	claude --max-turns 0
	ends 'All done.'
	assert_equal "$(asked)" "$((n + 1))"
	# Every request begins as the last one did: the providers' caches live on that.
	run jq -rs '[range(1; length) as $i | (.[$i - 1].body.messages as $a | .[$i].body.messages[:($a | length)] == $a)] | all' "$log"
	assert_output true
}

@test "with the person's own login, and TLS to its issuer through the door" {
	unshare -m true 2>/dev/null || skip 'no mount namespace of our own here'
	command -v openssl >/dev/null || skip 'no openssl to make a certificate with'
	# The issuer's host is this machine, in the mount namespace of the job's supervisor.
	cat >script.json <<-'S'
		{"turns": [
		  {"tools": [{"name": "Bash", "input": {"description": "a", "command":
		    "bash -ec 'f=$CLAUDE_CONFIG_DIR/.credentials.json; wc -c <$f; echo x >$f || echo kept; echo more >b.txt'"}}]},
		  {"tools": [{"name": "StructuredOutput", "input": {"status": "success", "summary": "Done.", "changed_files": ["b.txt"],
		    "commands_run": [], "tests": {"ran": false}, "risks": [], "next_steps": []}}]}]}
	S
	start_model script.json
	pids+=("$MODEL_PID")
	unset ANTHROPIC_BASE_URL ANTHROPIC_API_KEY
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out "$ws/cert.pem" -days 2 -subj /CN=api.anthropic.com -addext 'subjectAltName=DNS:api.anthropic.com' 2>/dev/null
	git -C "$ws" add cert.pem
	git -C "$ws" commit -qm cert
	mkfifo front
	python3 "$TOP/tests/lib/tlsfront.py" "$ws/cert.pem" key.pem 443 "$MODEL_PORT" names >front 2>front.err 3>&- &
	pids+=($!)
	read -rt 20 _ <front || skip 'port 443 is not ours to listen on'
	mkdir "$HOME/.claude"
	(umask 077 && printf '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-%s","refreshToken":"sk-ant-ort01-%s","expiresAt":%s,"scopes":["user:inference"],"subscriptionType":"max"}}' \
		aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb $((($(date +%s) + 86400) * 1000)) >"$HOME/.claude/.credentials.json")
	before=$(sha256sum "$HOME/.claude/.credentials.json")
	printf '127.0.0.1 localhost api.anthropic.com platform.claude.com\n' >hosts
	echo 'Write b.txt.' >prompt
	mkdir ca
	cp "$ws/cert.pem" ca/
	id=$(JOBDIR_LOGIN=mine NODE_EXTRA_CA_CERTS=$PWD/ca/cert.pem JOBDIR_ALLOW_READ=$PWD/ca unshare -m sh -c \
		'mount --bind hosts /etc/hosts && exec jobdir-spawn --recipe=write --cwd="$0" --prompt=prompt --timeout=60s' "$ws" 3>&-)
	jobdir-wait "$id" || :
	dir=$(job_dir "$id")
	[[ $(json .containment "$dir/isolation.json") = pidns ]] || skip 'no namespaces here'
	run jobdir-diff --list "$id"
	assert_output --partial b.txt
	assert_equal "$(json .outcome "$dir/result.json")" success
	run jq -rs '.[-1].body.messages[] | .content | arrays | .[] | select(.type == "tool_result").content' "$MODEL_LOG"
	assert_line --regexp '^[0-9]+$'
	assert_line --partial 'Read-only file system'
	assert_line kept
	assert_equal "$(sha256sum "$HOME/.claude/.credentials.json")" "$before"
	assert_equal "$(sort -u names)" api.anthropic.com
	assert_equal "$(jq -c .auth "$MODEL_LOG" | sort -u)" '["Authorization"]'
	run grep -rlE 'sk-ant-o[ar]t01' "$dir"
	refute_output
}
