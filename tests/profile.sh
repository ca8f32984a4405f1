#!/bin/bash
# SPDX-License-Identifier: MIT
# profile.sh [PART ...]: instructions (callgrind) and system calls (strace -c) of the hot paths,
# each of them with the functions that cost most. Figures that do not depend on who else uses
# the machine. Children are counted with their parents. Parts: mcp spawn wait list tail tree
# diff apply gateway redact; without any, all.
set -eu
for p in valgrind strace; do
	command -v $p >/dev/null || { echo "profile: skipped: no $p (apt-get install $p)"; exit 0; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/home" "$dir/ws"
export HOME=$dir/home JOBDIR_STATE=$dir/state CODEX_CLAUDE_ALLOW_ROOTS=$dir LC_ALL=C GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@example.org
cd "$dir/ws"
git init -q .
for d in 0 1 2 3 4 5 6 7 8 9; do
	mkdir d$d
	for f in {0..99}; do echo "file $d $f" >"d$d/f$f"; done
done
git add -A
git commit -qm initial
parts=" ${*:-mcp spawn wait list tail tree diff apply gateway redact} "

# count NAME COMMAND...: one line; standard input is the file in, and before runs before either run.
before() { :; }
count() {
	local what=$1 instr calls top
	shift
	rm -f "$dir"/cg.*
	before
	valgrind -q --tool=callgrind --trace-children=yes --callgrind-out-file="$dir/cg.%p" "$@" <"$dir/in" >/dev/null 2>"$dir/err" ||
		[ $? -le 1 ] || { cat "$dir/err"; return 1; }
	instr=$(awk '/^totals:/ { n += $2 } END { printf "%.2f", n / 1e6 }' "$dir"/cg.*)
	# shellcheck disable=SC2012 # names of ours: the largest is where most was done
	top=$(callgrind_annotate "$(ls -S "$dir"/cg.* | head -n 1)" 2>/dev/null | sed -n 's/^ *[0-9,]* *( *\([0-9.]*%\)) .*:\([A-Za-z_0-9.]*\) .*/\2 \1/p' |
		head -n 3 | paste -sd, | sed 's/,/, /g')
	before
	strace -f -c -o "$dir/st" "$@" <"$dir/in" >/dev/null 2>&1 || [ $? -le 1 ]
	calls=$(awk '$NF == "total" { print $4 }' "$dir/st" | head -n 1)
	printf '%-44s %12s %9s  %s\n' "$what" "$instr" "$calls" "$top"
	last=$instr
}
want() { [[ $parts == *" $1 "* ]]; }
: >"$dir/in"
printf '%-44s %12s %9s  %s\n' '' 'instr., M' 'calls' 'where'

if want mcp; then
	{
		echo '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"p","version":"1"}}}'
		echo '{"jsonrpc":"2.0","method":"notifications/initialized"}'
	} >"$dir/in"
	count 'mcp: start, initialize, end' jobdir-mcp
	echo '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' >>"$dir/in"
	count 'mcp: … and tools/list' jobdir-mcp
	for i in {1..1000}; do echo '{"jsonrpc":"2.0","id":2,"method":"ping"}'; done >>"$dir/in"
	count 'mcp: … and 1,000 pings' jobdir-mcp
	: >"$dir/in"
fi
if want spawn; then
	count 'spawn --wait of true, all processes' jobdir-spawn --wait -q -- /bin/true
fi
id=$(jobdir-spawn --wait -- /bin/true | head -n 1)
id=$(basename "$(echo "$JOBDIR_STATE"/jobs/*/job-* | cut -d' ' -f1)")
JOB=$(echo "$JOBDIR_STATE"/jobs/*/"$id")
if want wait; then
	count 'wait for a job that has ended' jobdir-wait -q "$id"
fi
if want list; then
	"$BUILD/tests/bench" old "$id" 10000
	count 'list, 20 newest of 10,000' jobdir-list
	count 'list -a, 10,000' jobdir-list -a
fi
if want tail; then
	truncate -s 5400M "$JOB/log"
	for i in {1..2000}; do echo "line $i of the end of a long log"; done >>"$JOB/log"
	count 'tail -n 100 of 5.4 GB' jobdir-tail -n 100 "$id"
	: >"$JOB/log"
fi
if want tree || want diff || want apply; then
	again() { rm -rf "$JOB/tree" "$JOB/ctl.git" "$JOB/agent.git"; }
	before() { again; }
	want tree && count 'tree of 1,000 files' jobdir-tree -q make "$id"
	before() { :; }
	again
	jobdir-tree -q make "$id"
	for f in {0..99}; do echo changed >>"$JOB/tree/d0/f$f"; done
	want diff && count 'diff of 100 of 1,000 files' jobdir-diff -q --name-status "$id"
	jobdir-diff -q --seal --list "$id" >/dev/null
	want apply && count 'apply: preview of 100 files' jobdir-apply --preview "$id"
	before() { git -C "$dir/ws" checkout -q .; jobdir-apply --preview "$id" >/dev/null; }
	want apply && count 'apply: landing 100 files' jobdir-apply --yes "$id"
	before() { :; }
fi
if want gateway; then
	echo 'gateway: a stream translated, one core:'
	"$BUILD/tests/chatbench" 1 | sed 's/^/  /'
fi
if want redact; then
	line='-----BEGIN token= sk- ghp_ AKIA xoxb- "password": eyJ :// key= Bearer '
	four() { # NAME COMMAND-THAT-WRITES-N-BYTES: twice, the second time four times as much
		local a
		$2 500000 >"$dir/in"
		count "redact: $1, 0.5 MB" jobdir-redact
		a=$last
		$2 2000000 >"$dir/in"
		count "redact: $1, 2 MB" jobdir-redact
		awk -v a="$a" -v b="$last" -v w="$1" 'BEGIN { printf "%-44s %12.2f            (linear: at most 4)\n", "  … four times as much, ratio", b / a }'
	}
	log() { yes '  CC      drivers/net/module_1234.o warning: unused parameter "context" in http://h/p [-W]' | head -c "$1"; }
	anchors() { yes -- "$line" | head -c "$1"; }
	oneline() { yes -- "$line" | tr -d '\n' | head -c "$1"; }
	four 'a build log' log
	four 'all anchors, no secret' anchors
	four 'the same in one line' oneline
fi
