#!/bin/bash
# SPDX-License-Identifier: MIT
# limits.sh [NAME ...]: exit codes and signals, payloads that do not want to die,
# disks that are full or read-only or cannot lock, clocks that jump, another
# boot, numbers used again. STEP= how finely a full disk is tried (KiB, 8).
# Prints a line per case; exit 1 if an invariant was violated in any.
# shellcheck disable=SC2317,SC2046,SC2030,SC2031 # called by name; lists of pids
# shellcheck source=tests/crash/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"
STEP=${STEP:-8}

spawn() {
	jobdir-spawn -q "$@" {NAP}>&-
}

dir_of() {
	DIR=$JOBDIR_STATE/jobs/${1:4:8}/$1
}

end_of() {
	dir_of "$1"
	jq -r "${2-.state}" "$DIR/end.json" 2>/dev/null
}

# check WHAT GOT WANTED
check() {
	N=$((N + 1))
	[[ $2 == "$3" ]] || violation "$1: '$2', not '$3'"
}

skip() {
	SKIPPED=$*
}

need_root() {
	[[ $(id -u) == 0 ]] || { skip "$1 needs root"; return 1; }
}

methods() {
	local m
	METHODS=()
	for m in pidns cgroup reaper; do
		! spawn --wait --contain=$m -- true >/dev/null 2>&1 || METHODS+=("$m")
	done
}

# in_ns COMMAND...: a function of this file in a mount namespace of its own.
in_ns() {
	VIOLATIONS=$VIOLATIONS METHODS="${METHODS[*]}" STEP=$STEP unshare -m --propagation=private \
		bash "$TOP/tests/crash/limits.sh" --inside "$@" {NAP}>&-
	N=$((N + $(cat "$CRASH/n" 2>/dev/null || echo 0)))
	rm -f "$CRASH/n"
}

# ---- codes and signals ----

case_codes() {
	local c id got
	export MAX_RUNNING_JOBS=8
	for c in {0..255}; do
		echo "$c $(spawn --contain="${METHODS[c % ${#METHODS[@]}]}" -- sh -c "exit $c")"
	done >ids
	while read -r c id; do
		got=0
		jobdir-wait -q --propagate "$id" || got=$?
		check "exit $c, passed on" "$got" $((c < 128 ? c : 128))
		check "exit $c" "$(end_of "$id" '"\(.state) \(.stage) \(.code) \(.signal)"')" \
			"$([[ $c == 0 ]] && echo succeeded || echo failed) run $c null"
	done <ids
}

case_signals() {
	local s id got
	export MAX_RUNNING_JOBS=8
	for s in {1..16} {24..27} {29..31} {34..64}; do
		echo "$s $(spawn --contain="${METHODS[s % ${#METHODS[@]}]}" -- sh -c "ulimit -c 0; kill -$s \$\$; exec sleep 100")"
	done >ids
	while read -r s id; do
		got=0
		timeout 60 jobdir-wait -q --propagate "$id" || got=$?
		check "signal $s, passed on" "$got" $((128 + s))
		check "signal $s" "$(end_of "$id" '"\(.state) \(.stage) \(.code) \(.signal)"')" "failed run null $s"
	done <ids
}

# ---- payloads ----

# Each says `up` when it is as it wants to be.
declare -A WILD=(
	[setsid]='setsid sleep 1000 & echo up; wait'
	[daemon]='(setsid sh -c "sleep 1000 & exec sleep 1000" & exit 0); echo up; exec sleep 1000'
	[ignores]='trap "" TERM INT HUP; echo up; while :; do sleep 1000; done'
	[storm]='hop() { (trap "" TERM; exec setsid sh "$0" hop) & }; [ "${1-}" = hop ] && { sh "$0" hop & exit; }
		for i in 1 2 3 4 5 6; do hop; done; echo up; while :; do sleep 1000; done'
	[pipes]='setsid sh -c "trap \"\" TERM PIPE; while :; do sleep 1000; done" & trap "" TERM; echo up; while :; do sleep 1000; done'
	[stopped]='echo up; kill -STOP $$; sleep 1000'
	[stoppers]='for i in 1 2 3; do setsid sh -c "kill -STOP \$\$; sleep 1000" & done; echo up; wait'
	[bare]='setsid env -i sh -c "trap \"\" TERM; while :; do sleep 1000; done" & echo up; wait'
)

is_up() {
	grep -qx up "$DIR/log" 2>/dev/null
}

gone() {
	# By name too: one of them threw its environment away.
	! grep -qsaF -- "JOBDIR_ID=$1" /proc/[0-9]*/environ && [[ ! $(pgrep -u "$(id -u)" -f "sleep 100[0]$MARK") ]]
}

# wild METHOD KIND END: it ends in time, says so, and nothing of it is left.
wild() {
	local id start=$SECONDS want=cancelled limit=1h
	[[ $3 != deadline ]] || want=timed_out limit=1s
	MARK=${BASHPID}$RANDOM	# its sleeps are told from all others
	printf '%s\n' "${WILD[$2]//sleep 1000/sleep 1000$MARK}" >"wild.$2"
	id=$(spawn --contain="$1" --grace=200ms --timeout="$limit" -- sh "wild.$2")
	dir_of "$id"
	case $3 in
	cancel)
		wait_for 10 is_up || violation "$1 $2: not up"
		timeout 30 jobdir-cancel -q "$id" || violation "$1 $2: cancel: exit $?"
		;;
	deadline) timeout 30 jobdir-wait -q "$id" ;;
	kill)
		want=lost
		wait_for 10 is_up || violation "$1 $2: not up"
		kill -KILL $(supervisors) || violation "$1 $2: no supervisor to kill"
		timeout 30 jobdir-wait -q "$id"
		;;
	esac
	check "$1 $2 $3: state" "$(end_of "$id")" "$want"
	check "$1 $2 $3: containment" "$(jq -r .containment "$DIR/isolation.json")" "$1"
	((SECONDS - start < 20)) || violation "$1 $2 $3: took $((SECONDS - start)) s"
	if ! gone "$id" && { [[ $3 != kill ]] || ! wait_for 5 gone "$id"; }; then
		# Documented: with less than pidns, who drops his environment outlives a kill -9.
		[[ $1 != pidns && $2 == bare && $3 == kill ]] || violation "$1 $2 $3: a process is left"
		kill -KILL $(pgrep -u "$(id -u)" -f "sleep 100[0]$MARK") $(pgrep -u "$(id -u)" -f "sh -c.*1000$MARK") 2>/dev/null
	fi
}

case_payloads() {
	local m k e
	for m in "${METHODS[@]}"; do
		for k in "${!WILD[@]}"; do
			for e in ${ENDS:-cancel deadline kill}; do
				wild "$m" "$k" "$e"
			done
		done
		# Who ends by himself is not waited for until those who hold his pipes end.
		check "$m: pipes held open" "$(end_of "$(spawn --wait --contain="$m" -- sh -c 'setsid sleep 1000 & exit 0')")" succeeded
	done
}

case_payloads_user() {
	need_root 'to be somebody else' || return 0
	local theirs
	theirs=$(mktemp -d "${TMP_ROOT}/jobdir-crash.XXXXXX") && chown 65534:65534 "$theirs"
	# shellcheck disable=SC2016 # their shell expands it
	if setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'cd "$1" && jobdir-spawn -V && test -r "$2"' \
		sh "$theirs" "$TOP/tests/crash/limits.sh" >/dev/null 2>&1; then
		CRASH_DIR=$theirs setpriv --reuid=65534 --regid=65534 --clear-groups \
			bash "$TOP/tests/crash/limits.sh" payloads {NAP}>&- >said 2>&1 ||
			violation "as an ordinary user: $(head -n 20 said)"
	else
		skip 'an ordinary user cannot read this directory'
	fi
	rm -rf "$theirs"
	[[ $SKIPPED ]] || 	N=$(sed -n 's/^payloads *\([0-9]*\) .*/\1/p' said)
	NOTE=$(sed -n 's/^payloads.*(\(.*\)).*/\1/p' said)
}

# ---- disks ----

# With so little room left spawn makes a whole job or none, and says so; a job
# that runs gets its record. ROOM is made scarce by `scarce`.
one_on_small_disk() {
	local what=$1 id running rc=0
	shift
	mkfifo go 2>/dev/null
	running=$(spawn -- cat "$PWD/go") || { violation "$what: no job at all"; return; }
	dir_of "$running"
	wait_for 10 grep -qs running "$DIR/state.json"
	"$@"
	id=$(spawn -- true 2>err) || rc=$?
	: >go &
	timeout 30 jobdir-wait -q "$running" || violation "$what: the running job: exit $?"
	check "$what: the running job" "$(end_of "$running")" succeeded
	if ((rc == 0)); then
		timeout 30 jobdir-wait -q "$id"
		[[ $(end_of "$id") =~ ^(succeeded|failed)$ ]] || violation "$what: $id has no record"
	else
		check "$what: exit and id" "$rc '$id' $(wc -l <err)" "111 '' 1"
		[[ $(find "$JOBDIR_STATE/jobs" -mindepth 2 -maxdepth 2 | wc -l) == 1 ]] || violation "$what: residue"
	fi
	check "$what: running/" "$(jobdir-list --active; ls -A "$JOBDIR_STATE/running")" ''
	wait
}

fill_to() {
	local free
	: >"$1/fill"
	free=$(($(stat -f -c '%a * %S / 1024' "$1")))
	((free > $2)) && head -c $(((free - $2) * 1024)) /dev/zero >"$1/fill" 2>/dev/null
}

inside_full_tmpfs() {
	local left
	for ((left = 0; left <= 256; left += STEP)); do
		mount -t tmpfs -o size=1m none small
		export JOBDIR_STATE=$PWD/small/s
		one_on_small_disk "tmpfs with $left KiB left" fill_to small "$left"
		umount -l small
	done
}

inside_no_inodes() {
	local left
	for ((left = 0; left <= 32; left += (STEP + 7) / 8)); do
		mount -t tmpfs -o size=8m,nr_inodes=200 none small
		export JOBDIR_STATE=$PWD/small/s
		one_on_small_disk "tmpfs with $left inodes left" no_inodes small "$left"
		umount -l small
	done
}

no_inodes() {
	local free i
	free=$(stat -f -c %d "$1")
	for ((i = 0; i < free - $2; i++)); do
		: >"$1/i$i"
	done
}

# image FSTYPE: makes and mounts a small file system on small/, or says why not.
image() {
	command -v "mkfs.$1" >/dev/null || { skip "no mkfs.$1"; return 1; }
	truncate -s "${2:-64M}" image
	case $1 in
	ext4) mkfs.ext4 -q -F image 2>/dev/null ;;
	xfs) mkfs.xfs -q -f image 2>/dev/null ;;
	btrfs) mkfs.btrfs -q -f image >/dev/null 2>&1 ;;
	esac || { skip "mkfs.$1 failed"; return 1; }
	mount -o loop${3:+,$3} image small 2>/dev/null || { skip "no loop device, or no $1${3:+ with $3} in this kernel"; return 1; }
}

inside_full_image() {
	local left sizes=([0]=16M)
	case $1 in xfs) sizes=(320M) ;; btrfs) sizes=(128M) ;; esac
	for ((left = 0; left <= 256; left += STEP * 4)); do
		image "$1" "${sizes[0]}" || break
		export JOBDIR_STATE=$PWD/small/s
		one_on_small_disk "$1 with $left KiB left" fill_to small "$left"
		umount small || umount -l small
		rm -f image
	done
	[[ ! $SKIPPED ]] || echo "$SKIPPED" >"$CRASH/skipped"
}

# A quota of 4 MiB on small/q: of a project (xfs), or of a subvolume (btrfs); root is bound by both.
quota_on() {
	if command -v xfs_quota >/dev/null && image xfs 320M prjquota; then
		mkdir small/q
		quota_set() { xfs_quota -x -c "limit -p bhard=$1 42" small >/dev/null; }
		xfs_quota -x -c 'project -s -p small/q 42' small >/dev/null && quota_set 4m
	elif command -v btrfs >/dev/null && image btrfs 128M; then
		quota_set() { btrfs qgroup limit "${1/#0/none}" small/q; }
		btrfs quota enable small && btrfs subvolume create small/q >/dev/null && quota_set 4m
	fi && ! head -c 5M /dev/zero 2>/dev/null >small/q/fill && return
	echo "no quota that holds: ${SKIPPED:-xfs and btrfs without, or no tools}" >"$CRASH/skipped"
	return 1
}

inside_quota() {
	local left
	for ((left = 0; left <= 256; left += STEP * 4)); do
		quota_on || return 0
		export JOBDIR_STATE=$PWD/small/q/s
		quota_set 0 && rm small/q/fill && sync -f small && quota_set 4m
		if ((left == 0)) && [[ $(stat -f -c %T small) == btrfs ]]; then
			lost_until_there_is_room "quota of btrfs with $left KiB left"
		else
			one_on_small_disk "quota with $left KiB left" quota_fill "$left"
		fi
		umount small || umount -l small
		rm -f image
	done
	SKIPPED=''
}

# btrfs counts metadata, too: not even what was reserved can be written then. It reads
# lost to everybody, and is written down as soon as there is room.
lost_until_there_is_room() {
	local id i
	mkfifo go 2>/dev/null
	id=$(spawn -- cat "$PWD/go")
	dir_of "$id"
	wait_for 10 grep -qs running "$DIR/state.json"
	quota_fill 0
	: >go
	for i in 1 2 3; do
		timeout 30 jobdir-wait -q "$id"
		check "$1: wait $i" $? 102
		((i != 2)) || quota_set 0
	done
	check "$1: the record" "$(end_of "$id")" lost
}

# As much as there is room for, but for so many KiB.
quota_fill() {
	local full
	head -c 5M /dev/zero >small/q/fill 2>/dev/null
	full=$(stat -c %s small/q/fill)
	quota_set 0 && rm small/q/fill && sync -f small && quota_set 4m
	head -c $((full - $1 * 1024)) /dev/zero >small/q/fill 2>/dev/null
	sync -f small
}

inside_read_only() {
	local id sup
	mount -t tmpfs none small
	export JOBDIR_STATE=$PWD/small/s
	id=$(spawn -- sleep 1000)
	dir_of "$id"
	wait_for 10 grep -qs running "$DIR/state.json"
	sup=$(jq .supervisor_pid "$DIR/state.json")
	kill -KILL "$sup"
	mount --bind small small && mount -o remount,bind,ro small	# a mount that nobody writes to
	for _ in 1 2; do
		timeout 20 jobdir-wait -q "$id"
		check 'read-only: a lost job' $? 102
		check 'read-only: listed' "$(jobdir-list --json | jq -r .status)" lost
	done
	spawn -- true >out 2>err
	check 'read-only: spawn' "$? $(wc -c <out) $(wc -l <err)" '111 0 1'
	umount -l small
}

small() {
	need_root 'mounting' || return 0
	rm -f "$CRASH/skipped"
	mkdir -p small
	in_ns "$@"
	[[ ! -s $CRASH/skipped ]] || skip "$(<"$CRASH/skipped")"
}
case_full_tmpfs() { small full_tmpfs; }
case_no_inodes() { small no_inodes; }
case_full_ext4() { small full_image ext4; }
case_full_xfs() { small full_image xfs; }
case_full_btrfs() { small full_image btrfs; }
case_quota() { small quota; }
case_read_only() { small read_only; }

case_no_locks() {
	local inject
	command -v strace >/dev/null || { skip 'no strace'; return; }
	# It says so; it says that it locks and does not.
	for inject in error=ENOLCK error=EOPNOTSUPP retval=0; do
		rm -rf "$JOBDIR_STATE"
		strace -f -qqq -o /dev/null -e trace=fcntl -e inject=fcntl:"$inject" \
			jobdir-spawn -q -- true >out 2>err {NAP}>&-
		check "locks, $inject: exit" "$? $(wc -c <out)" '111 0'
		grep -q lock err || violation "locks, $inject: $(<err)"
		[[ ! $(find "$JOBDIR_STATE/jobs" -name '*job-*' 2>/dev/null) ]] || violation "locks, $inject: a job was made"
	done
}

# ---- clocks, boots, numbers ----

inside_reboot() {
	local id sup
	id=$(spawn -- sleep 1000)
	dir_of "$id"
	wait_for 10 grep -qs running "$DIR/state.json"
	sup=$(jq .supervisor_pid "$DIR/state.json")
	# What the disk holds after the power was cut; the numbers are other processes now.
	cp -a "$JOBDIR_STATE" rebooted
	echo 01234567-89ab-cdef-0123-456789abcdef >boot_id
	mount --bind boot_id /proc/sys/kernel/random/boot_id || { echo 'no bind mount over boot_id' >"$CRASH/skipped"; return; }
	JOBDIR_STATE=$PWD/rebooted jobdir-cancel "$id" >out
	check 'another boot: cancel' "$(<out)" "$id lost: the machine went down while it ran: what was written last may be cut short"
	JOBDIR_STATE=$PWD/rebooted jobdir-wait -q "$id"
	check 'another boot: wait' $? 102
	kill -0 "$sup" || violation 'another boot: killed by its number'
	umount /proc/sys/kernel/random/boot_id
	jobdir-cancel "$id" >out
	check 'the original' "$(<out)" "$id cancelled"
}
case_reboot() { small reboot; }

inside_pid_reuse() {
	local id sup i p
	[[ -w /proc/sys/kernel/ns_last_pid ]] || { echo 'no ns_last_pid' >"$CRASH/skipped"; return; }
	cp "$(command -v sleep)" jobdir-supervise
	for ((i = 0; i < ${ROUNDS:-8}; i++)); do
		id=$(spawn -- sleep 1000)
		dir_of "$id"
		wait_for 10 grep -qs running "$DIR/state.json"
		sup=$(jq .supervisor_pid "$DIR/state.json")
		kill -KILL "$sup"
		wait_for 5 eval "! kill -0 $sup 2>/dev/null"
		echo $((sup - 1)) >/proc/sys/kernel/ns_last_pid
		PATH=$PWD:$PATH jobdir-supervise 1000 {NAP}>&- &
		p=$!
		((p != sup)) || GOT=$((GOT + 1))
		timeout 20 jobdir-cancel -q "$id"
		kill -0 "$p" || violation 'a process that only has the number was killed'
		check 'its number was used again' "$(end_of "$id")" lost
		kill -KILL "$p"
		wait "$p" 2>/dev/null
	done
	((GOT)) || echo 'the number was never given again' >"$CRASH/skipped"
}
case_pid_reuse() {
	need_root 'a PID namespace' || return 0
	rm -f "$CRASH/skipped"
	unshare -pfm --mount-proc bash "$TOP/tests/crash/limits.sh" --inside pid_reuse {NAP}>&-
	N=$(cat "$CRASH/n")
	[[ ! -s $CRASH/skipped ]] || skip "$(<"$CRASH/skipped")"
}

# A build of its own whose wall clock is moved by what a file says; no limit may move with it.
case_clock() {
	local id start jump
	cat >clock.c <<-'C'
		#include <stdlib.h>
		#include <stdio.h>
		#include <time.h>
		int __real_clock_gettime(clockid_t c, struct timespec *t);
		int __wrap_clock_gettime(clockid_t c, struct timespec *t)
		{
			int got = __real_clock_gettime(c, t);
			FILE *f = got || c != CLOCK_REALTIME ? NULL : fopen(OFFSET, "re");
			long off = 0;

			if (f) {
				if (fscanf(f, "%ld", &off) == 1)
					t->tv_sec += off;
				fclose(f);
			}
			return got;
		}
	C
	echo 0 >offset
	${CC:-cc} -O2 -fPIE -DOFFSET="\"$PWD/offset\"" -c -o clock.o clock.c &&
		make -C "$TOP" -s VARIANT=clock LDFLAGS="-Wl,--wrap=clock_gettime $PWD/clock.o" all >make.log 2>&1 ||
		{ skip "cannot be built: $(tail -n 1 make.log)"; return; }
	local PATH=$TOP/build/clock/bin:$PATH
	id=$(spawn -- true)
	check 'the clock can be moved' "$(echo 864000 >offset; id=$(spawn -- true); [[ ${id:4:8} != "$(date -u +%Y%m%d)" ]] && echo yes)" yes
	for jump in 864000 -864000 315360000 -315360000; do
		echo 0 >offset
		start=$EPOCHREALTIME
		id=$(spawn --timeout=2s --grace=300ms -- sh -c 'trap "" TERM; sleep 100 & sleep 100')
		dir_of "$id"
		wait_for 10 grep -qs running "$DIR/state.json"
		echo "$jump" >offset
		jobdir-wait -q --timeout=700ms "$id"
		check "clock $jump: still running" $? 99
		timeout 20 jobdir-wait -q "$id"
		start=$((${EPOCHREALTIME/./} - ${start/./}))
		check "clock $jump: state" "$(end_of "$id")" timed_out
		((start > 1990000 && start < 5000000)) || violation "clock $jump: the limit of 2 s came after $start us"
		((start = $(end_of "$id" .duration_ms))) && ((start >= 1990 && start < 5000)) || violation "clock $jump: duration_ms $start"
		jobdir-clean --yes --older-than=1s >/dev/null 2>err || violation "clock $jump: clean: $(<err)"
	done
	rm -rf "$TOP/build/clock"
}

ALL=(codes signals payloads payloads_user full_tmpfs no_inodes full_ext4 full_xfs full_btrfs quota read_only no_locks
reboot pid_reuse clock)

# ---- running them ----

if [[ ${1-} == --inside ]]; then
	exec {NAP}<> <(:)
	CRASH=$PWD N=0 GOT=0 SKIPPED=''
	read -ra METHODS <<<"${METHODS-}"
	"inside_$2" "${@:3}"
	echo "$N" >"$CRASH/n"
	exit
fi
crash_begin
TMP_ROOT=${CRASH%/*}
FAILED=0
methods
[[ $# != 0 ]] || set -- "${ALL[@]}"
for name; do
	(
		mkdir "$CRASH/$name"
		CRASH=$CRASH/$name
		crash_home "$CRASH"
		N=0 SKIPPED='' NOTE=${METHODS[*]} start=$SECONDS
		"case_$name"
		bad=$(wc -l <"$VIOLATIONS")
		if [[ $SKIPPED && $N == 0 ]]; then
			printf '%-14s skipped: %s\n' "$name" "$SKIPPED"
		else
			printf '%-14s %5d checks, %d violations, %d s (%s)\n' "$name" "$N" "$bad" $((SECONDS - start)) "$NOTE"
		fi
		[[ $bad == 0 ]]
	) || FAILED=1
done
exit $FAILED
