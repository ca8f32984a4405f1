# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
}

teardown() {
	[ -z "${THEIRS-}" ] || rm -rf "$THEIRS"
}

spawn() {
	jobdir-spawn "$@" 3>&-
}

ended() {
	[[ -n $(end_job_state "$1") ]]
}

running() {
	[[ $(jq -r .state "$(job_dir "$1")/state.json" 2>/dev/null) == running ]]
}

# end_of FILTER ID: a member of end.json, once the job has ended.
end_of() {
	wait_for 60 ended "$2"
	jq -r "$1" "$(job_dir "$2")/end.json"
}

# The supervise of a job is named in its state; only a test may use that.
supervisor() {
	jq .supervisor_pid "$(job_dir "$1")/state.json"
}

nothing_left() {
	no_process_with "JOBDIR_ID=$1"
}

reads_lost() {
	[[ $(jobdir-show --json "$1" | jq -r .status.state) == lost ]]
}

lists_event() {
	jq -es --arg e "$2" 'any(.event == $e)' "$(job_dir "$1")/events.jsonl"
}

# Containment methods to be had here.
methods() {
	local m
	for m in pidns cgroup reaper; do
		jobdir-spawn --wait -q --contain=$m -- true >/dev/null 3>&- && echo $m
	done
}

# Ends only by force: ignores TERM, leaves its session, double-forks, forks for ever.
wild='trap "" TERM
setsid sh -c "trap \"\" TERM; while :; do sleep 1000; done" &
(setsid sh -c "sleep 1000 & exec sleep 1000" &)
hop() { (trap "" TERM; exec setsid sh "$0" hop) & }
[ "${1-}" = hop ] && { sh "$0" hop & exit; }
hop
echo up
while :; do sleep 1000; done'

write_wild() {
	printf '%s\n' "$wild" >wild.sh
}

@test "supervise: a person cannot start it" {
	run -100 --separate-stderr jobdir-supervise
	assert_equal "${#stderr_lines[@]}" 1
	run -100 jobdir-supervise --job=9 --root=9 --lock=9 --ready=9 9>&-
	mkdir d
	exec 5<d
	run -100 jobdir-supervise --job=5 --root=5 --lock=5 --ready=5
	assert_output --partial 'spawn starts this program'
	exec 5<&-
}

@test "supervise: all 256 exit codes come through" {
	export MAX_RUNNING_JOBS=8
	for c in $(seq 0 255); do
		spawn --name="$c" -- sh -c "exit $c"
	done >ids
	run jobdir-wait -q - <ids
	# Beside each job's name (the code it was to end with), what its record says.
	for d in "$JOBDIR_STATE"/jobs/*/job-*; do
		jq -r .name "$d/job.json"
		jq -r '"\(.state) \(.stage) \(.code) \(.signal)"' "$d/end.json"
	done | paste - - | sort -n >got
	for c in $(seq 0 255); do
		printf '%s\t%s run %s null\n' "$c" "$([ "$c" = 0 ] && echo succeeded || echo failed)" "$c"
	done >want
	diff want got
}

@test "supervise: every fatal signal comes through" {
	export MAX_RUNNING_JOBS=8
	for s in HUP INT QUIT ILL ABRT FPE KILL USR1 SEGV USR2 PIPE ALRM TERM; do
		echo "$(spawn -- sh -c "ulimit -c 0; kill -$s \$\$") $(kill -l $s)"
	done >ids
	while read -r id s; do
		assert_equal "$(end_of '"\(.state) \(.code) \(.signal)"' "$id")" "failed null $s"
	done <ids
}

@test "supervise: what cannot be executed is told apart" {
	printf 'x' >plain
	chmod 755 plain
	id=$(spawn -- no-such-program-here)
	assert_equal "$(end_of '"\(.state) \(.stage) \(.code)"' "$id")" "failed start 127"
	assert_equal "$(end_of .message "$id")" "cannot run 'no-such-program-here': No such file or directory"
	for m in $(methods); do
		id=$(spawn --contain="$m" -- ./plain)
		assert_equal "$(end_of '"\(.state) \(.stage) \(.code)"' "$id")" "failed start 126"
		id=$(spawn --contain="$m" -- /)
		assert_equal "$(end_of '"\(.stage) \(.code)"' "$id")" "start 126"
	done
	mkdir gone
	mkfifo hold
	# The directory goes away while the job waits for its slot.
	first=$(MAX_RUNNING_JOBS=1 spawn -- cat hold)
	wait_for 60 running "$first"
	id=$(MAX_RUNNING_JOBS=1 spawn --cwd=gone -- true)
	rmdir gone
	: >hold
	assert_equal "$(end_of '"\(.state) \(.stage)"' "$id")" "failed start"
	assert_equal "$(end_of .message "$id")" "cannot open the working directory: No such file or directory"
}

@test "supervise: the payload has no lock, no strangers, a clean start" {
	for m in $(methods); do
		id=$(spawn --wait -q --contain="$m" -- sh -c 'ls -l /proc/self/fd | sed 1d; grep -E "^Sig(Blk|Ign)" /proc/self/status; umask; readlink /proc/self/fd/0')
		run -0 cat "$(job_dir "$id")/log"
		refute_output --partial lock
		assert_equal "$m $(grep -c -- '->' <<<"$output")" "$m 4"	# 0 1 2 and the one of ls
		assert_line $'SigBlk:\t0000000000000000'
		assert_line $'SigIgn:\t0000000000000000'
		assert_line /dev/null
	done
}

@test "supervise: cancel while running, by file, by an empty file, by a signal" {
	id=$(spawn -- sleep 1000)
	wait_for 60 running "$id"
	echo '{"at":"x","by":"a \"person\""}' >asked && mv asked "$(job_dir "$id")/cancel"
	assert_equal "$(end_of '"\(.state) \(.stage) \(.code) \(.signal)"' "$id")" "cancelled run null 15"
	assert_equal "$(jq -r 'select(.event == "cancel").by' "$(job_dir "$id")/events.jsonl")" 'a "person"'
	id=$(spawn -- sleep 1000)
	touch "$(job_dir "$id")/cancel"
	assert_equal "$(end_of .state "$id")" cancelled
	id=$(spawn -- sleep 1000)
	wait_for 60 running "$id"
	kill -TERM "$(supervisor "$id")"
	assert_equal "$(end_of .state "$id")" cancelled
	run -0 jq -r .event "$(job_dir "$id")/events.jsonl"
	assert_output $'created\nrunning\ncancel\nterm\npayload-exit\nended'
}

@test "supervise: cancel before it looks, and after the end" {
	for _ in 1 2 3 4 5 6 7 8; do
		id=$(spawn -- sleep 1000)
		: >"$(job_dir "$id")/cancel"
		echo "$id" >>ids
	done
	while read -r id; do
		assert_equal "$(end_of .state "$id")" cancelled
	done <ids
	id=$(spawn --wait -q -- true)
	touch "$(job_dir "$id")/cancel"
	assert_equal "$(end_of .state "$id")" succeeded
}

@test "supervise: a payload that ends well on TERM is cancelled all the same" {
	mkfifo up
	id=$(spawn -- sh -c 'trap "exit 0" TERM; : >up; while :; do sleep 0.05; done')
	read -rt 60 _ <up || :
	touch "$(job_dir "$id")/cancel"
	assert_equal "$(end_of '"\(.state) \(.code)"' "$id")" "cancelled 0"
}

@test "supervise: what a payload leaves behind ends with it" {
	for m in $(methods); do
		id=$(spawn --wait -q --contain="$m" -- sh -c 'setsid sleep 1000 & (sleep 1000 &); trap "" TERM; sleep 1000 & exit 0')
		assert_equal "$m $(end_of '"\(.state) \(.code)"' "$id")" "$m succeeded 0"
		run -0 nothing_left "$id"
	done
}

@test "supervise: the time limit ends everything, under each containment" {
	write_wild
	for m in $(methods); do
		id=$(spawn --contain="$m" --timeout=1s --grace=200ms -- sh wild.sh)
		assert_equal "$m $(end_of '"\(.state) \(.stage)"' "$id")" "$m timed_out run"
		run -0 nothing_left "$id"
		assert_equal "$(jq -r .containment "$(job_dir "$id")/isolation.json")" "$m"
		run -0 lists_event "$id" deadline
		run -0 lists_event "$id" kill
	done
}

@test "supervise: the same for an ordinary user" {
	[ "$(id -u)" = 0 ] || skip "is one already"
	# Not below bats' own directory, which is closed to others.
	THEIRS=$(mktemp -d /tmp/jobdir-test.XXXXXX)
	cd "$THEIRS"
	write_wild
	chown -R 65534:65534 "$THEIRS"
	export JOBDIR_STATE=$THEIRS/state
	as() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$THEIRS" PATH="$PATH" "$@"; }
	as jobdir-spawn -n -- true >/dev/null || skip "an ordinary user cannot run the commands here"
	for m in pidns reaper; do
		id=$(as jobdir-spawn --wait -q --contain=$m -- true 3>&-) || { [ $m = pidns ] && continue; }
		assert_equal "$m $(jq -r .containment "$(job_dir "$id")/isolation.json")" "$m $m"
		id=$(as jobdir-spawn --contain=$m --timeout=1s --grace=200ms -- sh wild.sh 3>&-)
		assert_equal "$m $(end_of .state "$id")" "$m timed_out"
		run -0 nothing_left "$id"
		id=$(as jobdir-spawn --wait -q --contain=$m -- sh -c 'id -u; id -g; grep CapEff /proc/self/status' 3>&-)
		run -0 tail -n 3 "$(job_dir "$id")/log"
		assert_output $'65534\n65534\nCapEff:\t0000000000000000'
	done
}

@test "supervise: killed, it leaves nothing, and the job reads lost at once" {
	write_wild
	for m in $(methods); do
		id=$(spawn --contain="$m" -- sh wild.sh)
		wait_for 60 grep -q '^up' "$(job_dir "$id")/log"
		kill -9 "$(supervisor "$id")"
		wait_for 60 reads_lost "$id"	# as soon as the kernel has let go of the lock
		assert_equal "$(end_job_state "$id")" lost
		wait_for 60 nothing_left "$id"
		run -0 cat "$(job_dir "$id")/log"
	done
}

@test "supervise: killed, even who dropped its environment is ended, but not by a copy" {
	local nap=7$BASHPID		# of nobody else's
	for m in $(methods); do
		[ $m != reaper ] || continue	# nothing tells it from a stranger
		id=$(spawn --contain="$m" -- env -i sh -c '(trap "" TERM HUP; exec setsid sleep $0) & sleep 1000' $nap)
		wait_for 60 running "$id"
		wait_for 60 pgrep -f "^sleep $nap\$"
		dir=$(job_dir "$id")
		cp -a "$JOBDIR_STATE" copy
		JOBDIR_STATE=$PWD/copy run -102 jobdir-wait -q "$id"
		pgrep -f "^sleep $nap\$"
		kill -9 "$(supervisor "$id")"
		run -102 timeout 30 jobdir-wait -q "$id"
		run ! pgrep -f "^sleep $nap\$"
		group=$(jq -r '.cgroup // empty' "$dir/isolation.json")
		[ $m != cgroup ] || [ -n "$group" ]
		[ -z "$group" ] || [ ! -e "$group" ]
		rm -rf copy
	done
}

@test "supervise: killed, nobody of its namespace lives when lost is said" {
	methods | grep -qx pidns || skip 'no PID namespaces here'
	local id init theirs
	# Without a cookie to be found by, and the kernel takes a while to free what it has.
	cat >slow.py <<-'EOF'
		import signal
		b = b"x" * (512 << 20)
		print("up", flush=True)
		signal.pause()
	EOF
	for _ in 1 2 3; do
		id=$(spawn --contain=pidns -- env -i python3 slow.py)
		wait_for 30 grep -q '^up' "$(job_dir "$id")/log"
		theirs=$(jq .pid "$(job_dir "$id")/state.json")
		init=$(jq .init.pid "$(job_dir "$id")/isolation.json")
		[[ -d /proc/$theirs && -d /proc/$init ]]
		kill -9 "$(supervisor "$id")"
		run -102 timeout 30 jobdir-wait -q "$id"
		[ ! -e "/proc/$theirs" ]
		run ! grep -qs '^State:[[:space:]][^Z]' "/proc/$init/status"
	done
}

@test "supervise: killed between making its cgroup and saying so, it leaves none" {
	methods | grep -qx cgroup || skip 'no cgroup can be made here'
	"$BUILD/tests/fault" true || skip 'processes cannot be traced here'
	local id role n at
	"$BUILD/tests/fault" -t trace jobdir-spawn --contain=cgroup -- true >/dev/null 3>&-	# not the first
	role=$(sed -n 's/^# \([0-9.]*\) .*jobdir-supervise$/\1/p' trace | head -n 1)
	n=$(awk -v r="$role" '$1 == r && $3 == "mkdirat" { print $2 }' trace | tail -n 1)
	[ -n "$n" ]
	# At the call itself, and at those after it up to the note in isolation.json.
	for ((at = n; at < n + 12; at++)); do	# `run` takes i
		id=$("$BUILD/tests/fault" -k -r r -a "$role:$at" jobdir-spawn --contain=cgroup -- true 3>&- || :)
		[[ $(cat r) == reached* ]]
		run -102 timeout 30 jobdir-wait -q "$id"
		run find /sys/fs/cgroup -name "jobdir-$id-*"
		assert_output ''
	done
}

@test "supervise: what its processes were writing when they were ended goes with them" {
	# That of a stranger below data/ is his own.
	id=$(spawn --grace=50ms -- sh -c 'cd "$JOBDIR_JOB" && mkdir attempt-1 data && : >.tmp-phase &&
		: >attempt-1/.tmp-0123456789abcdef && : >data/.tmp-mine && echo up; exec sleep 1000')
	wait_for 10 grep -q '^up' "$(job_dir "$id")/log"
	run -0 jobdir-cancel -q "$id"
	wait_for 10 eval '[ "$(find "$(job_dir "$id")" -name ".tmp*" -printf "%P ")" = "data/.tmp-mine " ]'
}

@test "supervise: killed, even who forks and exits for ever is ended" {
	cat >chain.sh <<-'EOF'
		chain() {
			[ -e go ] || exit 0
			echo >>ticks
			chain &
			exit 0
		}
		: >go
		chain &
		wait
		exec sleep 1000
	EOF
	for m in $(methods); do
		for round in 1 2 3; do
			rm -f ticks
			id=$(spawn --contain="$m" -- sh chain.sh)
			wait_for 60 test -s ticks
			kill -9 "$(supervisor "$id")"
			run -102 timeout 30 jobdir-wait -q "$id"
			ticks=$(stat -c %s ticks)
			run ! wait_for 0 eval '[ "$(stat -c %s ticks)" != "$ticks" ]'	# a second, in vain
			rm go
		done
	done
}

@test "supervise: who obeys a cancel at once is not waited for until the grace is over" {
	for m in $(methods); do
		id=$(spawn --contain="$m" --grace=30s -- sleep 1000)
		wait_for 60 running "$id"
		run -0 timeout 25 jobdir-cancel "$id"
		assert_equal "$m $(end_of .signal "$id")" "$m 15"
	done
}

@test "supervise: a containment that is not to be had is refused, auto goes on without" {
	# In a user namespace of our own without a fresh one to be had.
	run -0 unshare -Ur sh -c "echo 0 >/proc/sys/user/max_pid_namespaces && echo set" || skip "no user namespaces"
	export JOBDIR_STATE=$PWD/s
	unshare -Ur sh -c "echo 0 >/proc/sys/user/max_pid_namespaces
		jobdir-spawn --wait -q --contain=pidns -- true
		mkdir -p '$HOME/.config/jobdir/recipes' '$HOME/work'
		echo 'echo ran' >'$HOME/.config/jobdir/recipes/r'
		jobdir-spawn --wait -q --cwd='$HOME/work' --recipe=r" >ids 2>/dev/null 3>&- || :
	id=$(sed -n 1p ids)
	assert_equal "$(end_of '"\(.state) \(.stage)"' "$id")" "failed start"
	run -0 jq -r .message "$(job_dir "$id")/end.json"
	assert_output --partial 'no PID namespace'
	[ ! -e "$(job_dir "$id")/isolation.json" ]
	id=$(sed -n 2p ids)
	assert_equal "$(end_of .state "$id")" succeeded
	run -0 jq -r .containment "$(job_dir "$id")/isolation.json"
	refute_output pidns
}

@test "supervise: secrets of the caller do not reach the log, nor any environment" {
	export MY_TOKEN=tok-abcdef-123456 ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789
	printf 'leak %s and %s\n' "$MY_TOKEN" "$ANTHROPIC_API_KEY" >leak
	mkfifo hold
	id=$(spawn -- sh -c 'cat leak; echo tok-abcdef-123456; cat hold')
	wait_for 60 running "$id"
	for p in "$(supervisor "$id")" "$(jq .pid "$(job_dir "$id")/state.json")"; do
		run ! grep -qa 'tok-abcdef' "/proc/$p/environ"
	done
	: >hold
	assert_equal "$(end_of .state "$id")" succeeded
	run -0 cat "$(job_dir "$id")/log"
	assert_output --partial 'leak [REDACTED:MY_TOKEN] and [REDACTED:ANTHROPIC_API_KEY]'
	run ! grep -rqa -e tok-abcdef -e sk-test-dummy "$(job_dir "$id")/log" "$(job_dir "$id")/end.json"
}

@test "supervise: if the redactor dies the job ends and says so" {
	id=$(spawn --grace=1s -- sh -c 'while :; do echo x; sleep 0.02; done')
	wait_for 60 running "$id"
	sup=$(supervisor "$id")
	# Of its two children one is the payload or its init, the other redacts:
	# that one shares our PID namespace and has no child.
	payload=$(jq .pid "$(job_dir "$id")/state.json")
	redactor=
	for c in $(cat "/proc/$sup/task/$sup/children"); do
		[ "$c" != "$payload" ] && [ -z "$(cat "/proc/$c/task/$c/children")" ] || continue
		assert_equal "$redactor" ''
		redactor=$c
	done
	kill -9 "$redactor"
	assert_equal "$(end_of .state "$id")" failed
	run -0 jq -r .message "$(job_dir "$id")/end.json"
	assert_output --partial redactor
	run -0 nothing_left "$id"
	run -0 lists_event "$id" redactor-died
}

@test "supervise: much output arrives whole" {
	id=$(spawn --wait -q -- sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line number $i of many"; i=$((i+1)); done')
	assert_equal "$(wc -l <"$(job_dir "$id")/log")" 20001
	assert_equal "$(tail -n1 "$(job_dir "$id")/log")" "line number 19999 of many"
}

@test "supervise: recipes get the service, an agent's login, redacted files" {
	mkdir -p "$HOME/.config/jobdir/recipes" "$HOME/work"
	cat >"$HOME/.config/jobdir/recipes/r" <<-'X'
		readlink /proc/self/fd/$JOBDIR_SERVICE
		env | grep -c ANTHROPIC_API_KEY
	X
	ANTHROPIC_API_KEY=sk-test-dummy-key-0123456789 run spawn --wait -q --cwd="$HOME/work" --recipe=r
	d=$(job_dir "$output")
	run -0 cat "$d/log"
	assert_line --regexp '^socket:'
	assert_line 0
	assert_equal "$(jq -r .containment "$d/isolation.json")" "$(methods | head -n1)"
}

@test "supervise: at rest it is small and uses no time" {
	id=$(spawn -- sleep 1000)
	wait_for 60 running "$id"
	sup=$(supervisor "$id")
	rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$sup/status")
	[[ $BUILD == *asan* ]] || [ "$rss" -le 2048 ]
	before=$(awk '{ print $14 + $15 }' "/proc/$sup/stat") switches=$(grep ctxt "/proc/$sup/status")
	read -rt 0.3 <> <(:) || :		# time for it to do nothing in
	assert_equal "$(grep ctxt "/proc/$sup/status")" "$switches"
	assert_equal "$(awk '{ print $14 + $15 }' "/proc/$sup/stat")" "$before"
	touch "$(job_dir "$id")/cancel"
	wait_for 60 ended "$id"
}
