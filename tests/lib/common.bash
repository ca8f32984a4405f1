# SPDX-License-Identifier: MIT
# common.bash: what every bats file loads. Each test gets a HOME, a state
# root, a TMPDIR and a git configuration of its own, and leaves no process.
# shellcheck shell=bash

bats_require_minimum_version 1.8.0
load '/usr/lib/bats/bats-support/load'
load '/usr/lib/bats/bats-assert/load'
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-180}

TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
export TOP
: "${BUILD:=$TOP/build/release}"
[[ $PATH == *"$TOP/bin"* || $PATH == *"$BUILD/bin"* ]] || PATH=$TOP/bin:$PATH
export PATH BUILD

CLAUDE_VERSION=2.1.329
export JOBDIR_TEST_CACHE=${JOBDIR_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jobdir}
CLAUDE_CACHE=$JOBDIR_TEST_CACHE
CLAUDE_REAL=$CLAUDE_CACHE/claude-$CLAUDE_VERSION/node_modules/@anthropic-ai/claude-code/bin/claude.exe

# isolate: call first in setup(). Nothing of the caller's environment stays.
isolate() {
	export HOME=$BATS_TEST_TMPDIR/home TMPDIR=$BATS_TEST_TMPDIR/tmp
	export JOBDIR_STATE=$BATS_TEST_TMPDIR/state
	mkdir -p "$HOME" "$TMPDIR"
	unset "${!XDG_@}" "${!CODEX_@}" "${!ANTHROPIC_@}" "${!CLAUDE_CODE@}" "${!GIT_@}" BRIDGE_DEPTH
	unset SANDBOX_ROOT MAX_RUNNING_JOBS JOBDIR_ID JOBDIR_SERVICE JOBDIR_DATA CLAUDE_BIN
	export LC_ALL=C TZ=UTC
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$HOME/.gitconfig
	export CODEX_CLAUDE_ALLOW_ROOTS=$BATS_TEST_TMPDIR
	printf '[user]\n\tname = T\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n[commit]\n\tgpgsign = false\n' >"$HOME/.gitconfig"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# wait_for SECONDS COMMAND...: until it succeeds; fails at the deadline. Checks
# often; a test never sleeps for a fixed time.
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < end)) || { echo "waited in vain for: $*" >&2; return 1; }
		read -rt 0.02 <> <(:) || :
	done
}

# no_process_with TEXT: no process has TEXT in its environment or arguments.
no_process_with() {
	! grep -laF -- "$1" /proc/[0-9]*/environ 2>/dev/null | grep -v "/$$/" | grep -qv "/$BASHPID/"
}

# end_job_state ID: prints the state in end.json, or nothing.
end_job_state() {
	jq -r .state "$JOBDIR_STATE"/jobs/*/"$1"/end.json 2>/dev/null
}

job_dir() {
	echo "$JOBDIR_STATE"/jobs/*/"$1"
}

# make_repo DIR: a small real repository with one commit.
make_repo() {
	mkdir -p "$1"
	git -C "$1" init -q
	printf 'one\ntwo\nthree\n' >"$1/a.txt"
	mkdir -p "$1/src"
	printf 'int main(void) { return 0; }\n' >"$1/src/main.c"
	git -C "$1" add -A
	git -C "$1" commit -qm initial
}

# json FILTER [FILE]: jq -e -r on standard input or a file.
json() {
	jq -er "$@"
}

# need_claude: the pinned real Claude Code, fetched once into the cache, and a
# place where it can reach nothing but loopback (tests/run.sh goes there).
need_claude() {
	[[ ${JOBDIR_NETNS-} == 1 ]] || skip 'no network namespace: run it through make check'
	[[ -x $CLAUDE_REAL ]] || "$TOP/tests/fetch.sh" claude >&2 || skip "Claude Code $CLAUDE_VERSION cannot be fetched"
	export CLAUDE_BIN=$CLAUDE_REAL
}

# start_model SCRIPT.json: the scripted model on loopback; sets MODEL_PORT,
# MODEL_PID, MODEL_LOG (one JSON line per request it got).
start_model() {
	MODEL_LOG=$BATS_TEST_TMPDIR/model.log
	: >"$MODEL_LOG"
	mkfifo "$BATS_TEST_TMPDIR/model.ready"
	"$BUILD/tests/model" --script="$1" --log="$MODEL_LOG" >"$BATS_TEST_TMPDIR/model.ready" 2>"$BATS_TEST_TMPDIR/model.err" 3>&- &
	MODEL_PID=$!
	read -rt 60 MODEL_PORT <"$BATS_TEST_TMPDIR/model.ready"
	export ANTHROPIC_BASE_URL=http://127.0.0.1:$MODEL_PORT ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
}

stop_model() {
	[[ -z ${MODEL_PID-} ]] || { kill "$MODEL_PID" 2>/dev/null; wait "$MODEL_PID" 2>/dev/null || :; }
}

# need_codex: the pinned real Codex CLI, under the same conditions.
need_codex() {
	[[ ${JOBDIR_NETNS-} == 1 ]] || skip 'no network namespace: run it through make check'
	CODEX_REAL=$("$TOP/tests/fetch.sh" codex) || skip 'Codex cannot be fetched'
	export CODEX_HOME=$HOME/.codex
	mkdir -p "$CODEX_HOME"
}
