# byhand.bash: job directories made by hand, for the commands that only read
# them. A small program holds the lock as a supervisor would.
# shellcheck shell=bash

A=job-20261121-095000-aaaaaaaa
B=job-20261121-095001-bbbbbbbb
C=job-20261122-000000-cccccccc
export A B C

# dir_of ID
dir_of() { echo "$JOBDIR_STATE/jobs/${1:4:8}/$1"; }

# byhand ID [RECIPE [CWD]]: a job nobody supervises.
byhand() {
	local d
	d=$(dir_of "$1")
	mkdir -p "$d" "$JOBDIR_STATE/running"
	jq -nc --arg id "$1" --arg recipe "${2:-command}" --arg cwd "${3:-$BATS_TEST_TMPDIR}" \
		'{format: 1, id: $id, created: "2026-11-21T09:50:00.000Z", recipe: $recipe, cwd: $cwd,
		params: {}, grace_ms: 100}' >"$d/job.json"
	: >"$d/lock"
	ln -s "../jobs/${1:4:8}/$1" "$JOBDIR_STATE/running/$1"
}

# hold ID: from now on its lock is held, and state.json says running.
hold() {
	local d
	d=$(dir_of "$1")
	mkfifo "$d/data-go" "$d/data-held"
	"$BUILD/tests/holdlock" "$d/lock" "$d/.end-new" "$d/end.json" <"$d/data-go" >"$d/data-held" 3>&- &
	eval "HOLD_${1##*-}=$!"
	# opened for both, so that neither side blocks; kept open: closing it ends the holder
	eval "exec {GO_${1##*-}}<>\"\$d/data-go\""
	read -rt 60 <"$d/data-held"
	echo '{"state":"running","since":"2026-11-21T09:50:01.000Z","pid":1}' >"$d/state.json"
}

# ended STATE [CODE [SIGNAL]]: the text of an end.json
ended() {
	jq -nc --arg s "$1" --argjson c "${2:-null}" --argjson g "${3:-null}" '{state: $s, stage: "run",
		code: $c, signal: $g, started: "2026-11-21T09:50:01.000Z", ended: "2026-11-21T09:50:03.500Z",
		duration_ms: 2500, by: "supervise"}'
}

# finish ID STATE [CODE [SIGNAL]]: end.json, then the lock goes, as supervise does it.
finish() {
	local go=GO_${1##*-} d
	d=$(dir_of "$1")
	ended "${@:2}" >"$d/.end-new"
	echo >&"${!go}"
}

# die ID: the supervisor is killed: the lock goes, and no end.json was written.
die() {
	local pid=HOLD_${1##*-}
	kill -KILL "${!pid}"
	wait "${!pid}" 2>/dev/null || :
}

# done_already ID STATE [CODE [SIGNAL]]
done_already() {
	ended "${@:2}" >"$(dir_of "$1")/end.json"
	rm -f "$JOBDIR_STATE/running/$1"
}

# asleep PID: it sleeps in a system call and is not about to run.
asleep() {
	[[ $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) == S ]]
}

# ended_with STATUS PID: wait for a child and compare.
ended_with() {
	local got=0
	wait "$2" || got=$?
	assert_equal "$got" "$1"
}

# let_go: end every holder. For teardown.
let_go() {
	local v
	for v in "${!HOLD_@}"; do
		kill -KILL "${!v}" 2>/dev/null || :
		wait "${!v}" 2>/dev/null || :
	done
}

# in_workspace ID: link it into the workspace of the test directory.
in_workspace() {
	local slug
	slug=${BYHAND_SLUG:=$(python3 -c '
import os, re, sys
h = 0xcbf29ce484222325
for c in sys.argv[1].encode(): h = ((h ^ c) * 0x100000001b3) % 2**64
b = os.path.basename(sys.argv[1])[:40]
print(re.sub(r"^[.]|[^A-Za-z0-9._-]", "-", b) + "-%016x" % h)' "$BATS_TEST_TMPDIR")}
	mkdir -p "$JOBDIR_STATE/workspaces/$slug/${1:4:8}"
	ln -s "../../../jobs/${1:4:8}/$1" "$JOBDIR_STATE/workspaces/$slug/${1:4:8}/$1"
}
