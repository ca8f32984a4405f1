#!/bin/bash
# SPDX-License-Identifier: MIT
# power.sh [FS ...]: the power is cut at every system call of spawn, supervise
# and apply: the file behind a loop device is copied there, which is what the
# disk holds then; each copy is mounted, its journal replayed, and judged. With
# "poke" another file is synced first, which commits the journal without our
# data. FS: ext4 (also with noauto_da_alloc), xfs, btrfs. POWER_EVERY= only every
# so many-th call is a point (poked: 20; else 1, as few copies differ).
# SUBJECTS= spawn apply. POKE=no: not poked. Prints points, copies and violations; needs root.
# shellcheck disable=SC2317,SC2046 # called by name; lists
# shellcheck source=tests/crash/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"
# shellcheck source=tests/lib/sealed.bash
. "$TOP/tests/lib/sealed.bash"

# What runs at each point, with everything standing still. An image that was not
# written to since the last copy is that copy; what was printed by then is noted.
HOOK='read -r n <"$POINTS/n"; n=$((n + 1)); echo $n >"$POINTS/n"
[ $((n % EVERY)) = 0 ] || exit 0
[ -z "$POKE" ] || { echo $n >"$MNT/poke"; sync "$MNT/poke"; }
m=$(stat -c %y "$IMG")
if [ "$m" != "$(cat "$POINTS/last")" ]; then
	while :; do
		cp --sparse=always "$IMG" "$POINTS/$n.img"
		now=$(stat -c %y "$IMG")
		[ "$now" != "$m" ] || break
		m=$now
	done
	echo "$m" >"$POINTS/last"
	echo $n >"$POINTS/image"
fi
read -r i <"$POINTS/image"
echo "$FAULT_ROLE:$FAULT_N $FAULT_CALL" >"$POINTS/$i.at"
cp "$POINTS/printed" "$POINTS/$i.printed"'

make_image() {
	rm -f "$IMG"
	case $1 in
	ext4*) truncate -s 16M "$IMG" && mkfs.ext4 -q -F "$IMG" ;;
	xfs) truncate -s 304M "$IMG" && mkfs.xfs -q -f "$IMG" ;;
	btrfs) truncate -s 128M "$IMG" && mkfs.btrfs -q -f "$IMG" >/dev/null ;;
	esac
}

# Nothing but what is asked for writes to the disk.
mount_image() {
	local opt
	case $1 in
	ext4) opt=,commit=600 ;;
	ext4-noauto) opt=,commit=600,noauto_da_alloc ;;
	xfs) opt=,nouuid ;;
	btrfs) opt=,commit=600 ;;
	esac
	mount -t "${1%-*}" -o "loop$opt" "$2" "$MNT"
}

unmount() {
	wait_for 10 no_supervisor
	umount "$MNT" 2>/dev/null || { nap 200000; umount "$MNT" 2>/dev/null; } || umount -l "$MNT"
}

# ---- subjects: prepare_X on the fresh disk, run_X under fault, judge_X after the cut ----

prepare_spawn() {
	# The second of a root: the first makes directories that no job needs to survive.
	[[ ${FIRST-} ]] || jobdir-spawn --wait -q -- true >/dev/null {NAP}>&-
	printf 'a prompt\n' >"$CRASH/prompt"
}
run_spawn() {
	# shellcheck disable=SC2016 # their shell expands it
	"${FAULT[@]}" sh -c 'jobdir-spawn -q --prompt="$1" -- true >"$2"' sh "$CRASH/prompt" "$POINTS/printed"
}
judge_spawn() {
	local d id first second
	read -r id <"$1" || id=
	[[ ! $id || -d $JOBDIR_STATE/jobs/${id:4:8}/$id ]] || violation "$2: $id was printed and is not there"
	for d in "$JOBDIR_STATE"/jobs/*/job-*; do
		[[ -d $d ]] || continue
		id=${d##*/}
		[[ $(jq -r '"\(.format) \(.id)"' "$d/job.json" 2>&1) == "1 $id" && -e $d/lock && -e $d/tree.lock ]] ||
			violation "$2: $id is visible and not whole: $(wc -c "$d"/* 2>/dev/null | xargs)"
		[[ $(jq -r '.argv[0]' "$d/job.json") != true || ! -e $d/prompt.md || $(<"$d/prompt.md") == 'a prompt' ]] ||
			violation "$2: $id: prompt.md is not whole"
		[[ ! -e $d/end.json ]] || jq -e '.state and .ended and .by' "$d/end.json" >/dev/null 2>&1 ||
			violation "$2: $id: end.json is torn: $(wc -c <"$d/end.json") bytes"
		first=$(timeout 20 jobdir-wait --json "$id" 2>&1)
		second=$(timeout 20 jobdir-wait --json "$id" 2>&1)
		[[ $first == "$second" && $(jq -r .state <<<"$first") =~ ^(succeeded|lost)$ ]] ||
			violation "$2: $id: told $first, then $second"
	done
	[[ ! $(jobdir-list --active) ]] || violation "$2: a job of before the cut is active"
	# What was cut off hinders nobody.
	id=$(jobdir-spawn --wait -q -- true {NAP}>&-) || violation "$2: no new job can be made"
}

prepare_apply() {
	git init -q "$MNT/ws"
	printf '%s\n' 1 2 3 >"$MNT/ws/a"
	mkdir "$MNT/ws/src"
	echo main >"$MNT/ws/src/m"
	git -C "$MNT/ws" add -A
	git -C "$MNT/ws" commit -qm one
	ID=$(sealed_job "$MNT/ws" 'echo x >>a; mkdir -p n/m; echo y >n/m/b; ln -s a l; rm -r src; head -c 20000 /dev/zero >big')
	TOKEN=$(jobdir-apply --preview "$ID" | sed -n 's/^token //p')
	OLD=$(tree_state)
}
tree_state() {
	(cd "$MNT/ws" && find . -path ./.git -prune -o -printf '%P %y %m %l\n' && git status --porcelain=v1 -uno &&
		grep -ra '' --exclude-dir=.git . | md5sum) | sort
}
run_apply() {
	# shellcheck disable=SC2016 # their shell expands it
	"${FAULT[@]}" sh -c 'jobdir-apply --yes --token="$1" "$2" >"$3".out && echo landed >"$3"' sh "$TOKEN" "$ID" "$POINTS/printed"
	NEW=$(tree_state)
	[[ $NEW != "$OLD" ]] || violation 'apply: nothing landed'
}
judge_apply() {
	local now
	jobdir-apply --recover "$MNT/ws" >"$CRASH/recovered" 2>&1 || violation "$2: recovery: $(<"$CRASH/recovered")"
	now=$(tree_state)
	[[ $now == "$OLD" || $now == "$NEW" ]] || violation "$2: torn: $(diff <(echo "$OLD") <(echo "$now") | xargs -d '\n')"
	[[ ! -s $1 || $now == "$NEW" ]] || violation "$2: landed, and after the cut it is not"
	now=$(find "$MNT/ws/.git/jobdir" -mindepth 1 ! -name lock 2>/dev/null)
	[[ ! $now ]] || violation "$2: left behind: $now"
}

# ---- running them ----

# cuts FS SUBJECT POKE EVERY
cuts() {
	local img n start=$SECONDS before POKE EVERY
	before=$(wc -l <"$VIOLATIONS")
	POINTS=$CRASH/points MNT=$CRASH/mnt IMG=$CRASH/disk POKE=$3 EVERY=$4
	rm -rf "$POINTS"
	mkdir -p "$POINTS" "$MNT"
	export POINTS MNT IMG POKE EVERY
	make_image "$1" && mount_image "$1" "$IMG" || { echo "$1: skipped: cannot be made or mounted here"; return 1; }
	export JOBDIR_STATE=$MNT/s
	mkdir "$JOBDIR_STATE"
	"prepare_$2"
	sync -f "$MNT"
	echo 0 >"$POINTS/n"
	: >"$POINTS/last"
	: >"$POINTS/printed"
	FAULT=("$BUILD/tests/fault" -T 600 -W -a '*:*' -H "$HOOK")
	"run_$2" || violation "$1 $2: exit $? while it was watched"
	read -r n <"$POINTS/n"
	unmount
	for img in "$POINTS"/*.img; do
		mount_image "$1" "$img" || { violation "$1 $2 $3: cannot be mounted any more: $(<"${img%.img}.at")"; continue; }
		"judge_$2" "${img%.img}.printed" "$1 $2 ${3:-plain} at $(<"${img%.img}.at")"
		unmount
		rm -f "$img"
	done
	printf '%-12s %-6s %-6s %5d points, %4d copies, %d violations, %d s\n' "$1" "$2" "${3:-plain}" $((n / $4)) \
		"$(find "$POINTS" -name '*.at' | wc -l)" $(($(wc -l <"$VIOLATIONS") - before)) $((SECONDS - start))
}

if [[ $(id -u) != 0 ]]; then
	echo 'power: skipped: needs root'
	exit 0
fi
if [[ ${1-} != --inside ]]; then
	exec unshare -m --propagation=private bash "$TOP/tests/crash/power.sh" --inside "$@"
fi
shift
crash_begin
trap 'rc=$?; umount -l "$CRASH/mnt" 2>/dev/null; (exit $rc); crash_end' EXIT
[[ $# != 0 ]] || set -- ext4 ext4-noauto xfs btrfs
for fs; do
	command -v "mkfs.${fs%-*}" >/dev/null || { echo "$fs: skipped: no mkfs.${fs%-*}"; continue; }
	for subject in ${SUBJECTS:-spawn apply}; do
		cuts "$fs" "$subject" '' "${POWER_EVERY:-1}" || break
		[[ ${POKE-yes} == no ]] || cuts "$fs" "$subject" poke "${POWER_EVERY:-20}"
	done
done
[[ ! -s $VIOLATIONS ]]
