# SPDX-License-Identifier: MIT
# shellcheck shell=bash
load lib/common
load lib/sealed
load lib/treejob

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
}

# job EDIT: a sealed job made in $WS; sets ID.
job() {
	ID=$(sealed_job "$WS" "$1")
}

sealed_tree() {
	jq -r .tree "$(job_dir "$ID")/changes.json"
}

tool() {
	jq -nc --arg cwd "$WS" --arg id "$ID" "{cwd: \$cwd, job_id: \$id} + $1" |
		jobdir-export --tool=claude_export --request=-
}

# all_but_refs: everything of the user's that an export must not touch.
all_but_refs() {
	(cd "$WS" && find . -path ./.git/objects -prune -o -path ./.git/refs/heads -prune -o \
		-path ./.git/logs/refs/heads -prune -o -type f -printf '%p %m %T@ %i\n' \
		-exec sha256sum {} + | sort)
	git -C "$WS" stash list
}

whole() {
	git -C "$WS" fsck --full --strict --no-dangling
	git -C "$WS" rev-list --objects "$1" >/dev/null
	[[ -z $(find "$WS/.git" -name 'tmp_*' -o -name '*.keep') ]]
	[[ ! -e $(job_dir "$ID")/apply/export ]]
}

@test "a branch with exactly the sealed tree, on the commit the job started from" {
	echo user >>"$WS/a.txt"
	echo stashed >>"$WS/src/main.c"
	git -C "$WS" stash push -q src/main.c
	echo staged >"$WS/staged"
	git -C "$WS" add staged
	base=$(git -C "$WS" rev-parse HEAD)
	job 'sed -i s/two/TWO/ a.txt; mkdir -p n/m; printf "\0\377" >n/m/bin; rm -r src; ln -s a.txt l; chmod +x a.txt; : >empty'
	git -C "$WS" commit -qm 'later, by the user' staged
	before=$(all_but_refs)
	run -0 --separate-stderr jobdir-export --branch=try "$ID"
	assert_equal "$output" "try $(git -C "$WS" rev-parse try)"
	assert_equal "$stderr" ''
	assert_equal "$(git -C "$WS" rev-parse 'try^{tree}')" "$(sealed_tree)"
	assert_equal "$(git -C "$WS" rev-parse 'try^')" "$base"
	assert_equal "$(all_but_refs)" "$before"
	assert_equal "$(git -C "$WS" log -1 --format='%an <%ae> %cn %s %ct' try)" \
		"T <t@example.org> T Change of $ID $(date -d 2026-11-21T00:00:01Z +%s)"
	whole try
	json --arg id "$(git -C "$WS" rev-parse try)" '.branch == "try" and .commit == $id and .before == null' \
		"$(job_dir "$ID")/apply/exported-1.json"
}

@test "again is the same commit; another message takes force; a moved branch is seen" {
	job 'echo x >>a.txt'
	run -0 jobdir-export "$ID"
	assert_output "jobdir/$ID $(git -C "$WS" rev-parse "jobdir/$ID")"
	first=$output
	run -0 jobdir-export "$ID"
	assert_output "$first"
	run -1 --separate-stderr jobdir-export --message=other "$ID"
	assert_regex "$stderr" "the branch 'jobdir/$ID' exists already, at [0-9a-f]{12}: take another name, or force"
	run -0 jobdir-export --message=- --force "$ID" <<<$'subject\n\nbody\n\n'
	refute_output "$first"
	assert_equal "$(git -C "$WS" log -1 --format=%B "jobdir/$ID")" $'subject\n\nbody'
	whole "jobdir/$ID"
}

@test "a branch that is checked out, here or in a worktree, is never moved" {
	job 'echo x >>a.txt'
	git -C "$WS" worktree add -qb side "$BATS_TEST_TMPDIR/side"
	for b in main side; do
		run -1 --separate-stderr jobdir-export --force --branch=$b "$ID"
		assert_equal "$stderr" "jobdir-export: the branch '$b' is checked out: moving it would change a workspace"
	done
	git -C "$WS" symbolic-ref HEAD refs/heads/unborn
	run -1 jobdir-export --branch=unborn "$ID"
	assert_output --partial 'is checked out'
	# A lock of somebody else's, and a name that others are below.
	git -C "$WS" symbolic-ref HEAD refs/heads/main
	touch "$WS/.git/refs/heads/held.lock"
	run -111 jobdir-export --branch=held "$ID"
	rm "$WS/.git/refs/heads/held.lock"
	run -111 jobdir-export --branch=main/below "$ID"
	assert_output --partial "'refs/heads/main' exists"
	run -0 jobdir-export --branch=held "$ID"
}

@test "names, messages and authors that are none" {
	job 'echo x >>a.txt'
	for b in 'a b' a..b -x HEAD 'a~1' 'a.lock' '' '@{-1}' '/a' 'a/' $'a\nb'; do
		run -100 jobdir-export --branch="$b" "$ID"
		assert_equal "${#lines[@]}" 1
	done
	for a in Name 'Name <a' '<a@b>' 'Na<me <a@b>' $'N\n <a@b>' 'N <a@b> x'; do
		run -100 jobdir-export --author="$a" "$ID"
		assert_output "jobdir-export: author: must be of the form 'Name <mail>'"
	done
	run -100 jobdir-export --message=' ' "$ID"
	run -100 jobdir-export --message=$'\xff' "$ID"
	run -100 jobdir-export
	run -100 jobdir-export a b
	run -100 jobdir-export --nonsense x
	run -100 jobdir-export no-such-job
	run -0 jobdir-export -h
	assert_line --index 0 --partial 'usage: jobdir-export'
	run -0 jobdir-export -V
	assert_equal "$(git -C "$WS" branch --format='%(refname:short)')" main
	run -0 jobdir-export --author='Zoë O. <z@example.org>' "$ID"
	assert_equal "$(git -C "$WS" log -1 --format='%an <%ae> %cn' "jobdir/$ID")" 'Zoë O. <z@example.org> T'
	git config --global --unset user.name
	git config --global --unset user.email
	run -0 jobdir-export --branch=nobody "$ID"
	assert_equal "$(git -C "$WS" log -1 --format='%an <%ae>' nobody)" 'jobdir <jobdir@localhost>'
}

@test "what must be named is named; a link that leaves the tree is refused" {
	job 'echo y >.envrc; echo x >>a.txt'
	run -1 --separate-stderr jobdir-export "$ID"
	assert_regex "$stderr" 'conflict  .envrc: .*accept them by name'
	run -100 jobdir-export --accept=.envrcc "$ID"
	run -0 jobdir-export --accept=./.envrc "$ID"
	assert_equal "$(git -C "$WS" show "jobdir/$ID:.envrc")" y
	job 'ln -s ../out l'
	run -1 jobdir-export --accept=l "$ID"
	assert_output --partial 'conflict  l: '
	SEALED_PARAMS='{"allowed_files":["src"],"max_changed_files":1}' job 'echo x >>a.txt; echo x >>src/main.c'
	run -1 jobdir-export --accept=a.txt "$ID"
	run -0 jobdir-export --accept=a.txt --accept=. "$ID"
}

@test "what is refused in a real tree must be accepted, and is not in the branch" {
	made aaaaaaaa "$WS"
	ID=$JOB
	mkdir -p "$T/nested/.git"
	echo x >"$T/nested/.git/config"
	echo x >>"$T/a.txt"
	run -1 jobdir-export "$ID"
	run -0 jobdir-export --accept="$(jq -r '.refused[0].path' "$JD/changes.json")" "$ID"
	assert_equal "$(git -C "$WS" diff --name-only "main..jobdir/$ID")" a.txt
	assert_equal "$(git -C "$WS" rev-parse "jobdir/$ID^{tree}")" "$(sealed_tree)"
}

@test "a snapshot: the user's edits are a commit of their own, then the job's" {
	echo mine >>"$WS/a.txt"
	echo untracked >"$WS/u"
	rm "$WS/src/main.c"
	tree_job aaaaaaaa "$WS"
	jobdir-tree -q --dirty=snapshot make "$JOB"
	ID=$JOB
	echo job >>"$JD/tree/a.txt"
	# What was snapshot is gone from the workspace by now.
	git -C "$WS" checkout -q . && rm "$WS/u"
	run -0 jobdir-export --branch=snap "$ID"
	assert_equal "$(git -C "$WS" rev-parse 'snap^{tree}')" "$(sealed_tree)"
	assert_equal "$(git -C "$WS" rev-parse 'snap~2')" "$(git -C "$WS" rev-parse main)"
	assert_equal "$(git -C "$WS" diff --name-status main snap^ | tr '\t\n' '  ')" 'M a.txt D src/main.c A u '
	assert_equal "$(git -C "$WS" diff --name-only snap^ snap)" a.txt
	assert_equal "$(git -C "$WS" show snap:a.txt | tail -n 2)" $'mine\njob'
	whole snap
}

@test "SHA-256, a linked worktree, a subdirectory, a bare common directory, a partial index" {
	git init -q --object-format=sha256 "$BATS_TEST_TMPDIR/256"
	WS=$BATS_TEST_TMPDIR/256
	make_repo "$WS"
	job 'echo x >>a.txt; mkdir d; echo y >d/f'
	run -0 jobdir-export "$ID"
	assert_equal "$(git -C "$WS" rev-parse "jobdir/$ID^{tree}")" "$(sealed_tree)"
	whole "jobdir/$ID"
	git -C "$WS" worktree add -q "$BATS_TEST_TMPDIR/linked"
	ID=$(sealed_job "$BATS_TEST_TMPDIR/linked/src" 'echo x >>src/main.c')
	run -0 jobdir-export "$ID"
	assert_equal "$(git -C "$WS" rev-parse "jobdir/$ID^{tree}")" "$(sealed_tree)"
	assert_equal "$(git -C "$WS" diff --name-only "main..jobdir/$ID")" src/main.c
	git clone -q --bare "$WS" "$BATS_TEST_TMPDIR/bare.git"
	git -C "$BATS_TEST_TMPDIR/bare.git" worktree add -q "$BATS_TEST_TMPDIR/of-bare" main
	WS=$BATS_TEST_TMPDIR/of-bare
	job 'rm a.txt'
	run -0 jobdir-export "$ID"
	assert_equal "$(git -C "$WS" rev-parse "jobdir/$ID^{tree}")" "$(sealed_tree)"
}

@test "nothing of the user's configuration or hooks runs" {
	mark=$BATS_TEST_TMPDIR/ran
	printf '#!/bin/sh\ntouch %s\n' "$mark" >"$BATS_TEST_TMPDIR/prog"
	chmod +x prog
	for h in reference-transaction post-commit pre-commit commit-msg post-rewrite update post-index-change; do
		cp prog "$WS/.git/hooks/$h"
	done
	mkdir hooks
	cp prog hooks/reference-transaction
	git -C "$WS" config core.hooksPath "$PWD/hooks"
	for k in core.fsmonitor gpg.program core.editor core.sshCommand filter.x.clean filter.x.smudge \
		diff.external core.alternateRefsCommand core.askPass credential.helper uploadpack.packObjectsHook; do
		git config --global "$k" "$PWD/prog"
	done
	git config --global commit.gpgsign true
	printf '* filter=x diff=x\n' >"$WS/.git/info/attributes"
	rm -f "$mark"
	job 'echo x >>a.txt'
	rm -f "$mark"
	run -0 jobdir-export "$ID"
	[ ! -e "$mark" ]
	GIT_TRACE=$BATS_TEST_TMPDIR/trace run -0 jobdir-export --branch=two "$ID"
	[ ! -e "$BATS_TEST_TMPDIR/trace" ]
}

@test "the user rebased, amended and pruned meanwhile: the base that is left, or a clear refusal" {
	job 'echo x >>a.txt'
	git -C "$WS" commit -q --amend -m amended
	run -0 jobdir-export --branch=one "$ID"		# the reflog has it
	whole one
	git -C "$WS" branch -qD one
	git -C "$WS" reflog expire --expire=now --all
	git -C "$WS" gc -q --prune=now
	run -1 --separate-stderr jobdir-export --branch=two "$ID"
	assert_regex "$stderr" 'the commit [0-9a-f]{12} the job started from is not in the repository any more'
	run ! git -C "$WS" rev-parse -q --verify two
}

@test "a shallow and a partial clone" {
	git -C "$WS" commit -q --allow-empty -m second
	git clone -q --depth=1 "file://$WS" shallow
	git -C "$WS" config uploadpack.allowFilter true
	git clone -q --filter=blob:none "file://$WS" partial
	for d in shallow partial; do
		WS=$BATS_TEST_TMPDIR/$d job 'echo x >>a.txt'
		WS=$BATS_TEST_TMPDIR/$d run -0 jobdir-export "$ID"
		assert_equal "$(git -C "$d" rev-parse "jobdir/$ID^{tree}")" "$(sealed_tree)"
		git -C "$d" log -p --format= "jobdir/$ID" -1 | grep -q '^+x'
	done
}

@test "a full disk, a read-only repository: the branch is as it was, nothing is left" {
	job 'echo x >>a.txt'
	need=$(git -C "$WS" rev-parse main)
	run -111 --separate-stderr strace -f -qq -o /dev/null -e trace=linkat \
		-e inject=linkat:error=ENOSPC jobdir-export --branch=try "$ID"
	assert_regex "$stderr" 'objects/pack.*No space left'
	run ! git -C "$WS" rev-parse -q --verify try
	run -0 jobdir-export --branch=try "$ID"
	whole try
	assert_equal "$(git -C "$WS" rev-parse try^)" "$need"
}

@test "kill -9 at every write, rename and sync: no branch, or a whole one; the next finds its way" {
	job 'echo x >>a.txt; mkdir d; echo y >d/f'
	n=0
	for call in openat renameat2 linkat fsync mkdirat unlinkat write; do
		for ((i = 1; ; i++)); do
			git -C "$WS" update-ref -d refs/heads/try
			rc=0
			strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$i \
				jobdir-export --branch=try "$ID" >/dev/null 2>&1 || rc=$?
			((rc == 0)) && break
			((n++, i += i > 20 ? 6 : 0))
			# git, if it was at work, may just be finishing.
			if git -C "$WS" rev-parse -q --verify try >/dev/null; then
				git -C "$WS" fsck --full --no-dangling
			fi
			wait_for 60 eval '! ls "$WS"/.git/refs/heads/*.lock 2>/dev/null'
			jobdir-export --branch=try "$ID" >/dev/null
			assert_equal "$(git -C "$WS" rev-parse 'try^{tree}')" "$(sealed_tree)"
			whole try
		done
	done
	((n > 20))
}

@test "two at once, and a gc that prunes: all whole" {
	job 'echo x >>a.txt'
	pids=()
	for i in 1 2 3 4; do
		jobdir-export --branch="b$i" "$ID" >/dev/null 3>&- &
		pids+=($!)
	done
	for _ in 1 2 3; do git -C "$WS" gc -q --prune=now; done
	for p in "${pids[@]}"; do wait "$p"; done
	for i in 1 2 3 4; do
		assert_equal "$(git -C "$WS" rev-parse "b$i^{tree}")" "$(sealed_tree)"
	done
	whole b1
	pids=()
	for m in one two three four; do
		jobdir-export --branch=same --message=$m "$ID" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	won=0
	for p in "${pids[@]}"; do ! wait "$p" || ((won += 1)); done
	assert_equal "$won" 1
}

@test "a job that is not over, has no change, or no tree any more" {
	job :
	run -1 jobdir-export "$ID"
	assert_output --partial 'the job changed nothing'
	job 'echo x >>a.txt'
	jobdir-tree -f remove "$ID"
	run -1 jobdir-export "$ID"
	assert_output --partial "tree was removed"
	assert_equal "$(git -C "$WS" branch --format='%(refname:short)')" main
}

@test "the tool: the branch, a refusal with its code, another repository" {
	job 'echo x >>a.txt; echo y >.envrc'
	run -0 tool '{branch: "try"}'
	json '.error.code == "conflict" and .conflicts_total == 1 and .commit_sha == null
		and .conflicts[0].path == ".envrc" and .conflicts[0].accept' <<<"$output"
	run -0 tool '{branch: "try", accept: [".envrc"], message: "m", author: "A <a@b>"}'
	json --arg c "$(git -C "$WS" rev-parse try)" --arg t "$(sealed_tree)" '.commit_sha == $c and .tree_sha == $t
		and .file_count == 2 and .interaction.state == "exported" and .warnings == []' <<<"$output"
	assert_equal "$(git -C "$WS" log -1 --format='%an %s' try)" 'A m'
	run -0 tool '{branch: "a..b", accept: [".envrc"]}'
	json '.error.code == "invalid_request"' <<<"$output"
	run -0 tool '{}'
	json '.error.code == "invalid_request" and (.error.message | test("branch"))' <<<"$output"
	make_repo other
	WS=$BATS_TEST_TMPDIR/other run -0 tool '{branch: "try"}'
	json '.error.code == "cwd_refused"' <<<"$output"
	run -0 jobdir-export --json --accept=.envrc --branch=try --message=m --author='A <a@b>' "$ID"
	json '.previous_commit == .commit_sha' <<<"$output"
}
