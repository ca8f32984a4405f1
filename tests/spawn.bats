# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
}

spawn() {
	jobdir-spawn "$@" 3>&-
}

ended() {
	[[ -n $(end_job_state "$1") ]]
}

@test "spawn: the id is printed last, alone, and the job is whole" {
	run -0 --separate-stderr spawn --name='a name' -- echo hello
	assert_output --regexp '^job-[0-9]{8}-[0-9]{6}-[a-z2-7]{8}$'
	assert_equal "$stderr" ""
	d=$(job_dir "$output")
	run -0 jq -r '.format, .id, .recipe, .name, .cwd, (.argv | join(",")), .slots, .depth' "$d/job.json"
	assert_output "1
${d##*/}
command
a name
$PWD
echo,hello
4
1"
	wait_for 60 ended "${d##*/}"
	run -0 cat "$d/log"
	assert_output $'$ echo hello\nhello'
	assert_equal "$(stat -c %a "$d" "$d/job.json" "$d/lock" | tr '\n' ' ')" "700 600 600 "
}

@test "spawn: a stray descriptor does not hang the caller" {
	# Descriptor 3 is bats' own: who keeps it keeps bats waiting.
	id=$(jobdir-spawn -- sh -c ': >up; exec sleep 1000')	# no 3>&- here
	bats=$(readlink /proc/self/fd/3)
	wait_for 60 test -e up
	seen=0
	for pid in $(pgrep -x 'jobdir-supervis|sleep'); do
		grep -qsaF "$JOBDIR_STATE" "/proc/$pid/environ" || continue
		run -0 ls -l "/proc/$pid/fd"
		refute_output --partial "-> $bats"
		seen=$((seen + 1))
	done
	[ "$seen" -ge 2 ]
	touch "$(job_dir "$id")/cancel"
	wait_for 60 ended "$id"
}

@test "spawn: what it links, and that running/ goes away" {
	make_repo repo
	id=$(cd repo/src && spawn -- sleep 1000)
	d=$(job_dir "$id")
	assert_equal "$(readlink -f "$JOBDIR_STATE/running/$id")" "$d"
	ws=$(jq -r .workspace.slug "$d/job.json")
	assert_equal "$(readlink -f "$JOBDIR_STATE/workspaces/$ws"/*/"$id")" "$d"
	assert_equal "$(cat "$JOBDIR_STATE/workspaces/$ws/path")" "$PWD/repo/.git"
	assert_equal "$(jq -r .workspace.root "$d/job.json")" "$PWD/repo"
	assert_equal "$(jq -r .workspace.prefix "$d/job.json")" "src/"
	touch "$d/cancel"
	wait_for 60 ended "$id"
	wait_for 60 test ! -L "$JOBDIR_STATE/running/$id"
}

@test "spawn: the workspace is what git says it is" {
	make_repo repo
	git -C repo worktree add -q "$PWD/linked"
	git init -q --bare bare.git
	mkdir -p plain repo/src/deep
	for dir in repo repo/src/deep linked; do
		run -0 jobdir-spawn -n --cwd="$dir" -- true
		job=${lines[2]}
		want=$(git -C "$dir" rev-parse --path-format=absolute --show-toplevel --git-common-dir --show-prefix)
		assert_equal "$(jq -r '.workspace | .root, .common, .prefix' <<<"$job")" "$want"
	done
	for dir in plain bare.git repo/.git; do
		run -0 jobdir-spawn -n --cwd="$dir" -- true
		run -0 jq -e '.workspace == null' <<<"${lines[2]}"
	done
}

@test "spawn: git is not run for a command" {
	make_repo repo
	mkdir fake
	printf '#!/bin/sh\ntouch %q\n' "$PWD/git-was-run" >fake/git
	chmod +x fake/git
	PATH=$PWD/fake:$PATH run -0 spawn --wait -q --cwd=repo -- true
	[ ! -e git-was-run ]
}

@test "spawn: -n says what would run and makes nothing" {
	run -0 jobdir-spawn -n --cwd=/ --param=a=b -- printf '%s\n' "it's" ''
	assert_line --index 0 'cd /'
	assert_line --index 1 "printf '%s\\n' 'it'\\''s' ''"
	run -0 jq -r '.params.a' <<<"${lines[2]}"
	assert_output b
	[ ! -e "$JOBDIR_STATE" ]
}

@test "spawn: parameters, from a file and by name, with odd bytes" {
	echo '{"n": 3, "list": [1, {"x": null}], "s": "file"}' >p.json
	run -0 jobdir-spawn -n --params=p.json --param=s=$'line\nbreak \x01 "q" \xc3\xa9' --param=s2==x= -- true
	job=${lines[-1]}
	assert_equal "$(jq -c '.params.n, .params.list' <<<"$job")" $'3\n[1,{"x":null}]'
	assert_equal "$(jq -r '.params.s' <<<"$job")" $'line\nbreak \x01 "q" \xc3\xa9'
	assert_equal "$(jq -r '.params.s2' <<<"$job")" "=x="
	run -100 --separate-stderr jobdir-spawn --param=$'s=\xff' -- true
	assert_equal "${#stderr_lines[@]}" 1
	run -100 jobdir-spawn --param=novalue -- true
	echo '[1]' >p.json
	run -100 jobdir-spawn --params=p.json -- true
	assert_output --partial 'not an object'
	echo '{"a":1,"a":2}' >p.json
	run -100 jobdir-spawn --params=p.json -- true
	assert_output --partial 'duplicate'
	[ ! -e "$JOBDIR_STATE" ]
}

@test "spawn: a prompt of 200 kB, one that starts with a dash, one from stdin" {
	head -c 200000 /dev/urandom | base64 -w0 | head -c 200000 >big
	id=$(spawn --prompt=big -- true)
	cmp big "$(job_dir "$id")/prompt.md"
	printf -- '--help me\n' >dash
	id=$(spawn --prompt=dash -- true)
	cmp dash "$(job_dir "$id")/prompt.md"
	id=$(printf -- '-n\0x' | spawn --prompt=- -- true)
	printf -- '-n\0x' | cmp - "$(job_dir "$id")/prompt.md"
	run -100 spawn --prompt=absent -- true
	assert_output --partial "cannot open 'absent'"
}

@test "spawn: a name with a newline, arguments with every kind of quote" {
	id=$(spawn --wait -q --name=$'two\nlines' -- printf '%s.' $'a\nb' "'" '"' '' '$x' '`')
	assert_equal "$(jq -r .name "$(job_dir "$id")/job.json")" $'two\nlines'
	run -0 cat "$(job_dir "$id")/log"
	assert_line --index 1 --partial 'a'
	assert_output --partial $'a\nb.\'.".'
	assert_output --partial '$x.`.'
}

@test "spawn: usage errors are one line and 100" {
	for args in '' '--contain=jail -- true' '--timeout=0 -- true' '--timeout=x -- true' '--recipe=nosuch' \
		'--recipe=../x' '--recipe=read -- true' '--env=1X=y -- true' '--env=NOT_SET_HERE -- true' '--bogus'; do
		# shellcheck disable=SC2086
		run -100 --separate-stderr jobdir-spawn $args
		assert_equal "$args: ${#stderr_lines[@]}" "$args: 1"
		assert_equal "$output" ""
	done
	for bad in 0 101 x 4.5 ' 4'; do
		MAX_RUNNING_JOBS=$bad run -100 jobdir-spawn -- true
		assert_output --partial MAX_RUNNING_JOBS
	done
	[ ! -e "$JOBDIR_STATE" ]
}

@test "spawn: environment: sanitised, --env added, never a secret" {
	export PLAIN=x MY_API_TOKEN=verysecretvalue1 HIDDEN=h JOBDIR_ID=job-outer JOBDIR_SERVICE=7
	run -103 jobdir-spawn --env=MY_API_TOKEN -- true
	refute_output --partial verysecret
	id=$(spawn --wait -q --env=PLAIN --env=OTHER=1 --env=OTHER=2 -- env)
	run -0 cat "$(job_dir "$id")/log"
	assert_line PLAIN=x
	assert_line OTHER=2
	assert_line "JOBDIR_ID=$id"
	assert_line "JOBDIR_JOB=$(job_dir "$id")"
	assert_line "JOBDIR_STATE=$JOBDIR_STATE"
	assert_line BRIDGE_DEPTH=1
	refute_output --regexp '(HIDDEN|MY_API_TOKEN|JOBDIR_SERVICE)='
	BRIDGE_DEPTH=1 run -0 jobdir-spawn -n -- true
	assert_equal "$(jq .depth <<<"${lines[-1]}")" 2
}

@test "spawn: two of one request are one job with --dedupe" {
	make_repo repo
	a=$(spawn --dedupe --cwd=repo --state=s1 -- sleep 1000)
	run -0 --separate-stderr spawn --dedupe --cwd=repo --state=s1 -- sleep 1000
	assert_equal "$output" "$a"
	assert_equal "$stderr" "jobdir-spawn: deduped: an active job answers the same request"
	run -0 --separate-stderr spawn --dedupe --json --cwd=repo --state=s1 -- sleep 1000
	assert_equal "$output" "{\"job_id\":\"$a\",\"deduped\":true}"
	for other in '--state=s2' '--state=s1 --timeout=9s' '--state=s1 --param=a=b' '--state=s1 --name=x'; do
		# shellcheck disable=SC2086
		b=$(spawn --dedupe --cwd=repo $other -- sleep 1000)
		[ "$b" != "$a" ]
		touch "$(job_dir "$b")/cancel"
		wait_for 60 ended "$b"
	done
	touch "$(job_dir "$a")/cancel"
	wait_for 60 ended "$a"
	b=$(spawn --dedupe --cwd=repo --state=s1 -- sleep 1000)
	[ "$b" != "$a" ]
	touch "$(job_dir "$b")/cancel"
	wait_for 60 ended "$b"
}

@test "spawn: many at once with --dedupe still make one job" {
	make_repo repo
	for _ in 1 2 3 4 5 6; do
		spawn --dedupe -q --cwd=repo -- sleep 1000 >>ids &
		pids+=($!)
	done
	wait "${pids[@]}"
	assert_equal "$(sort -u ids | wc -l) $(wc -l <ids)" "1 6"
	touch "$(job_dir "$(head -n1 ids)")/cancel"
	wait_for 60 ended "$(head -n1 ids)"
}

@test "spawn: an agent without a prompt became a job that failed later" {
	for r in read review write; do
		run -100 --separate-stderr jobdir-spawn --recipe=$r
		assert_equal "$stderr" "jobdir-spawn: the recipe '$r' wants --prompt=FILE, '-' for standard input"
		run -100 --separate-stderr jobdir-spawn --recipe=$r --prompt=- </dev/null
		assert_equal "$stderr" "jobdir-spawn: the prompt '-' is empty"
	done
	[ ! -e "$JOBDIR_STATE/jobs" ] || [ -z "$(ls "$JOBDIR_STATE/jobs")" ]
}

@test "spawn: a bad --params or recipe was refused without its name" {
	echo '[1' >p.json
	run -100 --separate-stderr jobdir-spawn --params=p.json -- true
	assert_regex "$stderr" "^jobdir-spawn: --params: 'p.json': "
	run -100 --separate-stderr jobdir-spawn --recipe=nosuch
	assert_regex "$stderr" "^jobdir-spawn: no recipe 'nosuch': .*~/.config/jobdir/recipes"
	assert_equal "${#stderr_lines[@]}" 1
}

@test "spawn: no place for jobs is one clear line and 111" {
	unset JOBDIR_STATE
	run -111 --separate-stderr env -u HOME jobdir-spawn -- true
	assert_equal "$stderr" "jobdir-spawn: no place for jobs: neither JOBDIR_STATE nor HOME is set"
	JOBDIR_STATE=relative run -111 --separate-stderr jobdir-spawn -- true
	assert_equal "$stderr" "jobdir-spawn: no place for jobs: JOBDIR_STATE is not an absolute path"
	[ ! -e relative ]
	# Without HOME, but told where, all is well.
	run -0 env -u HOME JOBDIR_STATE="$PWD/s" jobdir-spawn --wait -q -- true 3>&-
}

@test "a state root that cannot be used was called a missing job, or not named" {
	for c in list 'show x' 'wait x' 'cancel x' 'tail x' 'result x' 'diff x' 'tree path x' 'apply x' clean; do
		# shellcheck disable=SC2086
		JOBDIR_STATE=relative run -111 --separate-stderr jobdir-${c%% *} ${c#"${c%% *}"}
		assert_equal "$stderr" "jobdir-${c%% *}: no place for jobs: JOBDIR_STATE is not an absolute path"
		# shellcheck disable=SC2086
		JOBDIR_STATE=/dev/null run -111 --separate-stderr jobdir-${c%% *} ${c#"${c%% *}"}
		assert_equal "$stderr" "jobdir-${c%% *}: the state root '/dev/null': Not a directory"
	done
	unset JOBDIR_STATE
	run -111 --separate-stderr env -u HOME jobdir-list
	assert_equal "$stderr" "jobdir-list: no place for jobs: neither JOBDIR_STATE nor HOME is set"
}

@test "spawn: below a read-only directory it said that the root is absent, not why" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir ro
	run -0 unshare -m sh -c "mount -t tmpfs -o ro none ro && HOME=$PWD/ro; export HOME; unset JOBDIR_STATE
		jobdir-spawn -- true 2>err; echo \$?; cat err"
	assert_output "111
jobdir-spawn: the state root '$PWD/ro/.local/state/jobdir': Read-only file system"
}

@test "spawn: read-only state root: one line, 111, nothing left" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir ro
	JOBDIR_STATE=$PWD/ro run -0 spawn --wait -q -- true
	run -0 unshare -m sh -c "mount --bind ro ro && mount -o remount,bind,ro ro && ls -R ro >before;
		JOBDIR_STATE=$PWD/ro jobdir-spawn -- true 2>err; echo \$?; ls -R ro >after; cmp before after"
	assert_output 111
	assert_equal "$(wc -l <err)" 1
	run -0 cat err
	assert_output --partial 'Read-only file system'
}

@test "spawn: full disk: one line, 111, nothing left" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir small
	run -0 unshare -m sh -c "mount -t tmpfs -o size=256k none small && mkdir small/s &&
		head -c 220000 /dev/zero >small/fill;
		JOBDIR_STATE=$PWD/small/s jobdir-spawn -- true 2>err; echo \$?
		find small/s -name 'job-*' -o -name '.new*'"
	assert_output 111
	assert_equal "$(wc -l <err)" 1
	run -0 cat err
	assert_output --partial 'No space left on device'
}

@test "spawn: a full disk does not keep a running job from its record" {
	[ "$(id -u)" = 0 ] || skip "needs root to mount"
	mkdir small
	mkfifo go
	run -0 unshare -m sh -c "mount -t tmpfs -o size=512k none small &&
		id=\$(JOBDIR_STATE=$PWD/small/s jobdir-spawn -- cat go 3>&-) &&
		until grep -q cat small/s/jobs/*/\$id/log 2>/dev/null; do :; done
		head -c 1000000 /dev/zero >small/fill 2>/dev/null; : >go
		JOBDIR_STATE=$PWD/small/s timeout 120 jobdir-wait -q \$id
		cat small/s/jobs/*/\$id/end.json"
	assert_output --partial '"state":"succeeded"'
}

@test "spawn: killed before it publishes, it leaves no job and no process" {
	mkfifo block
	# fsync of the parent directory is the last step; 8 places before it.
	for n in 1 2 3; do
		run strace -qqq -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when="$n" jobdir-spawn -- sh -c 'echo x >started' 3>&-
		assert_equal "$status" 137
	done
	settled() {
		for d in "$JOBDIR_STATE"/jobs/*/job-*; do
			[[ ! -d $d ]] || [[ -e $d/end.json ]] || return 1
		done
		# What is hidden has no holder of its lock any more.
		! pgrep -f "[j]obdir-supervise" | while read -r p; do
			tr '\0' '\n' <"/proc/$p/environ" 2>/dev/null | grep -qF "$JOBDIR_STATE" && echo "$p"
		done | grep -q .
	}
	wait_for 60 settled
}

@test "spawn: TERM while it works still ends in a job and its id" {
	run -0 spawn --wait -q -- true		# the state root is there
	run -143 strace -qqq -o /dev/null -e trace=fsync -e inject=fsync:signal=TERM:when=1 jobdir-spawn -- true 3>&-
	assert_output --regexp '^job-'
	wait_for 60 ended "$output"
	assert_equal "$(end_job_state "$output")" succeeded
}

@test "spawn: --wait exits with the job's outcome" {
	run -0 spawn --wait -q -- true
	run -1 spawn --wait -q -- false
}

@test "spawn: recipes: ours first, the user's own beside them" {
	mkdir -p "$HOME/.config/jobdir/recipes"
	printf 'echo "mine $JOBDIR_ID"; pwd; command -v jobdir-spawn; printf secret | cat\n' >"$HOME/.config/jobdir/recipes/mine"
	echo 'echo shadowed' >"$HOME/.config/jobdir/recipes/read"
	mkdir "$HOME/work" && id=$(spawn --wait -q --cwd="$HOME/work" --recipe=mine)
	d=$(job_dir "$id")
	run -0 cat "$d/log"
	assert_line "mine $id"
	assert_line "$d"
	assert_line --regexp '/bin/jobdir-spawn$'
	run -0 jobdir-spawn -n --cwd="$HOME/work" --recipe=read --prompt=- <<<'Why?'
	refute_output --partial .config
}

@test "spawn: cleaning starts by itself once a day at most" {
	run -0 spawn --wait -q -- true
	[ -e "$JOBDIR_STATE/cleaned" ]
	touch -d '2 days ago' "$JOBDIR_STATE/cleaned"
	run -0 spawn --wait -q -- true
	[ "$JOBDIR_STATE/cleaned" -nt "$HOME" ]
}

@test "spawn: an empty name and an empty program are refused, and make no job" {
	run -100 --separate-stderr jobdir-spawn --name= -- true
	assert_equal "$stderr" 'jobdir-spawn: --name is empty'
	run -100 --separate-stderr jobdir-spawn -- ''
	assert_equal "$stderr" "jobdir-spawn: the program's name is empty"
	run -100 --separate-stderr jobdir-spawn ''
	run -0 jobdir-list
	assert_output ''
}
