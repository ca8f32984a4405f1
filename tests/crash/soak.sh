#!/bin/bash
# SPDX-License-Identifier: MIT
# soak.sh: JOBS_MADE jobs (2,000), AT_ONCE at a time (8), of all kinds of payload,
# through spawn and through an MCP server, with random cancels, supervisors,
# agents and servers killed. Afterwards nothing is left, every job has exactly one
# terminal record, and the server's memory and descriptors are as they were.
# shellcheck disable=SC2317,SC2046,SC2030,SC2031 # called by name; lists of pids
# shellcheck source=tests/crash/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"
JOBS_MADE=${JOBS_MADE:-${ROUNDS:-2000}} AT_ONCE=${AT_ONCE:-8} SECONDS_MAX=${SECONDS_MAX:-900}
export MAX_RUNNING_JOBS=$AT_ONCE

METHODS=(auto auto pidns reaper cgroup)

# An agent stands in for Claude Code: it works a while, calls no one, may leave
# something behind, may fail.
write_agent() {
	cat >claude <<-'EOF'
		#!/bin/bash
		echo '{"type":"system","subtype":"init","session_id":"0","model":"m"}'
		for ((i = 0; i < RANDOM % 40; i++)); do
			echo '{"type":"assistant","message":{"content":[{"type":"text","text":"step"}]}}'
		done
		((RANDOM % 4)) || { setsid sleep 1000 & }
		read -rt 0.0$((RANDOM % 90 + 10)) <> <(:)
		((RANDOM % 8)) || exit 1
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
	EOF
	chmod 755 claude
	export CLAUDE_BIN=$PWD/claude ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
}

spawn() {
	jobdir-spawn -q --grace=100ms --timeout=3s "$@" {NAP}>&-
}

# One job of a random kind; prints its id.
one() {
	local m=${METHODS[RANDOM % ${#METHODS[@]}]}
	case $((RANDOM % 9)) in
	0) spawn --contain="$m" -- true ;;
	1) spawn --contain="$m" -- sh -c "exit $((RANDOM % 256))" ;;
	2) spawn --contain="$m" -- "$BUILD/tests/nap" $((RANDOM * 8)) ;;
	3) spawn --contain="$m" -- sh -c 'setsid sleep 1000 & (sleep 1000 &) ; exit 0' ;;
	4) spawn --contain="$m" -- sh -c 'trap "" TERM; sleep 0.2; kill -9 $$' ;;
	5) spawn --contain="$m" -- sh -c 'head -c 100000 /dev/urandom | base64; exec sleep 0.1' ;;
	6) spawn --contain="$m" --timeout=300ms -- sh -c 'trap "" TERM; while :; do sleep 1; done' ;;
	7) spawn --dedupe --cwd=ws -- "$BUILD/tests/nap" 50000 2>/dev/null ;;
	8) spawn --recipe=read --cwd=ws --prompt=prompt ;;
	esac
}

active() {
	find "$JOBDIR_STATE/running" -mindepth 1 2>/dev/null | wc -l
}

# ---- the server ----

server_start() {
	coproc SRV { exec jobdir-mcp 2>>mcp.err {NAP}>&-; }
	SIN=${SRV[1]} SOUT=${SRV[0]} SPID=$SRV_PID
	ask initialize '{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"0"}}' ||
		violation 'the server does not begin'
	FIRST=
}

# ask METHOD PARAMS: its answer into $ANSWER.
ask() {
	echo '{"jsonrpc":"2.0","id":1,"method":"'"$1"'","params":'"$2"'}' >&"$SIN"
	read -rt 60 ANSWER <&"$SOUT"
}

call() {
	ask tools/call '{"name":"'"$1"'","arguments":'"$2"'}' || violation "$1: no answer"
}

measure() {
	local fds rss
	fds=$(find "/proc/$SPID/fd" -mindepth 1 | wc -l)
	rss=$(awk '/^RssAnon/ { print $2 }' "/proc/$SPID/status")
	if [[ ! $FIRST ]]; then
		FIRST="$fds $rss"
		FLAT=$FIRST
	else
		((fds == ${FIRST% *})) || violation "the server has $fds descriptors, had ${FIRST% *}"
		((rss <= ${FIRST#* } + 512)) || violation "the server uses $rss kB, used ${FIRST#* }"
		FLAT="$fds descriptors, $rss kB (first $FIRST)"
	fi
}

server_round() {
	local id
	call claude_task '{"cwd":"'"$PWD"'/ws","mode":"read","task":"number '"$1"'","background":true}'
	id=$(jq -r '.result.structuredContent.job.job_id // empty' <<<"$ANSWER")
	[[ $id ]] || { violation "the server made no job: $(head -c 300 <<<"$ANSWER")"; return; }
	echo "$id" >>made
	case $((RANDOM % 4)) in
	0) call claude_job_cancel '{"cwd":"'"$PWD"'/ws","job_id":"'"$id"'"}' ;;
	1) call claude_job_wait '{"cwd":"'"$PWD"'/ws","job_id":"'"$id"'","wait_timeout_sec":5}' ;;
	2) call claude_jobs '{"cwd":"'"$PWD"'/ws"}' ;;
	3)	# another server, killed in the middle of a call
		{
			echo '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"0"}}}'
			echo '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"claude_job_wait","arguments":{"cwd":"'"$PWD"'/ws","job_id":"'"$id"'","wait_timeout_sec":5}}}'
			sleep 0.2 {NAP}>&-
		} | jobdir-mcp >/dev/null 2>&1 {NAP}>&- &
		upto 30000
		nap "$US"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		KILLED=$((KILLED + 1))
		;;
	esac
}

# ---- trouble ----

trouble() {
	local p
	case $((RANDOM % 7)) in
	0 | 1)
		p=$(find "$JOBDIR_STATE/running" -mindepth 1 -printf '%f\n' 2>/dev/null | shuf -n 1)
		[[ ! $p ]] || { jobdir-cancel --no-wait -q "$p" 2>/dev/null; CANCELLED=$((CANCELLED + 1)); }
		;;
	2)
		p=$(supervisors | shuf -n 1)
		[[ ! $p ]] || { kill -KILL "$p" 2>/dev/null; KILLED=$((KILLED + 1)); }
		;;
	3)
		p=$(ours "JOBDIR_STATE=$JOBDIR_STATE" | xargs -n 1 | shuf -n 1)	# whoever: an agent, a redactor, an init
		[[ ! $p || $p == "$SPID" ]] || [[ $(<"/proc/$p/comm") != @(jobdir-agent|claude|sleep|jobdir-redact|sh) ]] 2>/dev/null ||
			{ kill -KILL "$p" 2>/dev/null; KILLED=$((KILLED + 1)); }
		;;
	esac
}

# A fresh process, also if it is not our child: the records as they were seen first.
remember() {
	states >>answers
}

left_anywhere() {
	local p
	jobdir-list --active >/dev/null 2>&1
	find "$JOBDIR_STATE" \( -path '*/running/*' -o -path '*/queue/0*' -o -name '.new-*' -o -name '.end' -o -name '.tmp*' \)
	for p in $(ours "JOBDIR_STATE=$JOBDIR_STATE"); do	# that looked at itself, too
		[[ $p == "$SPID" || ! -e /proc/$p ]] || echo "process $p $(tr '\0' ' ' <"/proc/$p/cmdline")"
	done
	find /sys/fs/cgroup -name 'jobdir-job-*' 2>/dev/null | grep -Ff <(sed 's/.*/&/' made)
}

nothing_left_anywhere() {
	local p
	[[ ! $(left_anywhere) ]]
}

crash_begin
start=$SECONDS CANCELLED=0 KILLED=0 FLAT=
mkdir ws
git -C ws init -q && echo 1 >ws/a && git -C ws add -A && git -C ws commit -qm one
echo 'what is it?' >prompt
write_agent
: >made
server_start
for ((i = 1; i <= JOBS_MADE && SECONDS - start < SECONDS_MAX; i++)); do
	while (($(active) >= 2 * AT_ONCE)); do
		nap 20000
		jobdir-list --active >/dev/null	# the lost ones leave running/ when somebody looks
	done
	if ((i % 8)); then
		one >>made || violation "spawn: exit $?"
	else
		server_round $i
	fi
	trouble
	((i % 100)) || { remember; call ping '{}' || :; measure; }
done
i=$((i - 1))
wait_for 120 eval 'jobdir-list --active >/dev/null; all_ended' || violation "without a record: $(for d in "$JOBDIR_STATE"/jobs/*/job-*; do
	[[ -e $d/end.json ]] || echo "${d##*/}"; done | head -n 3 | xargs)"
# One more job: what dead ones left in the queue is dropped by who stands in it next.
jobdir-spawn --wait -q -- true >>made {NAP}>&- || violation "the last job: exit $?"
measure
eval "exec $SIN>&-"
wait_for 5 eval '! kill -0 $SPID 2>/dev/null' || violation 'the server does not end'
SPID=none
wait_for 20 nothing_left_anywhere || violation "left behind: $(left_anywhere | head -n 8 | xargs)"
judge
while read -r id; do
	[[ -e $JOBDIR_STATE/jobs/${id:4:8}/$id/end.json ]] || violation "$id was told and is not there"
done < <(sort -u made)
for f in "$JOBDIR_STATE"/slots/* "$JOBDIR_STATE"/queue/lock "$JOBDIR_STATE"/jobs/*/*/lock; do
	[[ -e $f ]] && grep -q ":$(stat -c %i "$f") " /proc/locks && violation "still locked: $f"
done
printf 'soak: %d jobs (%s), %d cancels, %d kills, %d violations, %d s; server: %s\n' "$(sort -u made | wc -l)" \
	"$(cut -d' ' -f2 records | sort | uniq -c | awk '{ printf "%s%s %s", s, $1, $2; s = ", " }')" \
	$CANCELLED $KILLED "$(wc -l <"$VIOLATIONS")" $((SECONDS - start)) "$FLAT"
((i >= JOBS_MADE)) || echo "soak: the time was over after $i jobs"
[[ ! -s $VIOLATIONS ]]
