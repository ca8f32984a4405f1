# SPDX-License-Identifier: MIT
# resume.bash: jobs of an agent that keeps its conversation, for tests of what goes on with them.
# shellcheck shell=bash

resume_setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
	export ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
	echo hello >prompt
	stand_in
}

resume_teardown() {
	jobdir list --active -q | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
}

# stand_in: CLAUDE_BIN does what it is told in a shell; output to its standard error.
stand_in() {
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/claude
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		projects=$CLAUDE_CONFIG_DIR/projects old='' fork=''
		while [ $# != 0 ]; do
			case $1 in
			--resume) old=$2; shift ;;
			--fork-session) fork=1 ;;
			esac
			shift
		done
		read -r line
		sid=$old
		if [ ! "$old" ] || [ "$fork" ]; then
			sid=$(cat /proc/sys/kernel/random/uuid)
			mkdir -p "$projects/x"
			[ ! "$old" ] || cp "$projects"/*/"$old.jsonl" "$projects/x/$sid.jsonl" || exit 1
		elif [ ! -s "$(echo "$projects"/*/"$sid.jsonl")" ]; then
			echo "No conversation found" >&2
			exit 1
		fi
		echo "$line" >>"$(echo "$projects"/*/"$sid.jsonl" | grep -v '[*]' || echo "$projects/x/$sid.jsonl")"
		n=$(cat "$projects"/*/"$sid.jsonl" | wc -l)
		echo '{"type":"system","subtype":"init","session_id":"'$sid'","model":"m","claude_code_version":"9"}'
		code=$(jq -r '.message.content' <<<"$line")
		bash -ec "$code" >&2 || rc=$?
		status=success
		[ ! "${rc-}" ] || status=failed
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"session_id":"'$sid'",
			"total_cost_usd":0.5,"usage":{"input_tokens":'$((7 * n))',"output_tokens":'$n'},"structured_output":{"status":"'$status'","answer":"42",
			"verdict":"approve","summary":"Done.","severity":"none","findings":[],
			"changed_files":[],"commands_run":[],"tests":{"ran":false},"risks":[],"next_steps":[]}}' | tr -d '\n\t'
		echo
		cat >/dev/null
	C
	chmod 755 "$CLAUDE_BIN"
}

# write SHELL [--background] [OPTION...]: a write job of $WS that does this; sets $id and $JOB.
write() { ask write "$@"; }

# ask RECIPE SHELL [--background] [OPTION...]
ask() {
	local recipe=$1 background='' options=() o
	printf '%s' "$2" >prompt
	shift 2
	for o; do
		[[ $o == --background ]] && background=1 || options+=("$o")
	done
	[[ ${options[*]-} == *--continue=* && ${options[*]} != *--continue=recent* ]] || options+=("--recipe=$recipe" "--cwd=$WS")
	[[ ${options[*]} != *--continue=recent* ]] || options+=("--cwd=$WS")
	id=$(jobdir-spawn --prompt=prompt --timeout=50s "${options[@]}" 3>&-) || return 1
	# shellcheck disable=SC2034 # for the tests
	JOB=$(job_dir "$id")
	[[ $background ]] || timeout 60 jobdir-wait -q "$id" || :
}

# no_continue JOB MESSAGE [OPTION...]: refused with this line, and there is no new job.
no_continue() {
	local before after got=0 said
	before=$(ls "$JOBDIR_STATE"/jobs/*)
	said=$(jobdir-spawn --continue="$1" --prompt=prompt --cwd="$WS" "${@:3}" 2>&1 3>&-) || got=$?
	after=$(ls "$JOBDIR_STATE"/jobs/*)
	[[ $got == 1 && $said == "jobdir-spawn: $2" && $before == "$after" ]] || {
		printf 'exit %s\n%s\n%s\n' "$got" "$said" "wanted: jobdir-spawn: $2"
		return 1
	}
}

no_latest() {
	no_continue latest "$@"
}
