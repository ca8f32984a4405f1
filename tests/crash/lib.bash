# SPDX-License-Identifier: MIT
# lib.bash: what the race, soak, limit and power-cut runs share: a place of
# their own, a nap of milliseconds, the invariants, a count of violations.
# shellcheck shell=bash

TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
: "${BUILD:=$TOP/build/release}"
[[ $PATH == *"$TOP/bin"* || $PATH == *"$BUILD/bin"* ]] || PATH=$TOP/bin:$PATH
export TOP BUILD PATH LC_ALL=C TZ=UTC
JOBS=${JOBS:-2}

# crash_begin: a new directory, and nothing of the caller's settings. Memory is
# the place where rounds are many: what is tested is order, not the disk.
crash_begin() {
	local base=${CRASH_DIR:-}
	[[ $base ]] || { [[ -w /dev/shm ]] && base=/dev/shm || base=${TMPDIR:-/tmp}; }
	CRASH=$(mktemp -d "$base/jobdir-crash.XXXXXX") || exit 111
	trap crash_end EXIT
	trap 'exit 130' INT TERM
	exec {NAP}<> <(:)
	crash_home "$CRASH"
}

# crash_home DIR: HOME, TMPDIR, state root and git configuration below it.
crash_home() {
	export HOME=$1/home TMPDIR=$1/tmp JOBDIR_STATE=$1/state GIT_CONFIG_NOSYSTEM=1
	export GIT_CONFIG_GLOBAL=$1/home/.gitconfig CODEX_CLAUDE_ALLOW_ROOTS=$1
	mkdir -p "$HOME" "$TMPDIR" "$JOBDIR_STATE"
	unset "${!XDG_@}" "${!CODEX_HOME@}" "${!ANTHROPIC_@}" "${!CLAUDE_@}" BRIDGE_DEPTH
	unset SANDBOX_ROOT MAX_RUNNING_JOBS JOBDIR_ID JOBDIR_SERVICE JOBDIR_DATA
	printf '[user]\n\tname = T\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n' \
		>"$GIT_CONFIG_GLOBAL"
	: >"$1/violations"
	VIOLATIONS=$1/violations
	cd "$1" || exit 111
}

crash_end() {
	local rc=$? p i
	for i in 1 2 3 4 5 6 7 8; do
		p=$(ours "$CRASH") && [[ $p ]] || break
		# shellcheck disable=SC2086 # a list of numbers
		kill -KILL $p 2>/dev/null
	done
	cd /
	rm -rf "$CRASH" 2>/dev/null || { chmod -R u+rwx "$CRASH" && rm -rf "$CRASH"; }
	exit $rc
}

# ours TEXT: the processes, but this shell and its parents, that have TEXT in
# their environment or their command line.
ours() {
	local f p found=
	for f in $(grep -lsaF -- "$1" /proc/[0-9]*/environ /proc/[0-9]*/cmdline); do
		p=${f#/proc/} p=${p%%/*}
		[[ $p == "$$" || $p == "$BASHPID" || " $found " == *" $p "* ]] || found+=" $p"
	done
	echo "$found"
}

# nap MICROSECONDS: without a process.
nap() {
	local s
	printf -v s '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
	read -rt "$s" -u "$NAP" || :
}

# upto MAX: a random number of microseconds below it, into $US.
upto() {
	US=$(((RANDOM << 15 | RANDOM) % ($1 + 1)))
}

violation() {
	printf '%s\n' "$*" | tee -a "$VIOLATIONS" >&2
}

# wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		nap 10000
	done
}

all_ended() {
	local d
	for d in "$JOBDIR_STATE"/jobs/*/job-*; do
		[[ ! -e $d/job.json || -e $d/end.json ]] || return 1
	done
}

nothing_runs() {
	! grep -qsaF -- "JOBDIR_STATE=$JOBDIR_STATE" $(ls -d /proc/[0-9]*/environ | grep -v "^/proc/$$/")
}

# judge WORKER_DIR: the invariants of a state root whose jobs all had their time:
# each has one whole terminal record, in words that say how; each answer in
# `answers` (lines "ID STATE") is that record; nothing is running, queued, hidden
# or left as a temporary file.
judge() {
	local d left
	wait_for 20 all_ended || violation "no terminal record: $(for d in "$JOBDIR_STATE"/jobs/*/job-*; do
		[[ -e $d/end.json ]] || echo "${d##*/}"; done | head -n 3 | xargs)"
	# What a killed spawn was building is clean's, once it is old enough.
	find "$JOBDIR_STATE/jobs" -name '.new-*' -exec touch -d '1 hour ago' {} + 2>/dev/null
	jobdir-clean -q --yes --keep=1000000 || violation "clean: exit $?"
	wait_for 10 nothing_left_in_root || violation "left behind: $(left_in_root | head -n 5 | xargs)"
	wait_for 10 no_supervisor || violation "still supervised: $(ours "JOBDIR_STATE=$JOBDIR_STATE" | head -c 200)"
	find "$JOBDIR_STATE/jobs" -mindepth 2 -maxdepth 2 -name 'job-*' -printf '%f\n' | sort |
		join -a 1 -e DAMAGED -o 0,2.2 - <(states | sort) >records
	left=$(grep DAMAGED records) && violation "record damaged: $left"
	[[ ! -s answers ]] || sort -u answers | join -a 1 -e MISSING -o 0,1.2,2.2 - records |
		while read -r d left rec; do
			[[ $left == "$rec" ]] || violation "$d: a waiter was told $left, the record says $rec"
		done
}

# states: ID STATE of all that have a record; one process, while none is damaged.
states() {
	local f='"\(input_filename | split("/")[-2]) \(if (.state | IN("succeeded", "failed", "cancelled",
		"timed_out", "lost")) and .ended and (.by | IN("supervise", "reader")) then .state else "DAMAGED" end)"'
	local d all
	find "$JOBDIR_STATE/jobs" -mindepth 3 -maxdepth 3 -name end.json -print0 >ends
	[[ -s ends ]] || return 0
	all=$(xargs -0 jq -r "$f" <ends 2>/dev/null) && echo "$all" && return
	while IFS= read -rd '' d; do
		jq -r "$f" "$d" 2>/dev/null
	done <ends
}

# What must be gone when no job is active; running/ is allowed to name lost ones
# until somebody lists.
left_in_root() {
	jobdir-list --active >/dev/null 2>&1
	find "$JOBDIR_STATE" \( -path '*/running/*' -o -path '*/queue/0*' -o -name '.new-*' -o -name '.end' \
		-o -name '*.tmp*' -o -name '.tmp*' \) 2>/dev/null
}

nothing_left_in_root() {
	[[ ! $(left_in_root) ]]
}

no_supervisor() {
	local p
	for p in $(pgrep -x 'jobdir-supervis'); do
		! grep -qsaF -- "JOBDIR_STATE=$JOBDIR_STATE" "/proc/$p/environ" || return 1
	done
}

# supervisors: those of this state root. Only root may look into them; others read who they
# say they are, which is a little later.
supervisors() {
	local p
	if [[ $(id -u) != 0 ]]; then
		jq -r .supervisor_pid "$JOBDIR_STATE"/running/*/state.json 2>/dev/null
		return
	fi
	for p in $(pgrep -x 'jobdir-supervis'); do
		grep -qsaF -- "JOBDIR_STATE=$JOBDIR_STATE" "/proc/$p/environ" && echo "$p"
	done
}
