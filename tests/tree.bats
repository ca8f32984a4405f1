#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-tree: making the isolated tree, from every kind of workspace.
load lib/common
load lib/treejob

setup() {
	isolate
	R=$BATS_TEST_TMPDIR/r
	make_repo "$R"
}

teardown() {
	[[ -z ${THEIRS-} ]] || rm -rf "$THEIRS"
}

# what the user has that must not change
state_of() {
	md5sum "$1/.git/index"
	git -C "$1" for-each-ref
	find "$1/.git/objects" -type f | sort
	find "$1" -path "$1/.git" -prune -o -printf '%p %s %T@ %C@\n' | sort
}

@test "the tree is HEAD, the agent's git works in it, and the user's repository is as it was" {
	printf '#!/bin/sh\n' >"$R/run"
	chmod +x "$R/run"
	ln -s a.txt "$R/link"
	git -C "$R" add -A
	git -C "$R" commit -qm second
	before=$(state_of "$R")
	made aaaaaaaa "$R"
	assert_equal "$(state_of "$R")" "$before"
	assert_equal "$(cat "$T/a.txt")" "$(cat "$R/a.txt")"
	[[ -x $T/run && ! -x $T/a.txt ]]
	assert_equal "$(readlink "$T/link")" a.txt
	assert_equal "$(git -C "$T" status --porcelain)" ''
	assert_equal "$(git -C "$T" log --format=%s | paste -sd,)" second,initial
	echo x >"$T/new"
	git -C "$T" add new
	git -C "$T" commit -qm mine
	assert_equal "$(git -C "$R" log --format=%s | paste -sd,)" second,initial
	assert_equal "$(jq -r .commit "$JD/tree.json")" "$(git -C "$R" rev-parse HEAD)"
	run -0 jobdir-tree path "$JOB"
	assert_output "$T"
}

@test "making twice is making once; half a tree is made again" {
	made aaaaaaaa "$R"
	echo work >"$T/work"
	run -0 jobdir-tree make "$JOB"
	assert_equal "$(cat "$T/work")" work
	rm "$JD/tree.json"
	mkdir -p "$JD/.tree/x"
	run -0 jobdir-tree make "$JOB"
	[[ ! -e $T/work && ! -e $JD/.tree && -e $T/a.txt ]]
}

@test "kill -9 at any moment of make leaves nothing that hinders the next" {
	tree_job aaaaaaaa "$R"
	for n in 1 2 3 4 5 6 8 10 13 16 20; do
		# the N-th renameat, mkdirat or openat of our own process kills it
		run strace -qq -o /dev/null -e trace=mkdirat,renameat,linkat,utimensat,unlinkat \
			-e inject=mkdirat,renameat,linkat,utimensat,unlinkat:signal=KILL:when="$n" \
			jobdir-tree -q make "$JOB"
		[[ ! -e $T || -e $JD/tree.json ]]
	done
	run -0 jobdir-tree -q make "$JOB"
	assert_equal "$(git -C "$JD/tree" status --porcelain)" ''
	[[ ! -e $JD/.tree ]]
}

@test "dirty=ask names what is dirty, with the total; committed leaves it out" {
	echo more >>"$R/a.txt"
	rm "$R/src/main.c"
	for i in $(seq 30); do echo "$i" >"$R/u$i"; done
	tree_job aaaaaaaa "$R"
	run -1 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'32 uncommitted changes: M a.txt, D src/main.c'* ]]
	[[ $stderr == *'and 12 more'* ]]
	[[ ! -e $JD/tree ]]
	run -0 jobdir-tree --dirty=committed make "$JOB"
	assert_equal "$(cat "$JD/tree/a.txt")" "$(git -C "$R" show HEAD:a.txt)"
	[[ ! -e $JD/tree/u1 && -e $JD/tree/src/main.c ]]
}

@test "dirty=snapshot is the workspace as it is, and touches nothing of the user's" {
	printf 'build/\n*.log\n' >"$R/.gitignore"
	git -C "$R" add -A
	git -C "$R" commit -qm ignore
	echo staged >"$R/staged"
	git -C "$R" add staged
	echo later >>"$R/staged"
	echo more >>"$R/a.txt"
	rm "$R/src/main.c"
	mkdir -p "$R/build" "$R/new dir"
	echo no >"$R/build/x"
	echo no >"$R/x.log"
	echo yes >"$R/new dir/ü"
	ln -s nowhere "$R/dangling"
	echo '#!/bin/sh' >"$R/tool"
	chmod +x "$R/tool"
	git -C "$R" rm -q --cached .gitignore
	before=$(state_of "$R")
	made aaaaaaaa "$R" '' '{"dirty": "snapshot"}'
	assert_equal "$(state_of "$R")" "$before"
	rmdir "$R/src" # git keeps no empty directories
	diff -r --no-dereference -x .git -x build -x '*.log' "$R" "$T"
	assert_equal "$(readlink "$T/dangling")" nowhere
	[[ -x $T/tool && ! -e $T/build && ! -e $T/x.log && ! -e $T/src/main.c ]]
	assert_equal "$(jq -r '.snapshot' "$JD/tree.json")" true
	# the agent's repository knows the snapshot as its commit
	assert_equal "$(git -C "$T" status --porcelain)" ''
	# the user's own edits are not the job's change
	jobdir-diff -q --seal --stat "$JOB"
	assert_equal "$(jq '.files | length' "$JD/changes.json")" 0
	# a clean workspace makes no commit of ours
	git -C "$R" add -A
	git -C "$R" commit -qm all
	made bbbbbbbb "$R" '' '{"dirty": "snapshot"}'
	assert_equal "$(jq -r '.snapshot' "$JD/tree.json")" false
}

@test "a snapshot where core.fileMode=false has git's modes, not the disk's" {
	echo tool >"$R/tool"
	echo plain >"$R/plain"
	chmod +x "$R/tool"
	git -C "$R" add -A
	git -C "$R" commit -qm modes
	git -C "$R" config core.fileMode false
	chmod -x "$R/tool"
	chmod +x "$R/plain"
	echo more | tee -a "$R/tool" >>"$R/plain"
	echo new >"$R/new"
	chmod +x "$R/new"
	made aaaaaaaa "$R" '' '{"dirty": "snapshot"}'
	cmp "$R/tool" "$T/tool"
	[[ -x $T/tool && ! -x $T/plain && ! -x $T/new ]]
	# and what the job made of it lands where it came from
	echo job >>"$T/tool"
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	jobdir-apply --preview "$JOB" >/dev/null
	jobdir-apply --yes "$JOB" >/dev/null
	assert_equal "$(cat "$R/tool")" $'tool\nmore\njob'
}

@test "a base is pinned, and one that is no commit is refused" {
	old=$(git -C "$R" rev-parse HEAD)
	echo two >>"$R/a.txt"
	git -C "$R" commit -qam two
	made aaaaaaaa "$R" '' "{\"base\": \"$old\"}"
	assert_equal "$(git -C "$T" rev-parse HEAD)" "$old"
	tree_job bbbbbbbb "$R" '' '{"base": "0123456789012345678901234567890123456789"}'
	run -100 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'is not a commit'* ]]
	tree_job cccccccc "$R" '' '{"base": "--upload-pack=x"}'
	run -100 jobdir-tree make "$JOB"
}

@test "line-end conversion, encodings and LFS in the checkout are not dirt; the tree holds blob bytes" {
	printf '*.txt text eol=crlf\n*.bin filter=lfs -text\n*.u16 text working-tree-encoding=UTF-16LE\n' >"$R/.gitattributes"
	printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 4\n' "$(printf 'data' | sha256sum | cut -d' ' -f1)" >"$R/x.bin"
	printf 'h\0i\0\n\0' >"$R/x.u16"
	git -C "$R" add -A
	git -C "$R" commit -qm attributes
	rm "$R"/*.txt
	git -C "$R" checkout -q -- .
	assert_equal "$(od -An -c "$R/a.txt" | tr -d ' \n')" 'one\r\ntwo\r\nthree\r\n'
	printf 'data' >"$R/x.bin" # as git-lfs would have smudged it
	touch "$R/a.txt" "$R/x.u16"
	made aaaaaaaa "$R"
	assert_equal "$(cat "$T/a.txt")" "$(printf 'one\ntwo\nthree')"
	assert_equal "$(cat "$T/x.u16")" hi
	assert_equal "$(head -c 7 "$T/x.bin")" version
	jobdir-diff -q --seal --stat "$JOB"
	assert_equal "$(jq '.files | length' "$JD/changes.json")" 0
	# but real edits are
	printf 'changed\r\n' >>"$R/a.txt"
	tree_job bbbbbbbb "$R"
	run -1 jobdir-tree make "$JOB"
	git -C "$R" checkout -q a.txt
	printf 'other' >"$R/x.bin"
	run -1 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'1 uncommitted change: M x.bin'* ]]
}

@test "a racily clean file of the same size is dirt" {
	echo aaa >"$R/same"
	git -C "$R" add same
	git -C "$R" commit -qm same
	for _ in 1 2 3 4 5; do
		echo aaa >"$R/same"
		git -C "$R" update-index same
		echo bbb >"$R/same" # the size and, within a tick, the times of the entry
		touch -r "$R/.git/index" "$R/same"
		tree_job aaaaaaaa "$R"
		run -1 jobdir-tree make "$JOB"
	done
}

@test "info/exclude and the global excludes count for the workspace" {
	echo private >>"$R/.git/info/exclude"
	git config --file "$HOME/.gitconfig" core.excludesFile '~/ignored'
	echo '*.mine' >"$HOME/ignored"
	touch "$R/private" "$R/x.mine"
	made aaaaaaaa "$R"
	touch "$R/other"
	tree_job bbbbbbbb "$R"
	run -1 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'1 uncommitted change: ? other'* ]]
}

@test "a subdirectory, a linked worktree, SHA-256, a sparse checkout, a name with a newline" {
	made aaaaaaaa "$R" src/
	run -0 jobdir-tree path "$JOB"
	assert_output "$T/src"
	[[ -e $T/a.txt ]]
	git -C "$R" worktree add -q "$BATS_TEST_TMPDIR/linked"
	echo linked >>"$BATS_TEST_TMPDIR/linked/a.txt"
	git -C "$BATS_TEST_TMPDIR/linked" commit -qam linked
	made bbbbbbbb "$BATS_TEST_TMPDIR/linked"
	assert_equal "$(tail -1 "$T/a.txt")" linked
	git init -q --object-format=sha256 "$BATS_TEST_TMPDIR/s"
	make_repo "$BATS_TEST_TMPDIR/s"
	made cccccccc "$BATS_TEST_TMPDIR/s"
	echo more >>"$T/a.txt"
	changed a.txt
	assert_equal "$(jq -r '.tree | length' "$JD/changes.json")" 64
	git -C "$R" sparse-checkout set --no-cone src
	[[ ! -e $R/a.txt ]]
	made dddddddd "$R"
	[[ -e $T/a.txt && -e $T/src/main.c ]]
	changed
	N=$BATS_TEST_TMPDIR/$'new\nline'
	make_repo "$N"
	made eeeeeeee "$N"
	[[ -e $T/a.txt ]]
	assert_equal "$(git -C "$T" status --porcelain)" ''
}

@test "unborn, bare, no repository, a missing object: a clear error each" {
	git init -q "$BATS_TEST_TMPDIR/unborn"
	tree_job aaaaaaaa "$BATS_TEST_TMPDIR/unborn"
	run -100 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'refs/heads/main'*'has no commit yet'* ]]
	git clone -q --bare "$R" "$BATS_TEST_TMPDIR/b.git"
	tree_job bbbbbbbb "$BATS_TEST_TMPDIR/b.git"
	run -100 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *bare* ]]
	tree_job cccccccc "$R"
	jq -c 'del(.workspace)' "$JD/job.json" >"$JD/j" && mv "$JD/j" "$JD/job.json"
	run -100 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'no git repository'* ]]
	blob=$(git -C "$R" rev-parse HEAD:src/main.c)
	chmod -R u+w "$R/.git/objects"
	rm "$R/.git/objects/${blob:0:2}/${blob:2}"
	tree_job dddddddd "$R"
	run -100 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *"$blob"* || $stderr == *'read-tree'* ]]
	[[ ! -e $JD/tree && ! -e $JD/.tree ]]
}

@test "a partial clone is not fetched from: nothing connects anywhere" {
	git -C "$R" config uploadpack.allowFilter true
	git clone -q --no-local --filter=blob:none --no-checkout "$R" "$BATS_TEST_TMPDIR/part"
	touch "$BATS_TEST_TMPDIR/fetched-not"
	git -C "$BATS_TEST_TMPDIR/part" config remote.origin.uploadpack "touch $BATS_TEST_TMPDIR/OWNED; false"
	tree_job aaaaaaaa "$BATS_TEST_TMPDIR/part" '' '{"dirty": "committed"}'
	run -100 --separate-stderr jobdir-tree make "$JOB"
	[[ $stderr == *'partial clone'* ]]
	[[ ! -e $BATS_TEST_TMPDIR/OWNED ]]
}

@test "submodules are left alone and said" {
	make_repo "$BATS_TEST_TMPDIR/sub"
	git -C "$R" -c protocol.file.allow=always submodule --quiet add "$BATS_TEST_TMPDIR/sub" lib/sub
	git -C "$R" commit -qm sub
	echo dirty >>"$R/lib/sub/a.txt"
	made aaaaaaaa "$R"
	assert_equal "$(ls -A "$T/lib/sub")" ''
	jq -e '.notes[] | select(contains("lib/sub"))' "$JD/tree.json"
	changed
}

@test "ignored dependencies get a mount point, are said, and are no part of the change" {
	printf 'node_modules/\ntarget\n' >"$R/.gitignore"
	git -C "$R" add -A
	git -C "$R" commit -qm ignore
	mkdir -p "$R/node_modules/x" "$R/src/target" "$R/vendor"
	touch "$R/vendor/tracked"
	git -C "$R" add vendor
	git -C "$R" commit -qm vendor
	made aaaaaaaa "$R" src/
	assert_equal "$(jq -c .shares "$JD/tree.json")" '["node_modules","src/target"]'
	[[ -d $T/node_modules && -d $T/src/target && -e $T/vendor/tracked ]]
	touch "$T/node_modules/y"
	changed
	jq -e '.notes[] | select(contains("node_modules"))' "$JD/changes.json"
	JOBDIR_SHARE='' made bbbbbbbb "$R"
	assert_equal "$(jq -c .shares "$JD/tree.json")" '[]'
	made cccccccc "$R" '' '{"share": ["src/target", "vendor", "../x", "no"]}'
	assert_equal "$(jq -c .shares "$JD/tree.json")" '["src/target"]'
}

@test "nothing of the workspace's choosing runs when the tree is made" {
	own="touch $BATS_TEST_TMPDIR/OWNED"
	printf '#!/bin/sh\n%s\n' "$own" >"$BATS_TEST_TMPDIR/evil"
	chmod +x "$BATS_TEST_TMPDIR/evil"
	printf '* filter=f diff=d\n' >"$R/.gitattributes"
	git -C "$R" add -A
	git -C "$R" commit -qm attributes
	for h in post-checkout reference-transaction pre-commit post-index-change; do
		cp "$BATS_TEST_TMPDIR/evil" "$R/.git/hooks/$h"
	done
	git -C "$R" config core.hooksPath "$R/.git/hooks"
	git -C "$R" config core.fsmonitor "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config filter.f.clean "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config filter.f.smudge "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config filter.f.process "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config filter.f.required true
	git -C "$R" config diff.d.textconv "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config diff.external "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config alias.rev-parse "!$own"
	git -C "$R" config core.pager "$BATS_TEST_TMPDIR/evil"
	git -C "$R" config core.alternateRefsCommand "$BATS_TEST_TMPDIR/evil"
	rm -f "$BATS_TEST_TMPDIR/OWNED"
	echo dirty >>"$R/a.txt"
	touch "$R/src/main.c" "$R/untracked"
	export GIT_EXTERNAL_DIFF="$BATS_TEST_TMPDIR/evil" GIT_DIR=/nonexistent GIT_CONFIG_PARAMETERS="'core.fsmonitor'='$BATS_TEST_TMPDIR/evil'"
	unset GIT_DIR
	made aaaaaaaa "$R" '' '{"dirty": "snapshot"}'
	echo more >>"$T/a.txt"
	GIT_DIR=/nonexistent jobdir-diff -q --seal "$JOB"
	assert_equal "$(jq -r '.files[].path' "$JD/changes.json")" a.txt
	[[ ! -e $BATS_TEST_TMPDIR/OWNED ]]
}

@test "remove: kept while there is work in it; then aside at once and gone soon" {
	made aaaaaaaa "$R"
	echo work >>"$T/a.txt"
	mkdir "$T/locked"
	touch "$T/locked/x"
	chmod 000 "$T/locked"
	run -1 --separate-stderr jobdir-tree remove "$JOB"
	[[ $stderr == *'not sealed'* ]]
	jobdir-diff -q --seal --stat "$JOB"
	run -1 --separate-stderr jobdir-tree remove "$JOB"
	[[ $stderr == *'not applied'* ]]
	mkdir "$JD/apply"
	echo '{"complete":true}' >"$JD/apply/landed-1.json"
	run -0 jobdir-tree remove "$JOB"
	[[ ! -e $JD/tree && ! -e $JD/ctl.git && ! -e $JD/agent.git && -e $JD/changes.patch ]]
	wait_for 60 eval '[[ -z $(ls -A "$JOBDIR_STATE/trash") ]]'
	run -1 jobdir-tree remove "$JOB"
	assert_output "jobdir-tree: '$JOB' has no tree"
	run -1 jobdir-tree path "$JOB"
	# the sealed change is still shown
	run -0 jobdir-diff -q --name-status "$JOB"
	assert_output --partial a.txt
}

@test "an ordinary user: a tree that its agent closed is sealed, removed and cleaned all the same" {
	as() { "$@"; }
	if [[ $(id -u) = 0 ]]; then
		# Not below bats' own directory, which is closed to others.
		THEIRS=$(mktemp -d /tmp/jobdir-test.XXXXXX)
		export JOBDIR_STATE=$THEIRS/state
		R=$THEIRS/r
		make_repo "$R"
		chown 65534:65534 "$THEIRS"
		as() {
			setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$THEIRS" TMPDIR="$THEIRS" \
				GIT_CONFIG_GLOBAL=/dev/null PATH="$PATH" "$@"
		}
	fi
	cd /
	for name in aaaaaaaa bbbbbbbb; do
		tree_job $name "$R"
		[[ -z ${THEIRS-} ]] || chown -R 65534:65534 "$JOBDIR_STATE"
		as jobdir-tree -h >/dev/null || skip 'an ordinary user cannot run the commands here'
		as jobdir-tree -q make "$JOB"
		as sh -c 'echo work >>"$1/a.txt" && chmod 0 "$1"' sh "$JD/tree"
		run -0 as jobdir-diff -q --seal --name-status "$JOB"
		assert_output $'M\ta.txt'
		as chmod 555 "$JD/tree"
		if [[ $name = aaaaaaaa ]]; then
			run -0 as jobdir-tree -f remove "$JOB"
		else
			run -0 as jobdir-clean --yes --trees --force "$JOB"
		fi
		[[ ! -e $JD/tree && ! -e $JD/ctl.git && -e $JD/changes.json ]]
		wait_for 30 eval '[[ -z $(ls -A "$JOBDIR_STATE/trash") ]]'
	done
}

@test "usage" {
	run -100 jobdir-tree
	run -100 jobdir-tree walk x
	run -100 jobdir-tree make nosuch
	tree_job aaaaaaaa "$R"
	run -100 jobdir-tree --dirty=perhaps make "$JOB"
	run -0 jobdir-tree -h
	assert_output --partial 'usage: jobdir-tree'
	run -0 jobdir-tree -V
}
