# SPDX-License-Identifier: MIT
# walls.bats: what stands around a real job: secret files, caches, and sandboxes around us.
load lib/common

setup() {
	# Not below /tmp: what is there is out of an agent's sight anyhow.
	BATS_TEST_TMPDIR=$(mktemp -d /var/tmp/jobdir-walls.XXXXXX)
	cd "$BATS_TEST_TMPDIR"
	isolate
	ws=$BATS_TEST_TMPDIR/ws
	make_repo "$ws"
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/agent/claude ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	mkdir "${CLAUDE_BIN%/*}"
	echo 'Go.' >p
}

teardown() {
	cd /
	# The trash may be emptied meanwhile, and an overlay leaves directories that are closed.
	wait_for 60 eval 'chmod -R u+rwx "$BATS_TEST_TMPDIR" 2>/dev/null; rm -rf "$BATS_TEST_TMPDIR" 2>/dev/null'
}

# agent COMMANDS: what it prints comes to $TMPDIR/said of the job.
agent() {
	cat >"$CLAUDE_BIN" <<-C
		#!/bin/sh
		read -r line
		{ $1
		} >"\$TMPDIR/said" 2>&1
		echo '{"type":"result","is_error":false,"terminal_reason":"completed","structured_output":{"answer":"42"}}'
	C
	chmod 755 "$CLAUDE_BIN"
}

# job OPTION...: to its end; sets id, dir, said.
job() {
	id=$(jobdir-spawn --cwd="$ws" --prompt=p "$@" 3>&-)
	jobdir-wait "$id" || :
	dir=$(job_dir "$id")
	assert_equal "$(end_job_state "$id")" succeeded
	said=$(cat "$dir/tmp/said")
}

need_mounts() {
	jobdir-confine --probe | jq -e .mounts >/dev/null || skip 'no mount namespaces here'
}

@test "walls: sensitive files are closed in every place that may be read, as the policy says" {
	need_mounts
	for d in "$ws" context named listed; do
		mkdir -p "$d/sub/.ssh" "$d/secrets"
		echo "$d" | tee "$d/.env" "$d/sub/.env.local" "$d/secrets/x" "$d/k.pem" "$d/sub/.ssh/id" "$d/plain" >/dev/null
	done
	for d in "$ws" "$PWD/context" "$PWD/named" "$PWD/listed"; do
		files+=" $d/.env $d/sub/.env.local $d/secrets/x $d/k.pem $d/sub/.ssh/id $d/plain"
	done
	agent "for f in $files; do cat \"\$f\" >/dev/null 2>&1 && echo \"\${f#$PWD/}\"; done"
	plain=$'ws/plain\ncontext/plain\nnamed/plain\nlisted/plain'
	export JOBDIR_ALLOW_READ=$PWD/listed
	for level in strict default off; do
		echo "{\"sensitive\": \"$level\", \"add_dirs\": [\"$PWD/context\"]}" >params
		job --recipe=read --allow-read="$PWD/named" --params=params
		case $level in
		strict) assert_equal "$said" "$plain" ;;
		default) assert_equal "$(grep -vE 'pem$|/id$' <<<"$said")" "$plain"
			assert_equal "$(wc -l <<<"$said")" 12 ;;
		off) assert_equal "$(wc -l <<<"$said")" 24 ;;
		esac
	done
	# A file that a person names is what it is.
	job --recipe=read --allow-read="$PWD/named/.env" --param=sensitive=strict
	grep -x named/.env <<<"$said"
	# Closed to the agent, as they were to everyone else.
	assert_equal "$(cat context/.env "$ws/secrets/x")" "$(printf 'context\n%s' "$ws")"
}

@test "walls: a cache by opt-in is seen, written to, kept for the next round, and stays as it is" {
	need_mounts
	mkdir -p "$HOME/.cargo/registry" "$HOME/.npm" "$HOME/other"
	echo old | tee "$HOME/.cargo/registry/crate" "$HOME/.npm/p" >/dev/null
	echo secret | tee "$HOME/.cargo/credentials.toml" "$HOME/other/x" >/dev/null
	agent 'cat ~/.cargo/registry/crate ~/.npm/p; echo new >~/.cargo/registry/crate; rm ~/.npm/p; mkdir ~/.npm/_cacache; ls ~/.npm
		cat ~/.cargo/credentials.toml; ls ~/other; echo x >>a.txt
		touch "$TMPDIR/../caches/made"; for d in "$TMPDIR"/../caches/*; do touch "$d/upper/made"; done'
	export JOBDIR_CACHES=.cargo:$HOME/.npm:.absent
	echo '{"checks": [{"name": "again", "command": "grep -x new ~/.cargo/registry/crate && ! cat ~/.npm/p && ! cat ~/.cargo/credentials.toml", "shell": true}]}' >params
	job --recipe=write --params=params
	assert_equal "$(head -n 3 <<<"$said")" $'old\nold\n_cacache'
	refute_regex "$said" secret
	assert_equal "$(find "$dir/caches" -name made)" ''
	json '.passed' "$dir/checks.json"
	assert_equal "$(cat "$HOME/.cargo/registry/crate" "$HOME/.npm/p")" $'old\nold'
	assert_equal "$(ls -A "$HOME/.npm")" p
	first=$dir
	run grep -r 'read-only' "$dir/attempt-1/stderr.log"
	refute_output
	# Without the word nothing of it is there.
	unset JOBDIR_CACHES
	job --recipe=write
	refute_regex "$said" old
	[ -d "$first/caches" ]
	jobdir-tree -qf remove "${first##*/}"
	[ ! -e "$first/caches" ]
}

@test "walls: without namespaces a cache can be read only, which is said; a home is no cache" {
	mkdir -p "$HOME/.npm"
	echo old >"$HOME/.npm/p"
	agent 'cat ~/.npm/p; echo new >~/.npm/p; echo new >~/.npm/q'
	export JOBDIR_CACHES=.npm JOBDIR_DOOR=off
	id=$("$BUILD/tests/lesskernel" --no-ns jobdir-spawn --recipe=read --cwd="$ws" --prompt=p 3>&-)
	jobdir-wait "$id" || :
	dir=$(job_dir "$id")
	assert_equal "$(head -n 1 "$dir/tmp/said")" old
	assert_equal "$(cat "$HOME/.npm/p") $(ls "$HOME/.npm")" 'old p'
	grep -F "'$HOME/.npm' is read-only: no private view of it is to be had here" "$dir/attempt-1/stderr.log"
	JOBDIR_CACHES=$HOME run -0 jobdir-spawn --recipe=read --cwd="$ws" --prompt=p 3>&-
	jobdir-wait "$output" || :
	grep -F 'is no cache' "$(job_dir "$output")/log"
}

# level: what isolation.json of the job and doctor say, in that order.
level() {
	jq -c '[.containment, .mounts, .net, (.missing | length > 0)]' "$dir/isolation.json"
	CLAUDE_BIN=/nonexistent "$@" jobdir-doctor --json | jq -c '.checks[] | select(.name == "walls") | [.state, .mend != null, (.detail | test("full level"))]'
}

@test "walls: within bubblewrap a job has all of them" {
	need_mounts
	command -v bwrap >/dev/null || skip 'no bubblewrap'
	around=(bwrap --ro-bind / / --dev /dev --proc /proc --bind /var/tmp /var/tmp --tmpfs /dev/shm --unshare-pid --new-session)
	"${around[@]}" true || skip 'bubblewrap does not work here'
	echo secret | tee .outside "$ws/.env" >/dev/null
	git -C "$ws" add -f .env && git -C "$ws" commit -qm env
	agent "cat $PWD/.outside $ws/.env; cat .env; touch $PWD/made; echo x >>a.txt; cat a.txt"
	# The job must end before what is around it does.
	id=$("${around[@]}" sh -c 'id=$(jobdir-spawn "$@"); jobdir-wait "$id" >&2; echo "$id"' sh --recipe=write --cwd="$ws" --prompt=p 3>&-)
	dir=$(job_dir "$id")
	said=$(cat "$dir/tmp/said")
	refute_regex "$said" '(^|[^a-z])secret'
	[ ! -e made ]
	assert_equal "$(tail -n 1 <<<"$said")" x
	run level "${around[@]}"
	assert_output $'["pidns",true,"door",false]\n["ok",false,true]'
}

@test "walls: in a container without user namespaces the level is less, and honest" {
	echo secret | tee .outside >/dev/null
	agent "cat $PWD/.outside; touch $PWD/made; kill -0 \$PPID && echo signalled; echo x >>a.txt; cat a.txt"
	around=("$BUILD/tests/lesskernel" --no-ns)
	id=$("${around[@]}" jobdir-spawn --recipe=write --cwd="$ws" --prompt=p 3>&-)
	jobdir-wait "$id" || :
	dir=$(job_dir "$id")
	run level "${around[@]}"
	assert_line --index 0 --regexp '^\["(cgroup|reaper)",false,"port-only",true\]$'
	assert_line --index 1 '["warn",true,false]'
	CLAUDE_BIN=/nonexistent run "${around[@]}" jobdir-doctor
	assert_output --partial 'mend: permit user namespaces to the container or sandbox around us'
	json '.missing | index("mounts") != null' "$dir/isolation.json"
	said=$(cat "$dir/tmp/said")
	refute_regex "$said" '(^|[^a-z])secret'
	[ ! -e made ]
	assert_equal "$(tail -n 1 <<<"$said")" x
}

@test "walls: the same for an ordinary user" {
	[ "$(id -u)" = 0 ] || skip 'this is an ordinary user'
	run as_user test -r "$TOP/tests/walls.bats" -a -x "$BUILD/tests/lesskernel"
	[ "$status" = 0 ] || skip 'another user cannot read this directory'
	as_user unshare -Urm true || skip 'no user namespaces'
	cd "$TOP"
	run as_user bats -f 'walls: (sensitive|a cache)' tests/walls.bats
	assert_success
}

as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups env -u BATS_TEST_TMPDIR -u BATS_RUN_TMPDIR \
		-u BATS_SUITE_TMPDIR -u BATS_FILE_TMPDIR HOME=/nonexistent TMPDIR=/tmp \
		PATH="$BUILD/bin:$TOP/bin:/usr/local/bin:/usr/bin:/bin" "$@"
}
