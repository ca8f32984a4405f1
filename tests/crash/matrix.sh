#!/bin/bash
# SPDX-License-Identifier: MIT
# matrix.sh: every fault at every system call of a subject, and after each what
# security promises must hold. See --help. The subjects are in subjects.bash.
usage='usage: matrix.sh [--at=ROLE:N[-M]] [--every=N] [--faults=LIST] [--from=N] [--jobs=N] [--keep]
           [--list] [--ours] [SUBJECT ...]

Runs each subject once to see every system call of every process it starts, then
once more per call and fault, each time from the same beginning, and looks
whether what jobdir promises still holds: jobs that are visible are whole, a wait
ends with one answer that stays, what was printed is there, no process outlives its
job, cleaning leaves nothing, and what the subject itself promises.

  --at=ROLE:N[-M] only this point, or all from it to that
  --every=N      only each N-th point of each fault, beginning with --from (0)
  --faults=LIST  of kill killall term short, ENOSPC EIO EMFILE ENOMEM EINTR EACCES (once)
                 and +ENOSPC +EIO +EMFILE +ENOMEM (from then on), and alloc: every allocation
                 fails once (points PROGRAM:N; on commands built with VARIANT=alloc);
                 default: all
  --jobs=N       so many at once; default: the number of processors (root: in a PID namespace)
  --keep         leave the directory of the last point, and say where
  --list         name the subjects
  --ours         only calls of programs of jobdir, not of git, the shell, the agent

Prints per subject and fault how many points there are, how many were not reached
(runs differ a little), spared (this call cannot fail so) and violated; each
violation with the command line that repeats it. Exit status 1 if there was any.'

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd) top=$(cd "$here/../.." && pwd)
: "${BUILD:=$top/build/release}"
FAULT=$BUILD/tests/fault ALLOC=$top/build/alloc
[ -d "$BUILD/bin" ] && PATH=$BUILD/bin:$PATH || PATH=$top/bin:$PATH
export PATH LC_ALL=C TZ=UTC
# shellcheck source-path=SCRIPTDIR source=subjects.bash
. "$here/subjects.bash"

all_faults='alloc kill killall term short ENOSPC EIO EMFILE ENOMEM EINTR EACCES +ENOSPC +EIO +EMFILE +ENOMEM'
at='' every=1 faults=$all_faults from=0 jobs=$(nproc) keep='' ours=''

# options_of FAULT: what it is to the tool.
options_of() {
	case $1 in
	kill) echo '-k' ;;
	killall) echo '-K' ;;
	term) echo '-S 15' ;;
	short) echo '-p 1' ;;
	+*) echo "-E ${1#+}" ;;
	*) echo "-e $1" ;;
	esac
}

# enter N: worker N has a place of its own, and nothing of the caller's environment.
enter() {
	W=$WORK/$1 RUN=$WORK/$1/run
	export HOME=$RUN/home TMPDIR=$RUN/tmp JOBDIR_STATE=$RUN/state
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$RUN/home/.gitconfig
	export CODEX_CLAUDE_ALLOW_ROOTS=$RUN CLAUDE_BIN=$RUN/claude
	export ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	# shellcheck disable=SC2031 # of the caller
	unset "${!XDG_@}" "${!JOBDIR_T@}" JOBDIR_ID JOBDIR_DATA BRIDGE_DEPTH MAX_RUNNING_JOBS
	rm -rf "$RUN"
	mkdir -p "$RUN" "$RUN/home" "$RUN/tmp"
	printf '[user]\n\tname = T\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n' >"$GIT_CONFIG_GLOBAL"
	cd "$RUN" && "make_$SUBJECT" >"$W/made" 2>&1 </dev/null || { cat "$W/made"; return 1; }
	rm -rf "$W/template"
	cp -a "$RUN" "$W/template"
}

again() {
	cd "$W" && rm -rf "$RUN" 2>/dev/null || { chmod -R u+rwx "$RUN"; rm -rf "$RUN"; }
	cp -a "$W/template" "$RUN" && cd "$RUN" || exit 111
}

# bad TEXT: what does not hold.
bad() { BAD+=("$*"); }

# ends ID: wait gives one answer, in time, and the record stays as it was seen.
ends() {
	local dir=$1 id=${1##*/} seen='' one two st left i
	[ ! -e "$dir/end.json" ] || seen=$(<"$dir/end.json")
	one=$(timeout 20 jobdir-wait --json "$id" 2>"$W/wait.err")
	st=$?
	[ $st != 124 ] || { bad "wait for $id does not end"; return; }
	[ $st = 0 ] || bad "wait for $id ends with $st: $(<"$W/wait.err")"
	[[ $one =~ \"state\":\"(succeeded|failed|cancelled|timed_out|lost)\" ]] || bad "wait says: $one"
	for i in 1 2 3 4 5 6; do
		left=$(grep -lsaF "JOBDIR_ID=$id" /proc/[0-9]*/environ)
		[ -n "$left" ] || break
		read -rt 0.02 <> <(:) || :	# a killed process takes a moment to go
	done
	[ -z "$left" ] || bad "$id is over and $left: $(tr '\0' ' ' <"${left%%environ*}cmdline")"
	two=$(timeout 20 jobdir-wait --json "$id" 2>&1)
	[ "$one" = "$two" ] || bad "wait says first '$one' then '$two'"
	[ -z "$seen" ] || [ "$seen" = "$(<"$dir/end.json")" ] || bad "end.json of $id has changed"
}

# state_holds: what must hold of the state root after anything.
state_holds() {
	local dir id
	[ -d "$JOBDIR_STATE/jobs" ] || return
	for dir in "$JOBDIR_STATE"/jobs/*/job-*; do
		[ -e "$dir" ] || continue
		jq -e '.format == 1 and .id' "$dir/job.json" >/dev/null 2>&1 || bad "${dir##*/}: job.json is not whole"
		ends "$dir"
	done
	[ -n "$PRINTS" ] || return
	while read -r id; do
		[ -d "$(echo "$JOBDIR_STATE"/jobs/*/"$id")" ] || bad "$id was printed and is not there"
	done < <(grep -ohE 'job-[0-9]{8}-[0-9]{6}-[a-z2-7]{8}' "$W/out" | sort -u)
}

# clean_leaves_nothing: not of the jobs, nor of what was interrupted.
clean_leaves_nothing() {
	local i left
	[ -d "$JOBDIR_STATE" ] || return
	# What is younger than ten minutes may be in the making.
	find "$JOBDIR_STATE" \( -name '.new-*' -o -name '.tmp-*' \) -exec touch -h -d '1 hour ago' {} +
	timeout 20 jobdir-clean -q --yes --force --older-than=0s --keep=0 >"$W/clean" 2>&1 ||
		bad "clean: $? $(<"$W/clean")"
	for ((i = 0; i < 100; i++)); do
		left=$(cd "$JOBDIR_STATE" && find . -path './trash/*' ! -name .lock -print -quit)
		[ -n "$left" ] || break
		read -rt 0.02 <> <(:) || :
	done
	left=$(cd "$JOBDIR_STATE" && find . \( -path './jobs/*/*' -o -path './running/*' -o -path './trash/*' \
		-o -path './queue/[0-9]*' -o -path './waits/*' -o -name '.tmp*' -o -name '.new*' \) ! -name .lock)
	[ -z "$left" ] || bad "clean leaves: $(echo "$left" | head -n 5 | xargs)"
}

# settle: end whatever a failed point left.
settle() {
	local p
	while read -r p; do
		[ "$p" = "$BASHPID" ] || [ "$p" = $$ ] || kill -KILL "$p" 2>/dev/null
	done < <(grep -lsaF "JOBDIR_STATE=$JOBDIR_STATE" /proc/[0-9]*/environ | cut -d/ -f3)
}

# failing PROGRAM N: the command while its N-th allocation fails; without them: how many there are.
failing() {
	rm -f "$W/alloc"
	printf '%s\n' "$W/alloc" "$@" >"$W/alloc.conf"	# beside run/state
	(
		PATH=$ALLOC/bin:$PATH
		if declare -F "run_$SUBJECT" >/dev/null; then
			"run_$SUBJECT" timeout 30 "${COMMAND[@]}"
		else
			timeout 30 "${COMMAND[@]}" >"$W/out" 2>"$W/err" </dev/null
		fi
	)
	local st=$?
	# What the job itself allocates counts, too. (Who was to be cancelled may run for ever.)
	[ "$SUBJECT" = cancel ] || find "$JOBDIR_STATE/jobs" -maxdepth 2 -name 'job-*' -printf '%f\n' 2>/dev/null |
		timeout 20 jobdir-wait -q >/dev/null 2>&1
	grep -qx failed "$W/alloc" 2>/dev/null && echo "reached $*" >"$W/report" || echo unreached >"$W/report"
	return $st
}

# allocations: PROGRAM N alloc - of all of them.
allocations() {
	[[ " $faults " == *" alloc "* ]] && [ -e "$ALLOC/allocfail.so" ] || return 0
	again
	! declare -F "before_$SUBJECT" >/dev/null || "before_$SUBJECT"
	failing
	! declare -F "mend_$SUBJECT" >/dev/null || "mend_$SUBJECT"
	state_holds >/dev/null
	awk -v every="$every" -v from="$from" -v at="$at" '
		$1 ~ /^jobdir-/ && $2 > most[$1] { most[$1] = $2 }
		END { for (p in most) for (n = 1; n <= most[p]; n++)
			if ((!at || at == p ":" n) && k++ % every == from % every) print p, n, "alloc", "-" }' "$W/alloc"
}

# under_fault OPTION...: the subject's command, or what it does instead.
under_fault() {
	if declare -F "run_$SUBJECT" >/dev/null; then
		"run_$SUBJECT" "$FAULT" -r "$W/report" "$@" -- "${COMMAND[@]}"
	else
		"$FAULT" -r "$W/report" "$@" -- "${COMMAND[@]}" >"$W/out" 2>"$W/err" </dev/null
	fi
}

# point ROLE N FAULT CALL: one run. Appends to $W/result.
point() {
	local report st died
	BAD=()
	again
	! declare -F "before_$SUBJECT" >/dev/null || "before_$SUBJECT" || bad "could not be prepared"
	if [ "$3" = alloc ]; then
		failing "$1" "$2"
	else
		# shellcheck disable=SC2046 # options and their arguments
		under_fault -T 30 -a "$1:$2" $(options_of "$3")
	fi
	st=$?
	{ read -r report; died=$(cat); } <"$W/report"
	[ "$3" != alloc ] || [ $st != 124 ] || echo 'after 30 seconds' >>"$W/err"
	[ $st != 124 ] || bad "hangs: $(tail -n 3 "$W/err" | xargs -0)"
	case $3 in
	kill | killall | term) ;;
	*)
		[ $st -lt 128 ] || bad "ends by signal $((st - 128))"
		[ -z "$died" ] || bad "$died"
		[ $st = 0 ] || [ -s "$W/err" ] || [ "$4" = write ] || [[ $SUBJECT = mcp* ]] ||
			bad "ends with $st and says nothing"
		;;
	esac
	STATUS=$st FAULTED=$3
	! declare -F "mend_$SUBJECT" >/dev/null || "mend_$SUBJECT"
	state_holds
	! declare -F "holds_$SUBJECT" >/dev/null || "holds_$SUBJECT"
	clean_leaves_nothing
	if [ ${#BAD[@]} != 0 ]; then
		{
			echo "VIOLATION $SUBJECT: ${report:-no report}: ${BAD[*]}"
			[ ! -s "$W/err" ] || head -n 3 "$W/err" | sed 's/^/    said: /'
			echo "    repeat: tests/crash/matrix.sh --at=$1:$2 --faults=$3 $SUBJECT"
		} >"$W/violation"
		cat "$W/violation"
		settle
		echo "$3 violation" >>"$W/result"
	else
		echo "$3 ${report%% *} $1:$2 $4" >>"$W/result"
	fi
}

# points: ROLE N FAULT CALL of all that are to be tried, from the trace.
points() {
	awk -v faults="$faults" -v every="$every" -v from="$from" -v at="$at" -v ours="$ours" '
	BEGIN { n = split(faults, f); split(at, a, /[:-]/); if (!a[3]) a[3] = a[2] }
	# What the C library does before main() is not ours to mend.
	/^#/ { who[$2] = $3; early[$2] = $3 ~ /\/jobdir-[a-z]*$/; next }
	{ role = $1; while (!(role in who) && sub(/\.[0-9]*$/, "", role)); }
	{ begins = early[$1]; if ($3 == "mprotect") early[$1] = 0 }
	ours && who[role] !~ /\/jobdir-[a-z]*$/ { next }
	at && (a[1] != $1 || $2 < a[2] + 0 || $2 > a[3] + 0) { next }
	{ for (i = 1; i <= n; i++) {
		e = f[i]; sub(/^\+/, "", e)
		if (e !~ /^(kill|killall|term)$/ && (begins || ("," $4 ",") !~ "," e ",")) continue
		# Each fault begins elsewhere, so that a sample is not all of one kind.
		if ((k[i]++ + i) % every == (from + 1) % every) print $1, $2, f[i], $3
	} }' "$WORK/trace"
}

worker() {
	local role n fault call i=0
	enter "$1" || exit 111
	while read -r role n fault call; do
		[ $((i++ % jobs)) = "$1" ] || continue
		point "$role" "$n" "$fault" "$call"
	done <"$WORK/points"
	[ -n "$keep" ] || { cd / && rm -rf "$W/run" "$W/template"; }
}

subject() {
	local st i pids='' rc=0 start=$SECONDS
	SUBJECT=$1 PRINTS=''
	WORK=$BASE/$1
	mkdir -p "$WORK"
	(
		enter 0 && again || exit 111
		BAD=()
		! declare -F "before_$SUBJECT" >/dev/null || "before_$SUBJECT"
		under_fault -T 60 -t "$WORK/trace"
		# shellcheck disable=SC2034 # for subjects.bash
		STATUS=$? FAULTED=none
		! declare -F "mend_$SUBJECT" >/dev/null || "mend_$SUBJECT"
		[ $STATUS = 0 ] || bad "without a fault it ends with $STATUS: $(<"$W/err")"
		state_holds
		! declare -F "holds_$SUBJECT" >/dev/null || "holds_$SUBJECT"
		clean_leaves_nothing
		allocations >"$WORK/allocations"
		[ ${#BAD[@]} = 0 ] || { printf '%s\n' "VIOLATION $SUBJECT: without a fault: ${BAD[*]}"; exit 1; }
	) || return
	points | cat "$WORK/allocations" - >"$WORK/points"
	echo "$SUBJECT: $(grep -vc '^#' "$WORK/trace") calls of $(cut -d' ' -f1 "$WORK/trace" | grep -v '#' | sort -u | wc -l) processes, $(wc -l <"$WORK/points") points to try"
	for ((i = 0; i < jobs; i++)); do
		worker "$i" &
		pids+=" $!"
	done
	for i in $pids; do wait "$i" || rc=1; done
	cat "$WORK"/*/result 2>/dev/null | sort | awk -v s="$SUBJECT" -v secs=$((SECONDS - start)) \
		-v calls="$(grep -vc '^#' "$WORK/trace")" -v sum="$BASE/summary" '
	function line(name) {
		printf "%s %-8s %6d points, %4d unreached, %4d spared, %d violations\n", s, name, \
			what[name, "all"], what[name, "unreached"], what[name, "spared"], what[name, "violation"]
	}
	function count(name) { what[name, "all"]++; what[name, $2]++ }
	$1 != last { if (last) line(last); last = $1 }
	{ count($1); count("total") }
	END {
		line(last); line("total"); printf "%s: %d s\n", s, secs
		t = "total"
		print s, calls, what[t, "all"] + 0, what[t, "unreached"] + 0, what[t, "spared"] + 0,
			what[t, "violation"] + 0, secs >>sum
		exit what[t, "violation"] != 0
	}' || rc=1
	[ -n "$keep" ] || rm -rf "$WORK"
	return $rc
}

while [ $# -gt 0 ]; do
	case $1 in
	--at=*) at=${1#*=} ;;
	--every=*) every=${1#*=} ;;
	--faults=*) faults=${1#*=} faults=${faults//,/ } ;;
	--from=*) from=${1#*=} ;;
	--jobs=*) jobs=${1#*=} ;;
	--keep) keep=1 jobs=1 ;;
	--list) echo "$SUBJECTS"; exit 0 ;;
	--ours) ours=1 ;;
	-h | --help) echo "$usage"; exit 0 ;;
	--) shift; break ;;
	-*) echo "matrix.sh: unknown option '$1'; see --help" >&2; exit 100 ;;
	*) break ;;
	esac
	shift
done
# shellcheck disable=SC2086 # a list
[ $# -gt 0 ] || set -- $SUBJECTS
# With a /proc of our own, walks over all processes are short: ten times as many points.
if [ -z "${MATRIX_INSIDE-}" ] && unshare -pf --mount-proc true 2>/dev/null; then
	MATRIX_INSIDE=1 exec unshare -pf --kill-child --mount-proc bash "$here/matrix.sh" --jobs="$jobs" \
		--every="$every" --from="$from" --faults="$faults" ${at:+"--at=$at"} ${ours:+--ours} ${keep:+--keep} -- "$@"
fi
parent=${CRASH_DIR:-}
[ -n "$parent" ] || { [ -w /dev/shm ] && parent=/dev/shm || parent=${TMPDIR:-/tmp}; }
BASE=$(mktemp -d "$parent/jobdir-crash.XXXXXX") || exit 111
trap '[ -n "$keep" ] && echo "kept: $BASE" || rm -rf "$BASE"' EXIT
# shellcheck disable=SC2046 # pids
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
status=0
for s; do
	declare -F "make_$s" >/dev/null || { echo "matrix.sh: unknown subject '$s'; see --list" >&2; exit 100; }
	subject "$s" || status=1
done
# All of them at a glance; what was left out is said.
awk -v every="$every" -v faults="$faults" -v ours="$ours" '
	BEGIN { printf "\n%-10s %7s %8s %9s %7s %10s %6s\n", "subject", "calls", "points", "unreached", "spared", "violations", "s" }
	{ printf "%-10s %7d %8d %9d %7d %10d %6d\n", $1, $2, $3, $4, $5, $6, $7; for (i = 2; i <= 7; i++) sum[i] += $i }
	END { printf "%-10s %7d %8d %9d %7d %10d %6d\n", "all", sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]
		printf "faults: %s; %s%s\n", faults, every == 1 ? "every point" : "every " every "th point of each",
			ours ? ", of our programs only" : "" }' "$BASE/summary" 2>/dev/null
exit $status
