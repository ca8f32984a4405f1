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
	cd / && rm -rf "$BATS_TEST_TMPDIR"
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
