#!/bin/sh
# SPDX-License-Identifier: MIT
# Run libFuzzer targets: tests/fuzz.sh [tests/fuzz/NAME.c ...]
#
# Each target is linked with lib/*.c under ASan and UBSan and runs FUZZ_SECONDS
# (20) on a copy of tests/fuzz/NAME.corpus. One line per target; a crashing
# input is kept as build/fuzz/NAME.crash-*, with the log beside it. FUZZ_CC
# names another clang, FUZZ_LIB other sources, FUZZ_CORPUS a directory whose
# NAME/ is used instead of a copy, to go on where the last run stopped.
set -u
cd "$(dirname "$0")/.." || exit 111
: "${FUZZ_SECONDS:=20}" "${FUZZ_CC:=clang}" "${FUZZ_LIB:=$(echo lib/*.c)}"
: "${CPPFLAGS:=-D_GNU_SOURCE -Ilib}"
out=build/fuzz
status=0
mkdir -p "$out" || exit 111
command -v "$FUZZ_CC" >/dev/null || {
	echo "fuzz: no '$FUZZ_CC' here: install clang" >&2
	exit 111
}
[ $# -gt 0 ] || set -- tests/fuzz/*.c
work=$(mktemp -d) || exit 111
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# CPPFLAGS is a list of words; fortified copies would hide from ASan.
cc() {
	# shellcheck disable=SC2086
	"$FUZZ_CC" -std=c11 -O1 -g $CPPFLAGS -U_FORTIFY_SOURCE -UJOBDIR_VERSION \
		'-DJOBDIR_VERSION="fuzz"' -fsanitize=address,undefined \
		-fno-sanitize-recover=undefined "$@"
}

# An archive, so that a target takes from lib/ only what it uses.
for source in $FUZZ_LIB; do
	cc -fsanitize=fuzzer-no-link -c -o "$work/$(basename "$source" .c).o" "$source" || exit 1
done
ar rcs "$work/lib.a" "$work"/*.o || exit 1

for target; do
	name=$(basename "$target" .c)
	log=$out/$name.log
	corpus=${FUZZ_CORPUS:-$work}/$name
	mkdir -p "$corpus"
	[ ! -d "tests/fuzz/$name.corpus" ] || cp "tests/fuzz/$name.corpus"/* "$corpus"
	if ! cc -fsanitize=fuzzer -o "$out/$name" "$target" "$work/lib.a" -lm >"$log" 2>&1; then
		echo "fuzz $name: does not build, see $log"
		status=1
	elif "$out/$name" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=1024 \
		-artifact_prefix="$out/$name." -print_final_stats=1 "$corpus" >"$log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "fuzz $name: ok, $runs runs in $FUZZ_SECONDS s"
	else
		echo "fuzz $name: FAILED, see $log and $out/$name.*-*"
		status=1
	fi
done
exit $status
