#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [FILE.bats ...]: unit programs, then bats files, JOBS at once, the
# longest first. Prints a line per finished file, what failed, what was skipped
# and why; ends with one line "N passed, N failed, N skipped". BUILD and PATH
# come from make. With files, only those run. SLOWEST=N names the slowest tests.
cd "$(dirname "$0")/.." || exit 111
if [ -z "${JOBDIR_NETNS-}" ]; then
	# Fetch what the tests drive, then go where nothing but loopback can be
	# reached, and stay the user we are.
	for f in claude codex jsonsuite ${LONG:+conformance inspector node}; do
		tests/fetch.sh "$f" >/dev/null || echo "run.sh: without $f its tests are skipped" >&2
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
out=$(mktemp -d) && chmod 755 "$out" || exit 111	# some tests are other users
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C
if [ $# = 0 ]; then
	# A larger file takes longer: none of those is left for the end.
	# shellcheck disable=SC2046,SC2012 # names of ours
	set -- $(find "$BUILD/unit" -type f -perm -u+x | sort) $(ls -S tests/*.bats tests/e2e/*.bats)
fi
# Not "bats --jobs": that looks for a free place once a second.
printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-$(($(nproc) * 2))}" sh tests/lib/runfile.sh "$out"
cat "$out"/*.tap >"$out/all"
grep '^ok .*# skip' "$out/all"
if [ -n "${SLOWEST-}" ]; then
	sed -n 's/^[a-z ]*ok [0-9]* \(.*\) in \([0-9]*\)ms.*/\2 ms: \1/p' "$out/all" |
		sort -rn | head -n "$SLOWEST"
fi
passed=$(grep '^ok ' "$out/all" | grep -vc '# skip')
failed=$(grep -c '^not ok ' "$out/all")
skipped=$(grep -c '^ok .*# skip' "$out/all")
ended=$(find "$out" -maxdepth 1 -name '*.tap' | wc -l)
[ "$ended" = $# ] || { echo "not ok: $ended of $# files ran"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
