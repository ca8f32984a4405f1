#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-diff: what a job changed, whatever it tried; sealed once, for good.
load lib/common
load lib/treejob

setup() {
	isolate
	R=$BATS_TEST_TMPDIR/r
	make_repo "$R"
	OWN=$BATS_TEST_TMPDIR/OWNED
	printf '#!/bin/sh\ntouch %s\ncat\n' "$OWN" >"$BATS_TEST_TMPDIR/evil"
	chmod +x "$BATS_TEST_TMPDIR/evil"
	EVIL=$BATS_TEST_TMPDIR/evil
}

teardown() {
	[[ -z ${HOLD-} ]] || exec {HOLD}>&-
}

# running: the job is not over: somebody holds its lock until the test ends.
running() {
	rm "$JD/end.json"
	mkfifo "$BATS_TEST_TMPDIR/hold" "$BATS_TEST_TMPDIR/held"
	python3 -c '
import fcntl, struct, sys
f = open(sys.argv[1], "r+")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
open(sys.argv[2], "w").write("x")
open(sys.argv[3]).read()' "$JD/lock" "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/hold" 3>&- &
	read -rt 60 -N 1 _ <"$BATS_TEST_TMPDIR/held"
	exec {HOLD}>"$BATS_TEST_TMPDIR/hold"
}

# lands: git apply turns the base into exactly the tree.
lands() {
	local w=$BATS_TEST_TMPDIR/land.$RANDOM
	git clone -q --no-checkout "$R" "$w"
	git -C "$w" -c core.autocrlf=false checkout -q --detach "$(jq -r .base.commit "$JD/changes.json")"
	jobdir-diff -q "$JOB" >"$BATS_TEST_TMPDIR/patch"
	[[ ! -s $BATS_TEST_TMPDIR/patch ]] || git -C "$w" apply --index "$BATS_TEST_TMPDIR/patch"
	assert_equal "$(git -C "$w" write-tree)" "$(jq -r .tree "$JD/changes.json")"
}

@test "modified, added, deleted, mode, binary, symlink, type: all forms, and git apply lands it" {
	printf 'a\0b\n' >"$R/bin"
	echo t >"$R/turn"
	ln -s a.txt "$R/link"
	git -C "$R" add -A
	git -C "$R" commit -qm more
	made aaaaaaaa "$R"
	echo four >>"$T/a.txt"
	printf 'a\0c\n' >"$T/bin"
	rm "$T/src/main.c"
	echo new >"$T/src/new.c"
	chmod +x "$T/turn"
	ln -sfn src/new.c "$T/link"
	mkdir -p "$T/deep/er"
	head -c 300000 /dev/urandom >"$T/deep/er/random"
	run -0 --separate-stderr jobdir-diff --seal --name-status "$JOB"
	assert_output $'M\ta.txt\nM\tbin\nA\tdeep/er/random\nM\tlink\nD\tsrc/main.c\nA\tsrc/new.c\nM\tturn'
	run -0 jobdir-diff --list "$JOB"
	assert_line 'M 100644 100755 turn'
	assert_line 'M 120000 120000 link'
	run -0 jobdir-diff --stat "$JOB"
	assert_line 'M +1 -0 a.txt'
	assert_line 'A binary deep/er/random'
	assert_line 'M +0 -0 (100644 -> 100755) turn'
	assert_line --index 7 --regexp '^7 files changed, \+[0-9]+ -[0-9]+$'
	run -0 jobdir-diff --json "$JOB"
	echo "$output" | json '.files | map(.status) | join("")' | grep -x MMAMDAM
	assert_equal "$(jq -r .patch.sha256 "$JD/changes.json")" "$(sha256sum <"$JD/changes.patch" | cut -d' ' -f1)"
	assert_equal "$(jq -r .patch.bytes "$JD/changes.json")" "$(stat -c %s "$JD/changes.patch")"
	jobdir-diff -q --patch "$JOB" | cmp - "$JD/changes.patch"
	lands
}

@test "a file becomes a directory, a directory a file, a file a symlink; no newline at the end" {
	mkdir "$R/d"
	echo 1 >"$R/d/1"
	echo 2 >"$R/d/2"
	git -C "$R" add -A
	git -C "$R" commit -qm d
	made aaaaaaaa "$R"
	rm "$T/a.txt"
	mkdir "$T/a.txt"
	printf 'x' >"$T/a.txt/x"
	rm -r "$T/d"
	printf 'file' >"$T/d"
	rm "$T/src/main.c"
	ln -s ../d "$T/src/main.c"
	changed a.txt a.txt/x d d/1 d/2 src/main.c
	assert_equal "$(jq -r '.files[] | select(.path == "src/main.c").status' "$JD/changes.json")" T
	lands
}

@test "names: newline, tab, invalid UTF-8, leading dash, quotes, bidi, trailing space" {
	made aaaaaaaa "$R"
	names=($'new\nline' $'tab\there' $'bad\xff\xfe' '-rf' '"quoted"' $'\xe2\x80\xae' 'end ' ':(top)x' '*' 'ü' '--' $'\x01' '#x' '!y' ' ')
	for n in "${names[@]}"; do echo x >"$T/$n"; done
	run -0 --separate-stderr jobdir-diff --seal --stat "$JOB"
	assert_line 'A +1 -0 "new\012line"'
	assert_line 'A +1 -0 "\342\200\256"'
	jobdir-diff -q -z --name-status "$JOB" | tr '\0' '\n' | grep -c '^A$' | grep -x "${#names[@]}"
	for n in "${names[@]}"; do
		[[ $n == *$'\n'* ]] || jobdir-diff -q -z --name-status "$JOB" | tr '\0' '\n' | grep -qFx -- "$n"
	done
	assert_equal "$(jq -r '.files[] | select(.path_base64) | .path_base64' "$JD/changes.json" | base64 -d | od -An -tx1)" ' 62 61 64 ff fe'
	lands
}

@test "the agent's own git does not matter: commits, rebases, assume-unchanged, excludes, alternates" {
	made aaaaaaaa "$R"
	(
		cd "$T"
		echo one >>a.txt
		git commit -qam one
		git commit -q --amend -m two --date=now
		echo hidden >>src/main.c
		git update-index --assume-unchanged src/main.c
		git update-index --skip-worktree a.txt
		echo new >new
		echo '*' >>"$(git rev-parse --git-path info/exclude)"
		git checkout -q --orphan other
		git rm -rq --cached .
		rm -rf "$(git rev-parse --git-dir)/objects/info"
		git init -q --bare "$BATS_TEST_TMPDIR/else.git"
	)
	changed a.txt new src/main.c
	lands
}

@test "the agent's ignore rules and attributes hide nothing and run nothing" {
	made aaaaaaaa "$R"
	printf '*\n' >"$T/.gitignore"
	printf '* filter=f\n*.c -diff\n* text eol=crlf ident\n* working-tree-encoding=UTF-16\n*.txt diff=d merge=d\n' >"$T/.gitattributes"
	git -C "$T" config filter.f.clean "$EVIL"
	git -C "$T" config filter.f.process "$EVIL"
	git -C "$T" config diff.d.textconv "$EVIL"
	git -C "$T" config core.fsmonitor "$EVIL"
	git -C "$T" config core.hooksPath "$BATS_TEST_TMPDIR"
	git -C "$T" config include.path "$BATS_TEST_TMPDIR/inc"
	printf '$Id$\r\n' >>"$T/a.txt"
	printf '// c\n' >>"$T/src/main.c"
	printf 'crlf\r\n' >"$T/new.txt"
	rm -f "$OWN"
	changed .gitattributes .gitignore a.txt new.txt src/main.c
	[[ ! -e $OWN ]]
	grep -q '^+// c' "$JD/changes.patch"
	for f in a.txt new.txt; do
		git --git-dir="$JD/ctl.git" cat-file blob "$(jq -r --arg p $f '.tree + ":" + $p' "$JD/changes.json")" | cmp - "$T/$f"
	done
	jq -e '.files[] | select(.path == ".gitattributes").marks == ["runs-by-itself"]' "$JD/changes.json"
	lands
}

@test "tree/.git replaced, redirected, removed: nobody looks at it" {
	made aaaaaaaa "$R"
	git init -q --bare "$BATS_TEST_TMPDIR/e.git"
	git --git-dir="$BATS_TEST_TMPDIR/e.git" config core.fsmonitor "$EVIL"
	git --git-dir="$BATS_TEST_TMPDIR/e.git" config core.worktree "$T"
	echo "gitdir: $BATS_TEST_TMPDIR/e.git" >"$T/.git"
	echo x >>"$T/a.txt"
	running
	jobdir-diff -q --list "$JOB" | grep -x 'M 100644 100644 a.txt'
	rm "$T/.git"
	mkdir "$T/.git"
	echo x >"$T/.git/x"
	jobdir-diff -q --list "$JOB" | grep -x 'M 100644 100644 a.txt'
	rm -r "$T/.git"
	ln -s / "$T/.git"
	rm -rf "$JD/agent.git"
	jobdir-diff -q --list "$JOB" | grep -x 'M 100644 100644 a.txt'
	[[ ! -e $OWN && ! -e $JD/changes.json ]]
}

@test "nested repositories and spellings of .git are refused by name; their neighbours are shown" {
	made aaaaaaaa "$R"
	git init -q "$T/nest"
	git -C "$T/nest" config core.fsmonitor "$EVIL"
	echo x >"$T/nest/x.c"
	git -C "$T/nest" add -A
	git -C "$T/nest" commit -qm nest
	rm -f "$OWN"
	mkdir -p "$T/.GIT" "$T/sub/.gIt" "$T/ntfs/git~1" "$T/file"
	echo x >"$T/.GIT/x"
	echo x >"$T/sub/.gIt/x"
	echo x >"$T/sub/keep"
	echo x >"$T/ntfs/git~1/x"
	echo gitdir >"$T/file/.git"
	echo x >"$T/.git "
	echo x >"$T/.git::\$INDEX_ALLOCATION"
	printf x >"$T/"$'.g\xe2\x80\x8cit'
	printf x >"$T/a\\.git"
	echo fine >"$T/.gitfoo"
	ln -s x "$T/.gitmodules"
	changed .gitfoo nest/x.c sub/keep
	for p in .GIT sub/.gIt ntfs/git~1 file/.git '.git ' '.git::$INDEX_ALLOCATION' $'.g\xe2\x80\x8cit' 'a\.git' nest/.git .gitmodules; do
		refused "$p"
	done
	[[ ! -e $OWN ]]
	lands
}

@test "fifo, socket, setuid bits, mode 000: left out, dropped, read all the same; and said" {
	made aaaaaaaa "$R"
	mkfifo "$T/pipe"
	python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/sock" || skip 'path too long for a socket'
	rm "$T/src/main.c"
	mkfifo "$T/src/main.c"
	echo x >"$T/suid"
	chmod 4755 "$T/suid"
	mkdir "$T/dark"
	echo x >"$T/dark/x"
	chmod 000 "$T/dark/x" "$T/dark"
	changed dark/x src/main.c suid
	assert_equal "$(jq -c '[.left_out.special[] | [.path, .reason]]' "$JD/changes.json")" '[["pipe","fifo"],["sock","socket"],["src/main.c","fifo"]]'
	assert_equal "$(jq -r '.files[] | select(.path == "suid").new_mode' "$JD/changes.json")" 100755
	jq -e '.notes[] | select(contains("setuid") and contains("suid"))' "$JD/changes.json"
	lands
}

@test "what the base ignores is counted and named; tracked files below it are not lost" {
	printf 'build/\n*.log\n!keep.log\n/only/here\n' >"$R/.gitignore"
	mkdir -p "$R/build" "$R/src/in"
	echo t >"$R/build/tracked"
	printf '*.o\n' >"$R/src/.gitignore"
	git -C "$R" add -Af
	git -C "$R" commit -qm ignore
	made aaaaaaaa "$R"
	rm "$T/.gitignore" "$T/src/.gitignore" # the agent's idea of what is ignored
	echo changed >"$T/build/tracked"
	echo x >"$T/build/new"
	mkdir -p "$T/out/build/deep" "$T/src/in" "$T/x/only" "$T/only"
	touch "$T/out/build/deep/x" "$T/a.log" "$T/keep.log" "$T/src/x.o" "$T/src/in/y.o" "$T/y.o" "$T/only/here" "$T/x/only/here" "$T/:x.log"
	changed .gitignore build/tracked keep.log src/.gitignore x/only/here y.o
	assert_equal "$(jq -c .left_out.ignored "$JD/changes.json")" '{"count":7,"first":[":x.log","a.log","build/new","only/here","out/build/","src/in/y.o","src/x.o"]}'
	# git agrees
	diff <(jq -r '.left_out.ignored.first[]' "$JD/changes.json" | grep -v '^:') <(cd "$T" && git checkout -q .gitignore src/.gitignore && git ls-files -o -i --exclude-standard | sed "s,^out/build/.*,out/build/," | grep -v '^:')
}

@test "paths that differ only in case or Unicode form are refused" {
	mkdir "$R/Dir"
	touch "$R/Dir/x" "$R/Dir/stays" "$R/"$'caf\xc3\xa9'
	git -C "$R" add -A
	git -C "$R" commit -qm names
	made aaaaaaaa "$R"
	echo x >"$T/A.TXT"
	mkdir "$T/dir"
	echo x >"$T/dir/y"
	echo x >"$T/"$'cafe\xcc\x81'
	echo x >"$T/new"
	echo x >"$T/NEW"
	echo x >"$T/STRASSE"
	echo x >"$T/"$'stra\xc3\x9fe'
	mv "$T/Dir/x" "$T/Dir/X" # a change of case alone is none
	changed Dir/X Dir/x
	for p in A.TXT dir/y $'cafe\xcc\x81' new NEW STRASSE $'stra\xc3\x9fe'; do refused "$p"; done
}

@test "symlinks that leave the tree are shown and marked" {
	made aaaaaaaa "$R"
	ln -s /etc/passwd "$T/abs"
	ln -s ../../x "$T/src/up"
	ln -s ../a.txt "$T/src/ok"
	ln -s .git/config "$T/cfg"
	ln -s src/../.. "$T/round"
	changed abs cfg round src/ok src/up
	assert_equal "$(jq -r '.files[] | select(.marks == ["link-outside"]).path' "$JD/changes.json" | paste -sd' ')" 'abs cfg round src/up'
}

@test "a symlink in place of a directory is never followed" {
	made aaaaaaaa "$R"
	mkdir "$BATS_TEST_TMPDIR/secret"
	echo secret >"$BATS_TEST_TMPDIR/secret/main.c"
	rm -r "$T/src"
	ln -s "$BATS_TEST_TMPDIR/secret" "$T/src"
	changed src src/main.c
	run ! grep -qx +secret "$JD/changes.patch"
	assert_equal "$(jq -r '.files[] | select(.path == "src/main.c").status' "$JD/changes.json")" D
	lands
}

@test "submodules: nothing in them is part of the change" {
	make_repo "$BATS_TEST_TMPDIR/sub"
	git -C "$R" -c protocol.file.allow=always submodule --quiet add "$BATS_TEST_TMPDIR/sub" one
	git -C "$R" -c protocol.file.allow=always submodule --quiet add "$BATS_TEST_TMPDIR/sub" two
	git -C "$R" -c protocol.file.allow=always submodule --quiet add "$BATS_TEST_TMPDIR/sub" three
	git -C "$R" commit -qm subs
	made aaaaaaaa "$R"
	echo x >"$T/one/x"
	echo y >"$T/one/y"
	rmdir "$T/two"
	rmdir "$T/three"
	echo file >"$T/three"
	changed
	for p in one two three; do refused "$p"; done
	assert_equal "$(jq '.refused | length' "$JD/changes.json")" 3
}

@test "a file changed back in size and time is seen: mtime can be set, ctime cannot" {
	made aaaaaaaa "$R"
	touch -r "$T/a.txt" "$BATS_TEST_TMPDIR/ref"
	sed -i 's/two/TWO/' "$T/a.txt"
	touch -r "$BATS_TEST_TMPDIR/ref" "$T/a.txt"
	touch "$T/src/main.c"
	changed a.txt
}

@test "sealed once: what happens to the tree, the repository or the agent later changes nothing" {
	made aaaaaaaa "$R"
	echo mine >>"$T/a.txt"
	echo new >"$T/new"
	jobdir-diff -q --seal "$JOB"
	cp "$JD/changes.json" "$BATS_TEST_TMPDIR/was"
	echo later >>"$T/a.txt"
	run -0 jobdir-diff -q --seal --stat "$JOB"
	cmp "$JD/changes.json" "$BATS_TEST_TMPDIR/was"
	# the user rewrites history and prunes everything the job borrowed
	echo other >"$R/a.txt"
	git -C "$R" add -A
	git -C "$R" commit -q --amend -m amended
	git -C "$R" reflog expire --expire=now --all
	git -C "$R" gc -q --prune=now
	run ! git -C "$R" cat-file -e "$(jq -r .base.commit "$JD/changes.json")"
	rm -rf "$T" "$JD/agent.git"
	run -0 jobdir-diff -q --name-status "$JOB"
	assert_output $'M\ta.txt\nA\tnew'
	git --git-dir="$JD/ctl.git" cat-file blob "$(jq -r '.files[0].old' "$JD/changes.json")" | grep -x three
	git --git-dir="$JD/ctl.git" cat-file blob "$(jq -r '.tree' "$JD/changes.json"):a.txt" | grep -x mine
	git --git-dir="$JD/ctl.git" cat-file -e "$(jq -r .base.commit "$JD/changes.json")"
	git --git-dir="$JD/ctl.git" diff-tree -r --name-only "$(jq -r .base.tree "$JD/changes.json")" "$(jq -r .tree "$JD/changes.json")" | paste -sd' ' | grep -x 'a.txt new'
}

@test "a job that is not over is shown without sealing; one that was killed is sealed when asked" {
	made aaaaaaaa "$R"
	echo mine >>"$T/a.txt"
	running
	run -0 --separate-stderr jobdir-diff --name-status "$JOB"
	assert_output $'M\ta.txt'
	[[ $stderr == *'not sealed: this is the state so far'* ]]
	[[ ! -e $JD/changes.json && ! -e $JD/changes.patch && ! -e $JD/.diff ]]
	assert_equal "$(jobdir-diff --json "$JOB" | jq -r .sealed)" false
	find "$JD/ctl.git/objects" -type f | grep -v alternates && false
	exec {HOLD}>&-
	unset HOLD
	wait_for 60 eval 'jobdir-diff -q --json "$JOB" | jq -e .sealed'
	[[ -e $JD/changes.json ]]
}

@test "kill -9 at any step of sealing leaves nothing that hinders the next" {
	made aaaaaaaa "$R"
	echo mine >>"$T/a.txt"
	echo x >"$T/new"
	for n in 1 2 3 4 5 6 7 8 9 10 12 14; do
		run strace -qq -o /dev/null -e trace=mkdirat,renameat,linkat,fsync,unlinkat \
			-e inject=mkdirat,renameat,linkat,fsync,unlinkat:signal=KILL:when="$n" \
			jobdir-diff -q --seal "$JOB"
		if [[ -e $JD/changes.json ]]; then
			assert_equal "$(jq -r .patch.sha256 "$JD/changes.json")" "$(sha256sum <"$JD/changes.patch" | cut -d' ' -f1)"
			rm "$JD/changes.json"
		fi
	done
	changed a.txt new
	[[ ! -e $JD/.diff ]]
	lands
}

@test "two seals at once are one" {
	made aaaaaaaa "$R"
	echo mine >>"$T/a.txt"
	for i in 1 2 3 4; do jobdir-diff -q --seal --json "$JOB" >"$BATS_TEST_TMPDIR/out$i" 3>&- & pids+=($!); done
	for p in "${pids[@]}"; do wait "$p"; done
	for i in 2 3 4; do cmp "$BATS_TEST_TMPDIR/out1" "$BATS_TEST_TMPDIR/out$i"; done
	assert_equal "$(sha256sum <"$JD/changes.patch" | cut -d' ' -f1)" "$(jq -r .patch.sha256 "$JD/changes.json")"
}

@test "renames are for display; a large file and many files; nothing changed" {
	seq 1000 >"$R/long"
	git -C "$R" add -A
	git -C "$R" commit -qm long
	made aaaaaaaa "$R"
	changed
	assert_equal "$(jobdir-diff -q "$JOB" | wc -c)" 0
	made bbbbbbbb "$R"
	mv "$T/long" "$T/longer"
	echo end >>"$T/longer"
	head -c 20000000 /dev/zero >"$T/zero"
	mkdir "$T/many"
	for i in $(seq 300); do echo "$i" >"$T/many/$i"; done
	jobdir-diff -q --seal "$JOB"
	assert_equal "$(jq -c '.renames | map([.from, .to])' "$JD/changes.json")" '[["long","longer"]]'
	assert_equal "$(jq '.stat.files' "$JD/changes.json")" 303
	lands
}

@test "files that run by themselves are marked" {
	made aaaaaaaa "$R"
	mkdir -p "$T/.husky" "$T/.vscode" "$T/.github/workflows" "$T/sub/.claude"
	touch "$T/.husky/pre-commit" "$T/.envrc" "$T/.vscode/tasks.json" "$T/.github/workflows/ci.yml" "$T/Makefile" "$T/AGENTS.md" "$T/sub/.claude/settings.json" "$T/.bashrc" "$T/plain.c" "$T/src/src"
	jobdir-diff -q --seal "$JOB"
	assert_equal "$(jq -r '.files[] | select(.marks) | "\(.path)=\(.marks | join(","))"' "$JD/changes.json" | paste -sd' ')" \
		'.bashrc=runs-by-itself .envrc=runs-by-itself .github/workflows/ci.yml=build .husky/pre-commit=runs-by-itself .vscode/tasks.json=runs-by-itself AGENTS.md=instructions Makefile=build sub/.claude/settings.json=runs-by-itself'
}

@test "no tree, no job, usage" {
	tree_job aaaaaaaa "$R"
	run -1 jobdir-diff "$JOB"
	run -100 jobdir-diff nosuch
	run -100 jobdir-diff
	run -100 jobdir-diff --json --stat "$JOB"
	run -0 jobdir-diff -h
	assert_output --partial 'usage: jobdir-diff'
	jobdir-tree -q make "$JOB"
	echo '{"format": 7}' >"$JD/changes.json"
	run -100 --separate-stderr jobdir-diff "$JOB"
	[[ $stderr == *format* ]]
}

@test ".gitignore replaced by a directory with directories in it is a change like any other" {
	printf '*.o\n' >"$R/.gitignore"
	git -C "$R" add -A && git -C "$R" commit -qm rules
	made aaaaaaaa "$R"
	rm "$T/.gitignore"
	mkdir -p "$T/.gitignore/sub"
	echo x >"$T/.gitignore/sub/y"
	echo x >"$T/b.o"
	changed .gitignore .gitignore/sub/y
	lands
}

@test "where whoever starts it ignores SIGCHLD the change is told all the same" {
	made aaaaaaaa "$R"
	echo x >"$T/new"
	run -0 --separate-stderr python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])' jobdir-diff --seal --name-status "$JOB"
	assert_output $'A\tnew'
}

@test "a directory nobody touched is not read, and nothing is missed for it" {
	mkdir -p "$R/p/q/r" "$R/p/w" "$R/s"
	for f in p/f p/q/f p/q/r/f p/w/f s/f; do echo "$f" >"$R/$f"; done
	printf 'target/\n' >"$R/.gitignore"
	git -C "$R" add -A
	git -C "$R" commit -qm dirs
	mkdir -p "$R/p/w/in"
	made aaaaaaaa "$R" p/w/in/
	strace -qq -y -f -e trace=getdents64 -o "$BATS_TEST_TMPDIR/trace" jobdir-diff -q --seal "$JOB"
	# only what is above where the agent starts was changed by us
	assert_equal "$(grep -o "<$T[^>]*>" "$BATS_TEST_TMPDIR/trace" | sort -u | sed "s,<$T,," | paste -sd' ')" '/p/w/in> /p/w> /p> >'
	made bbbbbbbb "$R" p/w/in/
	echo changed >>"$T/p/q/r/f" # in a directory whose names are as they were
	echo new >"$T/p/w/in/new"
	mkdir "$T/p/q/r/deep"
	echo new >"$T/p/q/r/deep/new"
	mv "$T/s" "$T/moved"
	ln -s moved "$T/s"
	changed moved/f p/q/r/deep/new p/q/r/f p/w/in/new s s/f
	made cccccccc "$R"
	mv "$T/p" "$T/elsewhere"
	ln -s elsewhere "$T/p" # every file below is still there, under the same name
	changed elsewhere/f elsewhere/q/f elsewhere/q/r/f elsewhere/w/f p p/f p/q/f p/q/r/f p/w/f
	lands
}
