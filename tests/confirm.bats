# SPDX-License-Identifier: MIT
# Who says yes to a landing that a client asks for: its user, when they are asked.
# shellcheck shell=bash disable=SC2016,SC2154,SC2030,SC2031
load lib/common
load lib/mcp
load lib/sealed

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
	WS=$(cd "$WS" && pwd -P)
	ID=$(sealed_job "$WS" 'echo x >>a.txt; echo y >b')
	D=$(job_dir "$ID")
	jq -n '{format: 1, passed: false, rounds: [{attempt: 1, at: "2026-11-21T00:00:00.000Z", passed: false, checks: [
		{name: "scope", kind: "scope", passed: true}, {name: "unit", kind: "command", passed: false, detail: "exit status 1"}],
		touched: {count: 0, first: []}}]}' >"$D/checks.json"
	chmod 600 "$D/checks.json"
	MCP=jobdir-mcp
}

teardown() {
	mcp_kill
}

# begin [CAPABILITIES]: a server whose client says this; a preview of the job is recorded.
begin() {
	local can='{"elicitation":{}}'
	mcp_start
	mcp_initialize "${1:-$can}"
	mcp_call 1 claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"preview\":true}"
	token=$(json .result.structuredContent.preview_token <<<"$reply")
}

# land ID [MORE]: send the call that lands.
land() {
	mcp_call_send "$1" claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"confirmed_by_user\":true,\"preview_token\":\"$token\"${2-}}"
}

answer() { json ".result.structuredContent | $1" <<<"$reply" >/dev/null || { echo "not so: $1"; echo "$reply"; return 1; }; }

untouched() { [[ -z $(git -C "$WS" status --porcelain) && ! -e $D/apply/landed-1.json ]]; }

said() { json --arg a "$1" --arg t "$token" '.answer == $a and .token == $t and (.question | length) > 20 and .asked <= .at' \
	"$D/apply/answer-${2-1}.json"; }

@test "the user is asked with the files and the checks; yes lands, and is recorded" {
	begin
	land 2
	mcp_question
	json '.method == "elicitation/create" and .params.requestedSchema == {type: "object", properties: {land: {type: "boolean", title: "Land it"}}, required: ["land"]}' <<<"$reply"
	text=$(json .params.message <<<"$reply")
	for part in "$ID" "$WS" 'modify    a.txt' 'add       b' '2 to land' 'scope: passed' 'unit: failed (exit status 1)'; do
		[[ $text == *"$part"* ]] || { echo "no '$part' in: $text"; false; }
	done
	untouched
	mcp_answer '{"action":"accept","content":{"land":true}}'
	mcp_await 2
	answer '.applied_files == ["a.txt", "b"]'
	said accept
	assert_equal "$(json .question "$D/apply/answer-1.json")" "$text"
	json '.confirmed == "accepted_by_user"' "$D/apply/landed-1.json"
	assert_equal "$(stat -c %a "$D/apply/answer-1.json")" 600
	# it is all there: nothing is asked about nothing
	mcp_call 3 claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"preview\":true}"
	mcp_call 4 claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"confirmed_by_user\":true}"
	answer '.applied_files == [] and .already == 2'
	mcp_stop
}

@test "no, put away, an error, nonsense: nothing is landed, whatever the configuration says" {
	export JOBDIR_CONFIRM=client
	begin
	n=1
	for a in '{"action":"decline"}' '{"action":"cancel"}' '{"action":"yes"}' '{"action":true}' '{}' '{"content":{"action":"accept"}}' \
		'{"action":"accept"}' '{"action":"accept","content":{}}' '{"action":"accept","content":{"land":false}}' \
		'{"action":"accept","content":{"land":"true"}}' '{"action":"accept","content":{"allow_root":true}}'; do
		land $((++n))
		mcp_question
		mcp_answer "$a"
		mcp_await $n
		answer '.error.code == "refused" and (.error.hint | contains("jobdir apply '"$ID"'")) and .next_actions == []'
		untouched
	done
	land $((++n))
	mcp_question
	mcp_send "{\"jsonrpc\":\"2.0\",\"id\":\"$question\",\"error\":{\"code\":-32603,\"message\":\"no\"}}"
	mcp_await $n
	answer '.error.code == "refused"'
	untouched
	said decline 1
	said cancel 2
	said gone 3
	mcp_stop
}

@test "a client that cannot ask names the command; only its user's configuration makes its word enough" {
	begin '{}'
	land 2 ',"only":["b"],"cleanup":true'
	mcp_await 2
	answer '.error.code == "token_mismatch"' # another plan than that of the preview
	land 3
	mcp_await 3
	answer '.error.code == "confirmation_required" and (.error.hint | endswith("jobdir apply '"$ID"'"))'
	untouched
	[[ ! -e $D/apply/answer-1.json ]]
	mcp_stop
	JOBDIR_CONFIRM=client begin '{}'
	land 2
	mcp_await 2
	answer '.applied_files | length == 2'
	json '.confirmed == "confirmed_by_user"' "$D/apply/landed-1.json"
	mcp_stop
}

@test "the command that is named does what was asked for" {
	ID=$(sealed_job "$WS" 'echo e >.envrc; echo y >"b c"; echo z >d') D=$(job_dir "$ID")
	mcp_start
	mcp_initialize '{}'
	more=',"accept":[".envrc"],"only":[".envrc","b c"]'
	mcp_call 1 claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$ID\",\"preview\":true$more}"
	token=$(json .result.structuredContent.preview_token <<<"$reply")
	land 2 "$more"
	mcp_await 2
	mcp_stop
	hint=$(json .result.structuredContent.error.hint <<<"$reply")
	command=${hint##*with: }
	eval "${command/jobdir apply/jobdir-apply --yes}" >/dev/null
	assert_equal "$(git -C "$WS" status --porcelain)" $'?? .envrc\n?? "b c"'
}

@test "a second landing of the job while the user is asked is refused; another job's is not" {
	begin
	other=$(sealed_job "$WS" 'echo z >c')
	land 2
	mcp_question
	first=$question
	land 3
	mcp_await 3
	answer '.error.code == "busy"'
	mcp_call 4 claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$other\",\"preview\":true}"
	mcp_call_send 5 claude_apply "{\"cwd\":\"$WS\",\"job_id\":\"$other\",\"confirmed_by_user\":true}"
	mcp_question
	mcp_answer '{"action":"accept","content":{"land":true}}'
	mcp_await 5
	answer '.applied_files == ["c"]'
	question=$first
	mcp_answer '{"action":"accept","content":{"land":true}}'
	mcp_await 2
	answer '.applied_files | length == 2'
	mcp_stop
}

@test "the files changed while the user was asked: their yes was to another plan" {
	begin
	land 2
	mcp_question
	echo mine >>"$WS/src/main.c"	# not in the plan: no matter
	sed -i s/one/ONE/ "$WS/a.txt"
	mcp_answer '{"action":"accept","content":{"land":true}}'
	mcp_await 2
	answer '.error.code == "token_mismatch"'
	[[ ! -e $WS/b ]]
	mcp_stop
}

@test "nobody answers: the question ends, and with it the landing" {
	export JOBDIR_ASK_TIMEOUT_SEC=1
	begin
	land 2
	mcp_question
	mcp_read
	json --arg q "$question" '.method == "notifications/cancelled" and .params.requestId == $q' <<<"$reply"
	mcp_await 2
	answer '.error.code == "refused"'
	said silent
	mcp_answer '{"action":"accept","content":{"land":true}}' # too late
	mcp_ask 3 ping
	untouched
	mcp_stop
}

@test "cancelled, or the client gone, while the user is asked: nothing is landed, no process stays" {
	begin
	land 2
	mcp_question
	mcp_send '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}'
	mcp_read
	json '.method == "notifications/cancelled"' <<<"$reply"
	mcp_answer '{"action":"accept","content":{"land":true}}'
	none() { [[ -z $(pgrep -P "$MCP_PID") ]]; }
	wait_for 30 none
	untouched
	land 3
	mcp_question
	mcp_stop
	untouched
	said gone
	begin
	land 2
	mcp_question
	kids=$(pgrep -P "$MCP_PID")
	kill -9 "$MCP_PID"
	ended() { ! kill -0 "$kids" 2>/dev/null; }
	wait_for 30 ended
	untouched
}

@test "without a handshake the question is the answer, and the yes is bound to the plan" {
	local can='{"elicitation":{}}' n=1
	begin
	ask='{"name":"claude_apply","arguments":{"cwd":"'$WS'","job_id":"'$ID'","confirmed_by_user":true,"preview_token":"'$token'"}}'
	again() { mcp_stateless "$((++n))" tools/call "$(jq -cn --argjson a "$ask" --arg s "$state" --arg v "$1" \
		'$a + {requestState: $s, inputResponses: {land: {action: $v, content: {land: true}}}}')" "$can"; }
	mcp_stateless 90 tools/call "$ask" "$can"
	json '.result | .resultType == "input_required" and (.inputRequests.land.params.message | contains("a.txt"))' <<<"$reply"
	state=$(json .result.requestState <<<"$reply")
	again decline
	json '.result.resultType == "complete" and .result.isError' <<<"$reply"
	answer '.error.code == "refused"'
	said decline
	untouched
	again accept # who said no does not say yes to that question later
	json '.error.code == -32602' <<<"$reply"
	untouched
	# a yes without the state is no answer to anything
	mcp_stateless 91 tools/call "$(jq -c '. + {inputResponses: {land: {action: "accept", content: {land: true}}}}' <<<"$ask")" "$can"
	json '.result.resultType == "input_required"' <<<"$reply"
	# the plan is another one meanwhile: so is the call that would land it
	sed -i s/one/ONE/ "$WS/a.txt"
	state=$(json .result.requestState <<<"$reply") again accept
	answer '.error.code == "token_mismatch"'
	git -C "$WS" checkout -q a.txt
	mcp_stateless 93 tools/call "$ask" "$can"
	state=$(json .result.requestState <<<"$reply") again accept
	answer '.applied_files | length == 2'
	mcp_stateless 92 tools/call "$ask" # it is there already: nobody need be asked
	answer '.already == 2'
	mcp_stop
}

@test "hostile names cannot disguise the question" {
	ID=$(sealed_job "$WS" "echo x >\$'a\\e[2Kb'; echo y >\$'c\\xe2\\x80\\xaedf.txt'; for i in {1..300}; do echo \$i >many-\$i; done") D=$(job_dir "$ID")
	begin
	land 2
	mcp_question
	text=$(json .params.message <<<"$reply")
	((${#text} < 10000))
	[[ $text == *'302 to land'* || $text == *'more'* ]]
	run ! grep -qP '\x1b|\x{202e}' <<<"$text"
	mcp_answer '{"action":"decline"}'
	mcp_await 2
	mcp_stop
}

@test "configure_allow_root: by the user's answer alone, and what cannot be allowed is not asked" {
	export CODEX_HOME=$HOME/.codex CODEX_CLAUDE_ALLOW_ROOTS=$BATS_TEST_TMPDIR/other
	mkdir other && CODEX_CLAUDE_ALLOW_ROOTS=$PWD/other jobdir-setup --write >/dev/null
	cp "$CODEX_HOME/config.toml" before
	ask="{\"cwd\":\"$WS\",\"configure_allow_root\":true}"
	mcp_start
	mcp_initialize '{}'
	mcp_call 1 claude_setup "$ask"
	answer '.allow_root_configuration | .changed == false and .answer == "cannot" and (.message | endswith("jobdir setup --write --allow-root='"$WS"'"))'
	mcp_stop
	mcp_start
	mcp_initialize '{"elicitation":{}}'
	mcp_call 2 claude_setup "{\"cwd\":\"$WS\"}"
	answer '.cwd_valid == false and (has("allow_root_configuration") | not)'
	for a in decline cancel; do
		mcp_call_send 3 claude_setup "$ask"
		mcp_question
		json --arg w "$WS" '.params.message | contains($w) and contains("config.toml")' <<<"$reply"
		mcp_answer "{\"action\":\"$a\"}"
		mcp_await 3
		answer '.cwd_valid == false and .allow_root_configuration.changed == false'
		diff before "$CODEX_HOME/config.toml"
	done
	mcp_call_send 4 claude_setup "$ask"
	mcp_question
	mcp_answer '{"action":"accept","content":{"allow_root":true}}'
	mcp_await 4
	answer '.allow_root_configuration | .changed and (.env_value | endswith(":'"$WS"'"))'
	grep -qF "CODEX_CLAUDE_ALLOW_ROOTS = \"$BATS_TEST_TMPDIR/other:$WS\"" "$CODEX_HOME/config.toml"
	# never what is dangerous by itself, or is not there
	for dir in / /etc "$HOME" "$PWD/nothing"; do
		mcp_call 5 claude_setup "{\"cwd\":\"$dir\",\"configure_allow_root\":true}"
		answer '.cwd_valid == false and ((.allow_root_configuration // {changed: false}).changed == false)'
	done
	mcp_stop
}
