#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Dependencies that git ignores, in the tree of a job: read-only, never a part
# of the change. With a recipe of the user's own.

load lib/common

setup() {
	isolate
	make_repo ws
	mkdir -p ws/node_modules/dep "ws/vendor" "$HOME/.config/jobdir/recipes"
	printf 'node_modules/\n/vendor/\n' >ws/.gitignore
	echo 'module' >ws/node_modules/dep/index.js
	ln -s ../../a.txt ws/node_modules/dep/link
	git -C ws add .gitignore
	git -C ws commit -qm ignore
	cat >"$HOME/.config/jobdir/recipes/probe" <<-'R'
		jobdir-tree make "$JOBDIR_JOB" || exit
		cd "$JOBDIR_JOB/tree" || exit
		cat node_modules/dep/index.js
		(echo x >node_modules/dep/index.js) 2>/dev/null && echo WRITTEN
		(touch node_modules/new) 2>/dev/null && echo CREATED
		rm -rf node_modules/dep 2>/dev/null
		echo change >>a.txt
		jobdir-diff --seal --name-status "$JOBDIR_JOB"
	R
}

probe() { # probe COMMAND...: run it with the command before spawn
	id=$("$@" jobdir-spawn --wait -q --recipe=probe --cwd="$BATS_TEST_TMPDIR/ws") || {
		cat "$(job_dir "$id")/log"
		return 1
	}
	dir=$(job_dir "$id")
	cat "$dir/log"
}

shared_and_safe() {
	assert_line module
	refute_line WRITTEN
	refute_line CREATED
	assert_equal "$(cat ws/node_modules/dep/index.js)" module
	assert_equal "$(ls ws/node_modules)" dep
	assert_equal "$(jq -c '[.files[].path]' "$dir/changes.json")" '["a.txt"]'
	# outside of the job nothing is mounted
	assert_equal "$(ls -A "$dir/tree/node_modules")" ''
	run ! grep -F "$dir" /proc/self/mountinfo
}

@test "share: node_modules is in the tree, read-only, and in no change" {
	unshare -Ur true || skip 'no user namespaces here'
	id= dir=
	probe >out || { cat out; false; }
	output=$(cat out)
	lines=()
	mapfile -t lines <out
	dir=$(echo "$JOBDIR_STATE"/jobs/*/job-*)
	shared_and_safe
}

@test "share: the same for an ordinary user" {
	[ "$(id -u)" = 0 ] || skip 'the test above was it'
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Ur true || skip 'no user namespaces here'
	chown -R 65534:65534 "$BATS_TEST_TMPDIR"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/test "$BATS_TEST_TMPDIR" 2>/dev/null || :
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
	probe setpriv --reuid=65534 --regid=65534 --clear-groups >out || { cat out; false; }
	mapfile -t lines <out
	output=$(cat out)
	dir=$(echo "$JOBDIR_STATE"/jobs/*/job-*)
	assert_equal "$(json .userns "$dir/isolation.json")" true
	shared_and_safe
}

@test "share: without a mount namespace the job goes on and says so" {
	cp -r ws keep
	id=$(jobdir-spawn --recipe=probe --contain=reaper --cwd="$PWD/ws")
	jobdir-wait -q "$id" || :
	dir=$(job_dir "$id")
	grep -q 'cannot be shared' "$dir/log"
	assert_equal "$(jq -c '[.files[].path]' "$dir/changes.json")" '["a.txt"]'
	diff -r ws/node_modules keep/node_modules
}
