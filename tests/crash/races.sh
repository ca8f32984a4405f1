#!/bin/bash
# SPDX-License-Identifier: MIT
# races.sh [NAME ...]: two things at the same moment, ROUNDS times each (1,000),
# at every distance in time, in JOBS workers (2). Prints a line per race; exit 1
# if an invariant was violated in any. SECONDS_MAX bounds each race (300).
# shellcheck disable=SC2317,SC2046,SC2030,SC2031 # called by name; lists of pids
# shellcheck source=tests/crash/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"
ROUNDS=${ROUNDS:-1000} SECONDS_MAX=${SECONDS_MAX:-300}

# ---- helpers of the rounds ----

spawn() {
	jobdir-spawn -q "$@" {NAP}>&-
}

# told ID: what a waiter says of how it ended, as a line of `answers`.
told() {
	jobdir-wait --json "$1" 2>/dev/null | jq -r '"\(.job_id) \(.state)"'
}

dir_of() {
	DIR=$JOBDIR_STATE/jobs/${1:4:8}/$1
}

# sealed WS EDIT: as in the tests of apply.
# shellcheck source=tests/lib/sealed.bash
. "$TOP/tests/lib/sealed.bash"

make_ws() {
	rm -rf ws
	mkdir ws
	git -C ws init -q
	printf '%s\n' 1 2 3 4 5 6 7 8 9 >ws/a
	mkdir ws/src
	echo main >ws/src/m
	git -C ws add -A
	git -C ws commit -qm one
}

ws_clean() {
	local left
	git -C ws checkout -qf . && rm -f ws/new ws/new2
	left=$(find ws/.git/jobdir -mindepth 1 ! -name lock 2>/dev/null)
	[[ ! $left ]] || violation "left behind: $left"
}

# ---- the races: setup_NAME once per worker, round_NAME, after_NAME ----

# A waiter of each kind begins while the job ends.
round_wait_end() {
	local id
	upto 3000
	id=$(spawn --contain="${METHODS[RANDOM % ${#METHODS[@]}]}" -- "$BUILD/tests/nap" "$US")
	upto 12000
	told "$id" >>answers &
	nap "$US"
	told "$id" >>answers &
	timeout 60 jobdir-wait --propagate --any "$id" >any || violation "$id: wait --any: exit $?"
	[[ $(<any) == "$id" ]] || violation "$id: wait --any named '$(<any)'"
	timeout 60 jobdir-wait -q --propagate "$id" || violation "$id: wait --propagate: exit $?"
	wait $(jobs -p)
}

# Cancel at every moment of the start: also before the id was printed.
round_cancel_start() {
	local id='' r
	upto 15000
	spawn -- sleep 1000 >id &
	if ((RANDOM % 2)); then
		until r=$(compgen -G "$JOBDIR_STATE/running/*"); do
			((SECONDS < END + 30)) || { violation "no job in sight"; return; }
		done
		id=${r##*/}
		nap "$((US / 3))"
	else
		wait $!
		id=$(<id)
		nap "$US"
	fi
	# In sight in running/ before it is published, so asked until it is there.
	until timeout 60 jobdir-cancel "$id" >said 2>err; do
		((SECONDS < END + 30)) || { violation "$id: cancel: $(<err)"; return; }
	done
	wait $(jobs -p)
	[[ $(<id) == "$id" ]] || violation "spawn said '$(<id)', the job was $id"
	cut -d' ' -f1,2 said | tr -d : >>answers
	[[ $(<said) == "$id cancelled"* ]] || violation "cancelled at the start, but: $(<said)"
}

# Cancel, twice at once, at the moment of the end.
round_cancel_end() {
	local id
	upto 8000
	id=$(spawn -- "$BUILD/tests/nap" 5000)
	told "$id" >>answers &
	nap "$US"
	timeout 60 jobdir-cancel "$id" >said1 2>&1 &
	timeout 60 jobdir-cancel "$id" >said2 2>&1 || violation "$id: cancel: exit $?: $(<said2)"
	wait $(jobs -p)
	sed 's/^\([^ ]*\) \([a-z_]*\).*/\1 \2/' said1 said2 >>answers
}

# Three of one request, while the one before them ends: never two at a time, and
# nobody is given a job that had ended before he asked.
setup_dedupe() { make_ws; }
round_dedupe() {
	local i
	for i in 1 2 3; do
		upto 12000
		nap "$US"
		spawn --dedupe --cwd=ws -- "$BUILD/tests/nap" 12000 >"d$i" 2>/dev/null &
	done
	wait $(jobs -p)
	[[ $(grep -c . d1 d2 d3 | cut -d: -f2 | xargs) == '1 1 1' ]] || violation "an id is missing: $(cat d1 d2 d3 | xargs)"
	sort -u d1 d2 d3 >>made
}
after_dedupe() {
	wait_for 20 all_ended
	[[ $(sort -u made | wc -l) == "$(find "$JOBDIR_STATE/jobs" -mindepth 2 -name 'job-*' | wc -l)" ]] ||
		violation "jobs were made that nobody was told of"
	jq -r '"\(.started) \(.ended)"' "$JOBDIR_STATE"/jobs/*/job-*/end.json | sort |
		awk '$1 < last { print "two at once: began " $1 ", the one before ended " last } { last = $2 }' >twice
	[[ ! -s twice ]] || violation "$(<twice)"
	((R < 50 || $(sort -u made | wc -l) < 3 * R)) || violation 'no two were ever one: no race at all'
}

# The same, and one of the two is killed on the way: the other still has a job.
setup_dedupe_kill() { make_ws; }
round_dedupe_kill() {
	local id p
	: >d1		# it may be killed before it opens this
	upto 25000
	jobdir-spawn -q --dedupe --cwd=ws -- sh -c ": $R; exec sleep 1000" {NAP}>&- >d1 2>/dev/null &
	p=$!
	jobdir-spawn -q --dedupe --cwd=ws -- sh -c ": $R; exec sleep 1000" {NAP}>&- >d2 2>/dev/null &
	nap "$US"
	kill -KILL "$p" 2>/dev/null
	wait "$p" 2>/dev/null
	wait $(jobs -p)
	id=$(<d2)
	dir_of "$id"
	[[ $id && -e $DIR/job.json ]] || { violation "its twin was killed: no job '$id'"; return; }
	[[ ! $(<d1) || $(<d1) == "$id" ]] || violation "two jobs of one request: $(<d1) $id"
	for p in "$JOBDIR_STATE"/running/*; do
		[[ ! -L $p ]] || jobdir-cancel -q "${p##*/}" 2>/dev/null
	done
}

# One change landed twice at once: once, whole, and the other is told.
setup_apply_apply() {
	make_ws
	ID=$(sealed_job "$PWD/ws" 'sed -i 1s/1/one/ a; echo n >new; rm src/m')
	TOKEN=$(jobdir-apply --preview "$ID" | sed -n 's/^token //p')
	dir_of "$ID"
}
round_apply_apply() {
	local a=0 b=0 p
	rm -f "$DIR"/apply/landed-*
	upto 12000
	jobdir-apply --yes --token="$TOKEN" "$ID" >o1 2>&1 &
	p=$!
	nap "$US"
	jobdir-apply --yes --token="$TOKEN" "$ID" >o2 2>&1 || b=$?
	wait "$p" || a=$?
	# What came second finds another plan than was previewed (1), or a landing under way (111).
	((a == 0 || b == 0)) || violation "neither landed: $a $b: $(cat o1 o2 | xargs)"
	for p in $a $b; do
		((p == 0 || p == 1 || p == 111)) || violation "apply: exit $p: $(cat o1 o2 | xargs)"
	done
	[[ $(head -n 1 ws/a) == one && $(cat ws/new) == n && ! -e ws/src ]] || violation "not all new"
	[[ $(grep -cx one ws/a) == 1 ]] || violation "landed twice"
	ws_clean
}

# Two jobs that change the same file: what is said to have landed is there.
setup_apply_two() {
	make_ws
	ID=$(sealed_job "$PWD/ws" 'sed -i 1s/1/one/ a; echo n >new')
	ID2=$(sealed_job "$PWD/ws" 'sed -i 9s/9/nine/ a; echo n >new2; rm src/m')
}
round_apply_two() {
	local a=0 b=0 p got
	jobdir-apply --preview "$ID" >/dev/null && jobdir-apply --preview "$ID2" >/dev/null || violation 'preview'
	upto 12000
	jobdir-apply --yes "$ID" >o1 2>&1 &
	p=$!
	nap "$US"
	jobdir-apply --yes "$ID2" >o2 2>&1 || b=$?
	wait "$p" || a=$?
	got="$(grep -cx one ws/a)$([[ -e ws/new ]] && echo 1 || echo 0) $(grep -cx nine ws/a)$([[ -e ws/new2 && ! -e ws/src ]] && echo 1 || echo 0)"
	[[ $got == "$((a == 0))$((a == 0)) $((b == 0))$((b == 0))" && $(wc -l <ws/a) == 9 ]] ||
		violation "apply said $a $b, in the files is $got: $(cat o1 o2 | xargs)"
	((a == 0 || b == 0)) || violation "neither landed: $(cat o1 o2 | xargs)"
	ws_clean
}

# An editor saves the same file, in place or by rename.
setup_apply_editor() {
	setup_apply_apply
	LANDED=0
}
round_apply_editor() {
	local rc=0 p got
	upto 14000
	jobdir-apply --yes --token="$TOKEN" "$ID" >o1 2>&1 &
	p=$!
	nap "$US"
	if ((R % 2)); then
		echo "edit $R" >ws/a
	else
		echo "edit $R" >t && mv t ws/a
	fi
	wait "$p" || rc=$?
	[[ $(<ws/a) == "edit $R" ]] || violation "apply $rc: what was saved last is lost: $(head -c 80 ws/a)"
	if ((rc == 0)); then
		((LANDED += 1))
		[[ -e ws/new && ! -e ws/src ]] || violation "apply said 0, but not all is new"
	else
		[[ ! -e ws/new && -e ws/src/m ]] || violation "apply said $rc, but not all is old: $(<o1)"
	fi
	ws_clean
}
after_apply_editor() {
	((R < 100 || LANDED && LANDED < R)) || violation "landed $LANDED of $R: no race at all"
}

# A job is removed while it is read: the answer is whole, or that there is none.
setup_clean_reader() {
	make_ws
	ID=$(sealed_job "$PWD/ws" 'sed -i 1s/1/one/ a')
	dir_of "$ID"
	mv "$DIR" sealed
}
round_clean_reader() {
	local id rc=0 p
	id=${ID:0:20}$(printf '%08d' "$R" | tr 0-9 a-j)
	dir_of "$id"
	mkdir -p "${DIR%/*}"
	cp -a sealed "$DIR"
	sed -i "s/$ID/$id/" "$DIR/job.json"
	upto 8000
	case $((R % 5)) in
	0) set -- jobdir-show --json ;;
	1) set -- jobdir-diff ;;
	2) set -- jobdir-apply --preview ;;
	3) set -- jobdir-result --json ;;
	4) set -- jobdir-wait --json ;;
	esac
	"$@" "$id" >o1 2>e1 &
	p=$!
	nap "$US"
	jobdir-clean --yes --force "$id" >o2 2>&1 || violation "clean: exit $?: $(<o2)"
	wait "$p" || rc=$?
	case $rc in
	0)
		# The same to all, but for the id and its age.
		sed "s/$id/ID/g; s/${id: -8}/ID/g; s/\"age_ms\":[0-9]*/\"age_ms\":0/; s/\"preview_token\":\"[0-9a-f]*\"/\"preview_token\":\"T\"/; s/^token .*//" o1 >answer
		[[ -e answer.$((R % 5)) ]] || cp answer "answer.$((R % 5))"
		cmp -s answer "answer.$((R % 5))" || violation "$*: not the whole answer: $(diff <(jq . answer) <(jq . "answer.$((R % 5))") | head -n 6)"
		;;
	100) grep -q 'no such job' e1 || violation "$*: $(<e1)" ;;
	*) grep -q 'is being removed' e1 || violation "$*: exit $rc: $(<e1)" ;;
	esac
	# Kept because it was in use, or gone.
	dir_of "$id"
	if [[ -e $DIR ]]; then
		[[ -e $DIR/job.json && -e $DIR/tree/a && -e $DIR/end.json ]] || violation "$id: half removed"
		jobdir-clean --yes --force "$id" >/dev/null 2>&1
	fi
}

# supervise is killed at any moment from its start to its end: one record, told to all.
round_publish_kill() {
	local id p pids
	upto 4000
	id=$(spawn --contain="${METHODS[RANDOM % ${#METHODS[@]}]}" -- "$BUILD/tests/nap" "$US")
	told "$id" >>answers &
	pids=$(supervisors)
	upto 12000
	nap "$US"
	for p in $pids; do
		kill -KILL "$p" 2>/dev/null
	done
	told "$id" >>answers
	timeout 60 jobdir-wait --json --any "$id" 2>/dev/null | jq -r '"\(.job_id) \(.state)"' >>answers
	wait $(jobs -p)
}

# Two servers asked for the same and about the same, at once.
setup_servers() {
	make_ws
	printf '#!/bin/sh\necho '\''{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'\''\n' >claude
	chmod 755 claude
	export CLAUDE_BIN=$PWD/claude ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
	coproc S1 { exec jobdir-mcp 2>>mcp.err {NAP}>&-; }
	I1=${S1[1]} O1=${S1[0]}
	coproc S2 { exec jobdir-mcp 2>>mcp.err {NAP}>&-; } 2>/dev/null
	I2=${S2[1]} O2=${S2[0]}
	local i _
	for i in "$I1:$O1" "$I2:$O2"; do
		echo '{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"0"}}}' >&"${i%:*}"
		read -rt 20 _ <&"${i#*:}" || violation 'no answer to initialize'
	done
}
# both TOOL JSON: the answers of the two into $A1 and $A2.
both() {
	local m='{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"'$1'","arguments":'$2'}}'
	upto 1500
	echo "$m" >&"$I1"
	nap "$US"
	echo "$m" >&"$I2"
	read -rt 60 A1 <&"$O1" || violation "$1: no answer"
	read -rt 60 A2 <&"$O2" || violation "$1: no answer"
	A1=$(jq -c .result.structuredContent <<<"$A1") A2=$(jq -c .result.structuredContent <<<"$A2")
}
round_servers() {
	local id n
	both claude_task '{"cwd":"'"$PWD"'/ws","mode":"read","task":"round '"$R"'","background":true}'
	id=$(jq -r .job.job_id <<<"$A1")
	n="$(jq -r .deduped <<<"$A1$A2" | sort | xargs)"
	# One of them may have found it ended already: then it is another job.
	[[ $n == 'false true' && $id == "$(jq -r .job.job_id <<<"$A2")" || $n == 'false false' ]] ||
		violation "two servers: $n: $A1 $A2"
	case $((R % 3)) in
	0) both claude_job_cancel '{"cwd":"'"$PWD"'/ws","job_id":"'"$id"'"}' ;;
	1) both claude_job_wait '{"cwd":"'"$PWD"'/ws","job_id":"'"$id"'","wait_timeout_sec":20}' ;;
	2) both claude_task '{"cwd":"'"$PWD"'/ws","job_id":"'"$id"'"}' ;;
	esac
	[[ $(jq -r '.error.code // "ok"' <<<"$A1$A2" | sort -u) == ok ]] || violation "two servers: $A1 $A2"
	printf '%s %s\n' "$id" "$(jobdir-wait --json "$id" 2>/dev/null | jq -r .state)" >>answers
}
after_servers() {
	eval "exec $I1>&- $I2>&-"
	wait $(jobs -p) || violation "a server ended with $?: $(tail -n 1 mcp.err)"
}

# A job is removed while another is to go on with it: that one has all of it, or there is none
# and the reason is said. Half of each never.
setup_resume_clean() {
	# shellcheck source=tests/lib/resume.bash
	. "$TOP/tests/lib/resume.bash"
	make_ws
	export ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
	BATS_TEST_TMPDIR=$PWD stand_in
	printf 'echo one >a' >prompt
	ID=$(spawn --recipe=write --cwd=ws --prompt=prompt)
	timeout 60 jobdir-wait -q "$ID"
	dir_of "$ID"
	[[ $(<"$DIR/tree/a") == one ]] || violation "no job to begin with: $(cat "$DIR/log")"
	mv "$DIR" sealed
	printf 'cat a; git status --short' >prompt
	WON=0
}
round_resume_clean() {
	local id new rc=0 said p
	id=${ID:0:20}$(printf '%08d' "$R" | tr 0-9 a-j)
	dir_of "$id"
	mkdir -p "${DIR%/*}"
	cp -a sealed "$DIR"
	sed -i "s/$ID/$id/" "$DIR/job.json" "$DIR/tree/.git"
	upto 25000
	jobdir-spawn -q --continue="$id" --prompt=prompt {NAP}>&- >new 2>e1 &
	p=$!
	nap "$US"
	jobdir-clean --yes --force "$id" >o2 2>&1
	said=$?
	wait "$p" || rc=$?
	new=$(<new)
	case $rc in
	0)
		((WON += 1))
		timeout 60 jobdir-wait -q "$new"
		dir_of "$new"
		[[ $(cat "$DIR/tree/a" "$DIR/attempt-1/stderr.log" 2>&1 | xargs) == 'one one M a' && -e $DIR/tree.json ]] ||
			violation "$new went on with $id, but: $(cat "$DIR/log"; cat o2)"
		timeout 60 jobdir-clean -q --yes --force "$new" >/dev/null 2>&1
		;;
	1 | 100 | 111)
		[[ ! $new ]] && grep -qE 'no such job|removed|cleaned|in use|is no longer' e1 || violation "spawn: exit $rc: $(<e1)"
		;;
	*) violation "spawn: exit $rc: $(<e1)" ;;
	esac
	# Kept because it was in use, or gone.
	dir_of "$id"
	if [[ -e $DIR ]]; then
		((said == 1)) || violation "$id: clean said $said, it is there: $(<o2)"
		((rc == 0)) || [[ -e $DIR/tree/a && -e $DIR/home && -e $DIR/end.json ]] || violation "$id: half removed"
		jobdir-clean --yes --force "$id" >/dev/null 2>&1
	else
		((said == 0)) || violation "$id: clean said $said, it is gone: $(<o2)"
	fi
}
after_resume_clean() {
	((R < 50 || WON && WON < R)) || violation "went on in $WON of $R: no race at all"
}

ALL=(wait_end cancel_start cancel_end dedupe dedupe_kill apply_apply apply_two apply_editor clean_reader
publish_kill servers resume_clean)

# ---- running them ----

# worker NAME N ROUNDS: in a directory of its own.
worker() {
	local dir=$CRASH/$1.$2
	mkdir "$dir"
	crash_home "$dir"
	END=$((SECONDS + SECONDS_MAX))
	! declare -F "setup_$1" >/dev/null || "setup_$1"
	for ((R = 0; R < $3 && SECONDS < END; R++)); do
		"round_$1"
	done
	! declare -F "after_$1" >/dev/null || "after_$1"
	judge
	echo "$R" >"$dir/rounds"
}

race() {
	local start=$SECONDS w pids=() rounds bad
	for ((w = 0; w < JOBS; w++)); do
		worker "$1" $w $(((ROUNDS + w) / JOBS)) >"$CRASH/$1.$w.out" 2>&1 {NAP}<> <(:) &
		pids+=($!)
	done
	wait "${pids[@]}"
	rounds=$(cat "$CRASH/$1".*/rounds | awk '{ n += $1 } END { print n + 0 }')
	bad=$(cat "$CRASH/$1".*/violations | wc -l)
	[[ $(cat "$CRASH/$1".*/rounds | wc -l) == "$JOBS" ]] || bad=$((bad + 1))
	printf '%-14s %5d rounds, %d violations, %d s\n' "$1" "$rounds" "$bad" $((SECONDS - start))
	[[ $bad == 0 ]] || { head -n 20 "$CRASH/$1".*.out; FAILED=1; }
	((rounds >= ROUNDS)) || echo "$1: the time was over before $ROUNDS rounds"
	rm -rf "$CRASH/$1".*
}

crash_begin
FAILED=0
read -ra METHODS <<<"$(for m in pidns cgroup reaper; do
	jobdir-spawn --wait -q --contain=$m -- true >/dev/null 2>&1 {NAP}>&- && echo $m
done | xargs)"
[[ $# != 0 ]] || set -- "${ALL[@]}"
for name; do
	race "$name"
done
exit $FAILED
