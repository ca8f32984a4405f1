#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.sh [-n RUNS] [--json] [--only PART,…]: our figures beside their floors (see
# tests/lib/bench.c), other engines for the redactor's rules, then the gateway's figures
# beside its peers'. bench.sh gateway, bench.sh engines: only those.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ "${1-}" != gateway ] || exec bash "$here/bench-gateway.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/home" "$dir/ws"
export HOME=$dir/home JOBDIR_STATE=$dir/state CODEX_CLAUDE_ALLOW_ROOTS=$dir LC_ALL=C
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@example.org
export GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@example.org

# engine NAME FLAG LIBRARY: compiled here, where Debian's library is there to compile against.
engine() {
	cc -O2 -D_GNU_SOURCE -I/usr/include/hs "-D$2" -o "$dir/engines" "$here/engines/engines.c" "-l$3" 2>/dev/null ||
		{ echo "$1: not measured: no lib$3 to compile against"; return 0; }
	"$dir/engines" "$1" "$dir/rules" "$dir/log"
	"$dir/engines" "$1" "$dir/rules" "$dir/worst"
}
engines() {
	echo 'redact and other engines: 16 MB of a build log, then all anchors in one line without a secret (processor time)'
	jobdir-redact --rules >"$dir/rules"
	"$BUILD/tests/bench" log 16 "$dir/log"
	yes -- '-----BEGIN token= sk- ghp_ AKIA xoxb- "password": eyJ :// key= Bearer ' | tr -d '\n' | head -c 16000000 >"$dir/worst" || :
	for f in log worst; do
		TIMEFORMAT=%U
		t=$( { time jobdir-redact <"$dir/$f" >/dev/null; } 2>&1)
		awk -v t="$t" -v n="$(stat -c %s "$dir/$f")" 'BEGIN { printf "ours    %9.1f MB/s, all rules, the whole output written\n", n / 1e6 / (t + 0.001) }'
	done
	engine hs WITH_HS hs
	engine pcre WITH_PCRE pcre2-8
}
if [ "${1-}" = engines ]; then
	engines
	exit 0
fi
cd "$dir/ws"
git init -q .
echo one >a.txt
git add -A
git commit -qm initial
"$BUILD/tests/bench" "$@" "$dir"
case " $* " in
*' --json '* | *' --only '*) ;;
*)
	engines
	bash "$here/bench-gateway.sh"
	;;
esac
