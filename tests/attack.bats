# SPDX-License-Identifier: MIT
# attack.bats: a hostile agent in a real job: what it tries (tests/lib/attack.c) and what
# comes through is what jobdir(7) SECURITY and README.md list, no more and no less.
load lib/common

setup() {
	# Not below /tmp: what is there is out of an agent's sight anyhow.
	BATS_TEST_TMPDIR=$(mktemp -d /var/tmp/jobdir-attack.XXXXXX)
	isolate
	ATTACK=$BUILD/tests/attack
	ws=$BATS_TEST_TMPDIR/ws agent=$BATS_TEST_TMPDIR/agent out=$BATS_TEST_TMPDIR/outside
	PIDS=() LESS=()
}

teardown() {
	local r
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || touch "$r/cancel"
	done
	[ ${#PIDS[@]} = 0 ] || { kill "${PIDS[@]}" && wait "${PIDS[@]}"; } || :
	cd / && rm -rf "$BATS_TEST_TMPDIR"
	rm -f /dev/shm/attack-$$ "/tmp/attack-$$"
}

# victims: what is outside and must stay as it is. Its listeners, its terminal, its memory.
victims() {
	make_repo "$ws"
	mkdir -p "$agent" "$out" "$HOME"/{.ssh,.claude,.codex} "$ws/node_modules/dep"
	echo node_modules >"$ws/.gitignore"
	echo 'secret=1' >"$ws/.env"
	git -C "$ws" add -Af .gitignore .env && git -C "$ws" commit -qm more
	echo 1 >"$ws/node_modules/dep/index.js"
	echo secret >"$out/file"
	ln -s file "$out/link"
	echo secret | tee "$HOME/.ssh/id_rsa" "$HOME/.claude/.credentials.json" "$HOME/.claude/settings.json" >/dev/null
	echo secret | tee /dev/shm/attack-$$ "/tmp/attack-$$" >/dev/null
	chmod 600 /dev/shm/attack-$$ "/tmp/attack-$$"
	cp "$ATTACK" "$agent/claude"
	cp "$ATTACK" "$agent/suid" && chmod 4755 "$agent/suid"
	python3 "$TOP/tests/lib/victim.py" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/victim" 3>&- &
	PIDS+=($!)
	wait_for 60 grep -q ready "$BATS_TEST_TMPDIR/victim"
	before=$(outside_now)
}

# Contents, modes, times and names of all that the agent has no business with.
outside_now() {
	(cd "$BATS_TEST_TMPDIR" && find outside home ws ! -path ws/.git ! -path home -printf '%p %y %m %s %T@ %l\n' |
		sort; find outside home ws -type f -exec sha256sum {} + | sort)
}

# attacked RECIPE [OPTION...]: the job, run to its end; sets id, dir, rows.
attacked() {
	local recipe=$1 other
	shift
	victims
	other=$(jobdir-spawn -- true 3>&-)
	jobdir-wait "$other"
	export CLAUDE_BIN=$agent/claude ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	ANTHROPIC_BASE_URL=http://127.0.0.1:$(sed -n 's/^doorport=//p' "$BATS_TEST_TMPDIR/victim")
	export ANTHROPIC_BASE_URL
	mkfifo "$agent/go"
	# The targets name the job, which has no name yet: the agent waits for them.
	echo 'Try.' >"$BATS_TEST_TMPDIR/prompt"
	printf '#!/bin/sh\nread -r _ <"%s/go"\nexec "%s/attack" "$@"\n' "$agent" "$agent" >"$agent/claude"
	cp "$ATTACK" "$agent/attack"
	id=$("${LESS[@]}" jobdir-spawn --recipe="$recipe" --cwd="$ws" --prompt="$BATS_TEST_TMPDIR/prompt" "$@" 3>&-)
	dir=$(job_dir "$id")
	{
		grep = "$BATS_TEST_TMPDIR/victim"
		echo "mode=$recipe
home=$HOME
state=$JOBDIR_STATE
job=$dir
tree=$dir/tree
workspace=$ws
masked=$([ "$recipe" = write ] && echo "$dir/tree" || echo "$ws")
otherjob=$(job_dir "$other")
outside=$out
agent=$agent
shm=/dev/shm/attack-$$
hosttmp=/tmp/attack-$$"
	} >"$agent/targets.new"
	mv "$agent/targets.new" "$agent/targets"
	timeout 60 sh -c 'echo go >"$1"' sh "$agent/go"
	run jobdir-wait "$id"
	rows=$(cat "$dir/tmp/rows")
	echo "$rows" | grep -vE 'refused|works' || :
	cat "$dir/isolation.json"
}

# listed FILE GROUP...: the names of what jobdir(7) says is allowed.
listed() {
	local f=$1 g
	shift
	for g; do
		sed -n "/allowed begin ($g)/,/allowed end/p" "$f" | grep -oE '`[a-z-]+`|^\.It Cm [a-z-]+' |
			sed 's/^\.It Cm //; s/`//g'
	done | sort
}

# judge: the rows against the documented list, both ways; what must work works.
judge() {
	local groups=(always) page now
	[ "$(id -u)" = 0 ] && groups+=(root) || groups+=(user)
	[ "$(json .net "$dir/isolation.json")" = door ] || groups+=(port-only)
	if [ "$(json .mounts "$dir/isolation.json" || :)" != true ]; then
		groups+=(no-mounts)
		[ "$(id -u)" != 0 ] || groups+=(no-mounts-root)
		rows=$(grep -vE '^own-(places|terminal) ' <<<"$rows")	# neither /tmp nor terminals
	fi
	[ "$(json .scope "$dir/isolation.json" || :)" = true ] || groups+=(no-scope)
	[ "$(json .pidns "$dir/isolation.json" || :)" = true ] || groups+=(no-pidns)
	run grep -E 'broken' <<<"$rows"
	refute_output
	assert [ "$(grep -cE 'allowed|refused' <<<"$rows")" -gt 90 ]
	for page in "$TOP/man/jobdir.7" "$TOP/README.md"; do
		assert_equal "$(sed -n 's/ allowed$//p' <<<"$rows" | sort)" "$(listed "$page" "${groups[@]}")"
	done
	# Without mounts modes and times are not held, the contents are, all but of what was masked.
	now=$(outside_now)
	if [[ " ${groups[*]} " = *' no-mounts '* ]]; then
		before=$(grep -E '^[0-9a-f]{64} ' <<<"$before" | grep -v '/.env')
		now=$(grep -E '^[0-9a-f]{64} ' <<<"$now" | grep -v '/.env')
	fi
	assert_equal "$now" "$before"
	[ ! -e "/tmp/own" ] || fail 'wrote into the /tmp of the machine'
	kill -0 "${PIDS[0]}"
}

@test "attack: the agent of a read job" {
	attacked read
	judge
}

@test "attack: the agent of a write job" {
	attacked write
	judge
}

@test "attack: on Landlock 2 (Debian 12) the walls are as high" {
	LESS=("$BUILD/tests/lesskernel" --abi=2)
	attacked write
	assert_equal "$(json .landlock_abi "$dir/isolation.json")" 2
	assert_equal "$(json .net "$dir/isolation.json")" door
	judge
}

@test "attack: without namespaces less is refused, as it is listed" {
	LESS=("$BUILD/tests/lesskernel" --no-ns)
	JOBDIR_DOOR=off attacked read	# the port is known then
	assert_equal "$(json .mounts "$dir/isolation.json" || :)" false
	judge
}

@test "attack: without Landlock a write job refuses, a read job warns, off is off" {
	victims
	LESS=("$BUILD/tests/lesskernel" --abi=0)
	printf '#!/bin/sh\nread -r line; : >"$TMPDIR/ran"\necho %s\n' \
		"'{\"type\":\"result\",\"is_error\":false,\"terminal_reason\":\"completed\",\"structured_output\":{\"answer\":\"42\"}}'" >"$agent/claude"
	export CLAUDE_BIN=$agent/claude ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	echo 'Try.' >p
	job() {
		id=$("${LESS[@]}" jobdir-spawn --cwd="$ws" --prompt=p "$@" 3>&-)
		dir=$(job_dir "$id")
		jobdir-wait "$id" || :
	}
	job --recipe=write
	assert_equal "$(json .code "$dir/end.json")" 103
	grep -F 'this system cannot confine files outside (Landlock)' "$dir/log"
	[ ! -e "$dir/tmp/ran" ]
	job --recipe=write --confine=prefer
	[ -e "$dir/tmp/ran" ]
	job --recipe=read
	assert_equal "$(end_job_state "$id")" succeeded
	run -0 jobdir-result --tool=claude_result --cwd="$ws" --job-id="$id"
	json '.warnings | map(select(startswith("not enforced while the agent ran: fs"))) | length == 1' <<<"$output"
	json '.result.isolation.missing | index("fs") != null' <<<"$output"
	job --recipe=read --confine=require
	assert_equal "$(json .code "$dir/end.json")" 103
	job --recipe=write --confine=off
	[ -e "$dir/tmp/ran" ]
	sed -i 's,: >"$TMPDIR/ran",: >"$TMPDIR/ran"; : >"'"$out"'/made",' "$agent/claude"
	LESS=()
	job --recipe=write
	[ -e "$dir/tmp/ran" ] && [ ! -e "$out/made" ]
	job --recipe=write --confine=off
	[ -e "$out/made" ]
}

# family PID: it and all below it.
family() {
	local c
	echo "$1"
	for c in $(cat /proc/"$1"/task/*/children 2>/dev/null); do family "$c"; done
}

@test "attack: the key is in no process and no file of a job; no core of ours can be had" {
	make_repo "$ws"
	mkdir -p "$agent"
	printf '#!/bin/sh\nread -r line\n: >"$TMPDIR/up"\nexec sleep 1000\n' >"$agent/claude"
	chmod 755 "$agent/claude"
	export CLAUDE_BIN=$agent/claude ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	echo 'Try.' >p
	id=$(jobdir-spawn --recipe=read --cwd="$ws" --prompt=p 3>&-)
	dir=$(job_dir "$id")
	wait_for 60 test -e "$dir/tmp/up"
	assert_equal "$(json .net "$dir/isolation.json")" door
	mapfile -t all < <(family "$(json .supervisor_pid "$dir/state.json")")
	assert [ ${#all[@]} -ge 6 ]
	for pid in "${all[@]}"; do
		name=$(cat /proc/"$pid"/comm)
		run grep -sqF very-secret /proc/"$pid"/environ /proc/"$pid"/cmdline
		assert_failure
		case $name in
		jobdir-superv* | jobdir-gatew* | jobdir-init)
			seen+=" $name"
			# Of what is not dumpable the files in /proc are root's.
			[ "$(id -u)" = 0 ] || assert_equal "$name $(stat -c %u /proc/"$pid"/environ)" "$name 0"
			;;
		sleep)
			seen+=" $name"
			run -0 grep -E '^Max core file size +0 +0 ' /proc/"$pid"/limits
			;;
		esac
	done
	for name in jobdir-superv jobdir-gatew sleep; do
		assert_regex "$seen" "$name"
	done
	run grep -rlF very-secret "$JOBDIR_STATE"
	refute_output
	touch "$dir/cancel"
	jobdir-wait "$id" || :
}

@test "attack: in a sandbox without network a job is refused at once, with the reason" {
	make_repo "$ws"
	echo 'Try.' >p
	run -103 "$BUILD/tests/lesskernel" --no-net jobdir-spawn --recipe=read --cwd="$ws" --prompt=p
	assert_output 'jobdir-spawn: no network in this sandbox: start me as an MCP server, or outside of it'
	"$BUILD/tests/lesskernel" --no-net jobdir-spawn --wait -- true 3>&-
}

@test "attack: the same for an ordinary user" {
	[ "$(id -u)" = 0 ] || skip 'this is an ordinary user'
	user() {
		setpriv --reuid=65534 --regid=65534 --clear-groups env -u BATS_TEST_TMPDIR -u BATS_RUN_TMPDIR \
			-u BATS_SUITE_TMPDIR -u BATS_FILE_TMPDIR HOME=/nonexistent TMPDIR=/tmp \
			PATH="$BUILD/bin:$TOP/bin:/usr/local/bin:/usr/bin:/bin" "$@"
	}
	user test -r "$TOP/tests/attack.bats" -a -x "$BUILD/tests/attack" || skip 'another user cannot read this directory'
	user unshare -Urm true || skip 'no user namespaces'
	cd "$TOP"
	run user bats -f 'attack: the (agent|key)' tests/attack.bats
	assert_success
}
