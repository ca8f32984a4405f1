#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [FILE.bats ...]: unit programs, then bats files, in parallel; ends
# with one line "N passed, N failed, N skipped". BUILD and PATH come from make.
# With files, only those run.
cd "$(dirname "$0")/.." || exit 111
if [ -z "${JOBDIR_NETNS-}" ]; then
	# Fetch what the tests drive, then go where nothing but loopback can be
	# reached, and stay the user we are.
	for f in claude codex; do
		tests/fetch.sh $f >/dev/null || echo "run.sh: without $f its tests are skipped" >&2
	done
	export JOBDIR_NETNS=1
	if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
		exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh sh tests/run.sh "$@"
	elif unshare -Urn true 2>/dev/null; then
		exec unshare -Urn sh -c 'ip link set lo up && u=$1 g=$2 && shift 2 &&
			exec unshare -U --map-user="$u" --map-group="$g" -- "$@"' \
			sh "$(id -u)" "$(id -g)" sh tests/run.sh "$@"
	fi
	export JOBDIR_NETNS=no
fi
out=$(mktemp -d) || exit 111
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C
jobs=${JOBS:-$(($(nproc) * 2))}
if [ $# = 0 ]; then
	for u in "$BUILD"/unit/*; do
		[ -x "$u" ] && [ -f "$u" ] || continue
		case $u in *.d|*.o) continue ;; esac
		"$u" >"$out/tap" 2>"$out/err"
		st=$?
		cat "$out/tap" "$out/err" | grep -v '^1\.\.' | sed "s|^\(not \)\{0,1\}ok |&${u##*/}: |" | tee -a "$out/all" | grep -v '^ok'
		[ $st = 0 ] || grep -q '^not ok' "$out/tap" || { echo "not ok ${u##*/}: exit status $st" | tee -a "$out/all"; }
	done
	set -- tests/*.bats tests/e2e/*.bats
fi
bats --jobs "$jobs" --tap "$@" </dev/null >"$out/bats" 2>&1
st=$?
tee -a "$out/all" <"$out/bats" | grep -v '^ok [0-9]' | grep -v '^1\.\.'
grep '^ok .*# skip' "$out/all"
passed=$(grep '^ok ' "$out/all" | grep -vc '# skip')
failed=$(grep -c '^not ok ' "$out/all")
skipped=$(grep -c '^ok .*# skip' "$out/all")
planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$out/bats")
ran=$(grep -cE '^(not )?ok [0-9]' "$out/bats")
if [ "$st" != 0 ] && [ "$failed" = 0 ] || [ "${planned:-0}" != "$ran" ]; then
	echo "not ok bats: exit status $st, $ran of ${planned:-0} tests ran"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
