#!/bin/bash
# SPDX-License-Identifier: MIT
# demo.sh: the main job end to end, as an MCP client does it: setup, task,
# progress, result, preview, apply, and the test that failed before passes.
# Real: Claude Code, git, every process. Scripted: the model, on loopback.
# Exits non-zero if any step is not as expected.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

# LOGIN=mine: on your own login of Claude Code, and so on the real model.
login=
case ${LOGIN-} in
'') ;;
mine) login=${CLAUDE_CONFIG_DIR:-$HOME/.claude}/.credentials.json ;;
*) echo "demo: LOGIN is mine or nothing, not '$LOGIN'" >&2; exit 100 ;;
esac

if [ -z "${JOBDIR_DEMO_INSIDE-}" ] && [ -n "$login" ]; then
	CLAUDE_BIN=$("$top/tests/fetch.sh" claude)
	export CLAUDE_BIN
elif [ -z "${JOBDIR_DEMO_INSIDE-}" ]; then
	CLAUDE_BIN=$("$top/tests/fetch.sh" claude)
	export CLAUDE_BIN JOBDIR_DEMO_INSIDE=1
	# A network namespace with nothing but loopback: whatever Claude Code may
	# want to say to the world stays here.
	net=(unshare -Urn)
	[ "$(id -u)" = 0 ] && net=(unshare -n)
	if "${net[@]}" true 2>/dev/null; then
		exec "${net[@]}" sh -c 'ip link set lo up && exec bash "$1"' sh "$0"
	fi
	echo 'demo: no network namespace here; going on without one' >&2
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/jobdir-demo-XXXXXX")
# The system's programs and ours, nothing else of the caller's environment.
PATH=${BUILD%/build/*}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH HOME=$dir/home JOBDIR_STATE=$dir/state CODEX_CLAUDE_ALLOW_ROOTS=$dir LC_ALL=C
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.org
export GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.org
unset "${!ANTHROPIC_@}" "${!CLAUDE_CODE@}" "${!CODEX_H@}" BRIDGE_DEPTH
mkdir -p "$HOME"
model=
finish() {
	st=$?
	[ -z "$model" ] || kill "$model" 2>/dev/null || :
	if [ $st = 0 ]; then
		rm -rf "$dir"
		printf '\ndemo: every step was as expected (%s s)\n' "$SECONDS"
	else
		printf '\ndemo: FAILED (exit %s); everything is kept in %s\n' $st "$dir" >&2
	fi
}
trap finish EXIT
bold() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR-}" ] || bold() { printf '\n# %s\n' "$*"; }
expect() { # expect WHAT JSON FILTER: the filter is true of it
	jq -e "$3" >/dev/null <<<"$2" || { echo "demo: not as expected: $1 ($3)" >&2; jq . <<<"$2" >&2; exit 1; }
}

bold 'a repository with a failing test'
ws=$dir/ws
mkdir -p "$ws"
cd "$ws"
printf '#!/bin/sh\n# sum.sh A B: print the sum\necho $(($1 - $2))\n' >sum.sh
printf '#!/bin/sh\n[ "$(sh sum.sh 2 3)" = 5 ] && echo "ok: 2 + 3 = 5" || { echo "not ok: 2 + 3 = $(sh sum.sh 2 3)"; exit 1; }\n' >test.sh
git init -q
git add -A
git commit -qm 'a sum that does not add up'
sh test.sh && { echo 'demo: the test should fail' >&2; exit 1; } || :

if [ -n "$login" ]; then
	bold "your own login: $login"
	export JOBDIR_LOGIN=$login
else
bold 'a scripted model on loopback'
cat >"$dir/script.json" <<'J'
{"turns": [
  {"text": "I look at the program first.", "tools": [{"name": "Bash", "input": {"command": "cat sum.sh", "description": "Read the program"}}]},
  {"text": "It subtracts. I mend it.", "tools": [{"name": "Bash", "input": {"command": "sed -i 's/\\$1 - \\$2/$1 + $2/' sum.sh", "description": "Add instead of subtract"}}]},
  {"text": "Now the test.", "tools": [{"name": "Bash", "input": {"command": "sh test.sh", "description": "Run the test"}}]},
  {"tools": [{"name": "StructuredOutput", "input": {"status": "success", "summary": "sum.sh subtracted its arguments; it adds them now. test.sh passes.",
    "changed_files": ["sum.sh"], "commands_run": ["sh test.sh"], "tests": {"ran": true, "command": "sh test.sh", "passed": true}, "risks": [], "next_steps": []}}]}
]}
J
mkfifo "$dir/ready"
"$BUILD/tests/model" --script="$dir/script.json" --log="$dir/model.log" >"$dir/ready" &
model=$!
read -rt 10 port <"$dir/ready"
export ANTHROPIC_BASE_URL=http://127.0.0.1:$port ANTHROPIC_API_KEY=demo-key-not-a-real-one-0000
echo "listening on 127.0.0.1:$port"
fi

bold 'an MCP client starts jobdir-mcp'
coproc SERVER { exec jobdir-mcp 2>"$dir/server.err"; }
to=${SERVER[1]} from=${SERVER[0]} server=$SERVER_PID
next=0
# call METHOD PARAMS: send, print what comes (notifications too) until the
# answer; leaves it in $answer.
call() {
	local line id=$next
	next=$((next + 1))
	line=$(jq -cn --argjson id $id --arg m "$1" --argjson p "$2" '{jsonrpc:"2.0",id:$id,method:$m,params:$p}')
	printf '%s\n' "$line" >&"$to"
	printf -- '--> %s\n' "$(cut -c1-300 <<<"$line")"
	while read -rt 100 line <&"$from"; do
		if jq -e '.method == "elicitation/create"' >/dev/null <<<"$line"; then
			bold 'the user is asked, and says yes:'
			jq -r .params.message <<<"$line"
			jq -c '{jsonrpc, id, result: {action: "accept", content: {land: true}}}' <<<"$line" >&"$to"
			asked=1
			continue
		fi
		if jq -e 'has("id")' >/dev/null <<<"$line"; then
			answer=$line
			return
		fi
		printf '<~~ %s\n' "$(jq -rc '"\(.method) \(.params.progress) \(.params.message // "")"' <<<"$line" | cut -c1-160)"
		progress=$((${progress-0} + 1))
	done
	echo 'demo: the server did not answer' >&2
	cat "$dir/server.err" >&2
	return 1
}
tool() { # tool NAME ARGUMENTS: leaves structuredContent in $result
	call tools/call "$(jq -cn --arg n "$1" --argjson a "$2" '{name:$n,arguments:$a,_meta:{progressToken:7}}')"
	result=$(jq -c '.result.structuredContent // .' <<<"$answer")
	printf '<-- %s bytes: %s\n' "${#result}" "$(jq -C . <<<"$result" | head -n "${1+40}")"
}
[ -t 1 ] || tool() {
	call tools/call "$(jq -cn --arg n "$1" --argjson a "$2" '{name:$n,arguments:$a,_meta:{progressToken:7}}')"
	result=$(jq -c '.result.structuredContent // .' <<<"$answer")
	printf '<-- %s bytes: %s\n' "${#result}" "$(cut -c1-900 <<<"$result")"
}

call initialize '{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{}},"clientInfo":{"name":"demo","version":"1"}}'
expect initialize "$answer" '.result.serverInfo.name == "jobdir"'
printf '%s\n' '{"jsonrpc":"2.0","method":"notifications/initialized"}' >&"$to"
call tools/list '{}'
jq -r '.result.tools[] | "    \(.name): \(.title)"' <<<"$answer"
expect tools "$answer" '[.result.tools[].name] | contains(["claude_task","claude_apply"])'

bold 'claude_setup'
tool claude_setup "$(jq -cn --arg c "$ws" '{cwd:$c}')"
expect setup "$result" '.claude_available and .cwd_is_git_repo'

bold 'claude_task: Claude Code works in its own tree'
tool claude_task "$(jq -cn --arg c "$ws" '{cwd:$c,mode:"write",task:"The test test.sh fails. Fix sum.sh so that it passes."}')"
expect task "$result" '.status == "success" and (.waiting | not)'
[ "${progress-0}" -gt 0 ] || { echo 'demo: no progress was seen' >&2; exit 1; }
id=$(jq -er .job.job_id <<<"$result")
git diff --quiet && echo "the workspace is untouched: $(sh test.sh || :)"

bold 'claude_result'
tool claude_result "$(jq -cn --arg c "$ws" --arg j "$id" '{cwd:$c,job_id:$j}')"
expect result "$result" '.job.job_id and .result_status == "success"'

bold 'claude_apply: preview'
tool claude_apply "$(jq -cn --arg c "$ws" --arg j "$id" '{cwd:$c,job_id:$j,preview:true,include_patch:true}')"
expect preview "$result" '(.preview_token | length) == 64 and (.conflicts | length) == 0'
token=$(jq -er .preview_token <<<"$result")
jobdir diff --patch "$id"

bold 'claude_apply: not without the user'
tool claude_apply "$(jq -cn --arg c "$ws" --arg j "$id" --arg t "$token" '{cwd:$c,job_id:$j,preview_token:$t}')"
expect refusal "$result" '.error.code == "confirmation_required"'

bold 'claude_apply: the user said yes'
tool claude_apply "$(jq -cn --arg c "$ws" --arg j "$id" --arg t "$token" '{cwd:$c,job_id:$j,preview_token:$t,confirmed_by_user:true}')"
expect applied "$result" '.applied_files == ["sum.sh"]'
[ -n "${asked-}" ] || { echo 'demo: the user was not asked' >&2; exit 1; }
sh test.sh
git status --short

bold 'the client leaves; the job stays'
eval "exec $to>&-"
wait "$server"
cd "$JOBDIR_STATE"/jobs/*/"$id"
pwd
find . \( -path './ctl.git/*' -o -path './agent.git/*' -o -path './home/*' -o -path './tmp/*' \) -prune -o -print | sort | head -60
for f in job.json isolation.json end.json events.jsonl log attempt-1/exit.json attempt-1/usage.json changes.json; do
	bold "cat $f"
	cut -c1-600 "$f"
done
