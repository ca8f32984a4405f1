# SPDX-License-Identifier: MIT
# hostile.bats: repositories and trees that attack who looks at them. One test per
# attack: first our commands, then plain git in the same place as the control, to
# which the attack must happen. What runs leaves OWNED; what is to stay unseen says h1dden.
# shellcheck shell=bash
export BATS_TEST_TIMEOUT=240
[[ -z ${LONG-} ]] || BATS_TEST_TIMEOUT=1200
load lib/common
load lib/treejob

setup() {
	isolate
	R=$BATS_TEST_TMPDIR/ws OWN=$BATS_TEST_TMPDIR/OWNED EVIL=$BATS_TEST_TMPDIR/evil
	export EVIL OWN
	make_repo "$R"
	printf '#!/bin/sh\ntouch %s\nexec cat\n' "$OWN" >"$EVIL"
	chmod +x "$EVIL"
}

teardown() {
	jobdir list --active -q | xargs -r jobdir cancel -q >/dev/null 2>&1 || :
	# An ordinary user's bats could not remove what is closed.
	find "$BATS_TEST_TMPDIR" -type d ! -perm -u=rwx -exec chmod u+rwx {} + 2>/dev/null || :
}

# asked: sets ACCEPT to what the sealed change of $JOB wants named.
asked() {
	mapfile -d '' ACCEPT < <(jq -j '(.refused[].path, (.files[] | select(.marks // [] |
		index("runs-by-itself")) | .path)) | "--accept=" + . + "\u0000"' "$JD/changes.json")
}

# commands: everything that looks at $JOB or at the workspace.
commands() {
	local c
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	for c in --patch --list --name-status --json; do jobdir-diff -q "$c" "$JOB" >/dev/null; done
	asked
	if ((${#ACCEPT[@]})); then
		# Nothing of that lands, or is in a branch, without its name.
		run -1 jobdir-apply --preview "$JOB"
		run -1 jobdir-export --branch=no "$JOB"
		run ! git -C "$R" rev-parse -q --verify refs/heads/no
	fi
	run jobdir-apply --preview "${ACCEPT[@]}" "$JOB"
	((status <= 1))
	run jobdir-apply --yes "${ACCEPT[@]}" "$JOB"
	((status <= 1))
	jobdir-export --branch="out-${JOB##*-}" "${ACCEPT[@]}" "$JOB" >/dev/null
	run jobdir-check -q "$JOB"
	for c in show list wait stats result; do run "jobdir-$c" "$JOB"; done
	jobdir-result --json "$JOB" >/dev/null
	jobdir-setup --cwd="$R" >/dev/null
	run jobdir-doctor --json
	run jobdir-clean -n
	(cd "$R" && CLAUDE_BIN=/nonexistent jobdir-task --tool=claude_task --request=- \
		<<<"{\"cwd\":\"$R\",\"task\":\"change it\",\"mode\":\"write\"}") >/dev/null
	[[ ! -e $OWN ]]
}

# control DIR: what a person would do there.
control() (
	set +e
	cd "$1" || return 1
	git status
	git diff
	git add -A
	git diff --cached
	git commit -qm control
	: # it may well have failed
) >/dev/null 2>&1

# runs PATH...: attack() arms the directory it stands in. In the agent's tree, then in the
# user's repository: nothing runs, everything is seen.
runs() {
	made aaaaaaaa "$R"
	(cd "$T" && echo h1dden >>a.txt && attack) >/dev/null
	rm -f "$OWN"
	commands
	seen a.txt "$@"
	control "$T"
	[[ -e $OWN ]] || fail 'the control: plain git did not run it in the tree'
	(cd "$R" && echo mine >>src/main.c && attack) >/dev/null
	rm -f "$OWN"
	made bbbbbbbb "$R" '' '{"dirty": "snapshot"}'
	echo more >>"$T/a.txt"
	commands
	seen a.txt
	control "$R"
	[[ -e $OWN ]] || fail 'the control: plain git did not run it in the workspace'
}

# seen PATH...: each is in the change, or refused or left out by name with a reason.
seen() {
	local p
	for p; do
		jq -e --arg p "$p" '[.files[].path, (.refused[], .left_out.special[] |
			select(.reason != "") | .path)] | index($p) != null' "$JD/changes.json" >/dev/null ||
			fail "$p is not in the change: $(jq -c '[.files[].path, .refused, .left_out]' "$JD/changes.json")"
	done
}

# hides PATH...: attack() in the tree hides the word h1dden from plain git; not from us.
hides() {
	made aaaaaaaa "$R"
	(cd "$T" && attack) >/dev/null
	commands
	seen "$@"
	grep -q h1dden "$JD/changes.patch"
	run sh -c "cd '$T' && git status --porcelain -uall; git add -A; git diff --cached HEAD; git diff"
	refute_output --partial h1dden
}

@test "control: a harmless change is seen by plain git and by us, and lands" {
	made aaaaaaaa "$R"
	echo h1dden >>"$T/a.txt"
	commands
	seen a.txt
	grep -q h1dden "$R/a.txt"
	git -C "$T" diff | grep -q h1dden
}

@test "attack 1: core.fsmonitor" {
	attack() { git config core.fsmonitor "$EVIL"; }
	runs
}

@test "attack 2: .git redirected to a repository with a program in its configuration" {
	made aaaaaaaa "$R"
	git clone -q --bare "$R" e.git
	git --git-dir=e.git config core.bare false
	git --git-dir=e.git config core.worktree "$T"
	git --git-dir=e.git config core.fsmonitor "$EVIL"
	echo "gitdir: $PWD/e.git" >"$T/.git"
	echo h1dden >>"$T/a.txt"
	rm -f "$OWN"
	commands
	seen a.txt
	control "$T"
	[[ -e $OWN ]]
}

@test "attack 3: filter.clean" {
	attack() {
		echo '* filter=f' | tee .gitattributes >"$(git rev-parse --git-path info/attributes)"
		git config filter.f.clean "$EVIL"
		git config filter.f.smudge "$EVIL"
		git config filter.f.required true
	}
	runs .gitattributes
}

@test "attack 4: filter.process" {
	attack() {
		echo '* filter=f' | tee .gitattributes >"$(git rev-parse --git-path info/attributes)"
		git config filter.f.process "$EVIL"
	}
	runs .gitattributes
}

@test "attack 5: textconv, an external diff and a merge driver" {
	attack() {
		echo '* diff=d merge=d' >.gitattributes
		git config diff.d.textconv "$EVIL"
		git config diff.external "$EVIL"
		git config merge.d.driver "$EVIL"
	}
	runs .gitattributes
}

@test "attack 6: core.hooksPath=.husky" {
	attack() {
		mkdir -p .husky
		for h in pre-commit post-index-change reference-transaction post-checkout post-commit; do
			cp "$EVIL" ".husky/$h"
		done
		git config core.hooksPath .husky
	}
	runs .husky/pre-commit .husky/reference-transaction
}

@test "attack 7: a submodule's own fsmonitor" {
	attack() {
		git init -q sub
		git -C sub commit -q --allow-empty -m s
		git -c advice.addEmbeddedRepo=false add sub
		git -C sub config core.fsmonitor "$EVIL"
		echo h1dden >sub/f
	}
	runs sub/.git sub/f
}

@test "attack 8: include.path to a file in the tree" {
	attack() {
		printf '[core]\n\tfsmonitor = %s\n' "$EVIL" >conf
		git config include.path "$PWD/conf"
	}
	runs conf
}

@test "attack 9: a nested repository becomes a gitlink" {
	attack() {
		git init -q nest
		echo h1dden >nest/f
		git -C nest add f
		git -C nest commit -qm n
	}
	hides nest/.git nest/f
	jq -e '.refused == [{path: "nest/.git", reason: "nested repository"}]' "$JD/changes.json" >/dev/null
}

@test "attack 10: assume-unchanged" {
	attack() { git update-index --assume-unchanged a.txt && echo h1dden >>a.txt; }
	hides a.txt
}

@test "attack 11: skip-worktree" {
	attack() { git update-index --skip-worktree a.txt && echo h1dden >>a.txt; }
	hides a.txt
}

@test "attack 12: info/exclude" {
	attack() { echo '*' >>"$(git rev-parse --git-path info/exclude)" && echo h1dden >new; }
	hides new
}

@test "attack 13: a .gitignore that ignores itself" {
	attack() { echo '*' >.gitignore && echo h1dden >new; }
	hides new .gitignore
}

@test "attack 14: *.c -diff" {
	attack() {
		echo '*.c -diff' | tee .gitattributes >"$(git rev-parse --git-path info/attributes)"
		echo '// h1dden' >>src/main.c
	}
	hides src/main.c .gitattributes
}

@test "attack 15: working-tree-encoding makes other bytes look the same" {
	made aaaaaaaa "$R"
	iconv -t UTF-16LE "$R/a.txt" >"$T/a.txt"
	mkdir -p "$JD/agent.git/info"
	echo 'a.txt working-tree-encoding=UTF-16LE' >"$JD/agent.git/info/attributes"
	commands
	seen a.txt
	cmp "$R/a.txt" "$T/a.txt"
	run -0 git -C "$T" diff HEAD
	assert_output ''
}

@test "attack 16: one .GIT makes git add -A give up on everything" {
	attack() { mkdir .GIT && echo h1dden >.GIT/config && echo h1dden >>zz; }
	hides .GIT zz
}

@test "attack 17: files below a .git that is no repository" {
	attack() { mkdir -p x/.git && echo h1dden >x/.git/payload && echo h1dden >x/f && echo x/f >>"$(git rev-parse --git-path info/exclude)"; }
	hides x/.git x/f
}

@test "attack 18: replaced and grafted objects" {
	attack() {
		echo h1dden >>a.txt
		git replace "$(git rev-parse HEAD:a.txt)" "$(git hash-object -w a.txt)"
	}
	made aaaaaaaa "$R"
	(cd "$T" && attack)
	commands
	seen a.txt
	grep -q h1dden "$JD/changes.patch"
	run -0 git -C "$T" diff HEAD
	refute_output --partial h1dden
}

@test "attack 19: the same size and time, and stat data that is not to be trusted" {
	attack() {
		touch -d yesterday a.txt
		git update-index --refresh
		git config core.trustctime false
		git config core.checkStat minimal
		t=$(stat -c %y a.txt)
		printf 'h1dden\n012345\n' >a.txt
		touch -d "$t" a.txt
	}
	hides a.txt
}

@test "attack 20: core.worktree elsewhere, core.fileMode=false" {
	made aaaaaaaa "$R"
	cp -a "$T/." else
	echo h1dden >>"$T/a.txt"
	chmod +x "$T/src/main.c"
	git --git-dir="$JD/agent.git" config core.fileMode false
	git --git-dir="$JD/agent.git" config core.worktree "$PWD/else"
	commands
	seen a.txt src/main.c
	run git -C "$T" status --porcelain
	refute_output --partial a.txt
}

@test "files that run when merely present must be accepted, one by one, by apply and by export" {
	made aaaaaaaa "$R"
	must=(.gitattributes .gitmodules .husky/pre-commit .githooks/x .envrc .vscode/tasks.json .idea/x.xml
		.claude/settings.json .mcp.json .codex/config.toml .npmrc .bashrc deep/er/.ENVRC sub/.Vscode/x)
	only=(AGENTS.md CLAUDE.md package.json Makefile .github/workflows/x.yml)
	(cd "$T" && for f in "${must[@]}" "${only[@]}" plain; do mkdir -p "$(dirname "$f")" && echo x >"$f"; done)
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	jq -c '.files[] | select(.marks // [] | index("runs-by-itself")) | .path' "$JD/changes.json" |
		sort | cmp - <(printf '"%s"\n' "${must[@]}" | sort)
	assert_equal "$(jq '[.files[] | select(.marks)] | length' "$JD/changes.json")" $((${#must[@]} + ${#only[@]}))
	for f in "${must[@]}"; do
		others=()
		for o in "${must[@]}"; do [[ $o = "$f" ]] || others+=("--accept=$o"); done
		run -1 jobdir-apply --preview "${others[@]}" "$JOB"
		assert_line "conflict  $f: runs by itself; accept it by name to land it"
		assert_line --partial '1 in the way'
		run -1 jobdir-export "${others[@]}" "$JOB"
		assert_output --partial "$f"
	done
	jobdir-apply --preview "${must[@]/#/--accept=}" "$JOB" >/dev/null
	jobdir-apply --yes "${must[@]/#/--accept=}" "$JOB" >/dev/null
	jobdir-export --branch=out "${must[@]/#/--accept=}" "$JOB" >/dev/null
	[[ -e $R/.envrc ]]
	git -C "$R" cat-file -e out:.envrc
}

@test "fifos, sockets, devices, 1 TiB of nothing, a directory of mode 000: named, at once" {
	made aaaaaaaa "$R"
	for d in "$T" "$R"; do
		mkfifo "$d/fifo"
		python3 -c 'import socket, os, sys; os.chdir(sys.argv[1]); socket.socket(socket.AF_UNIX).bind("sock")' "$d"
		mknod "$d/null" c 1 3 2>/dev/null || : # only root may
		truncate -s 1T "$d/huge" || skip 'this file system has no sparse files of 1 TiB'
		mkdir "$d/closed"
		echo in >"$d/closed/f"
		chmod 000 "$d/closed/f" "$d/closed"
		echo ok >>"$d/a.txt"
	done
	run -0 timeout 120 jobdir-diff -q --seal --stat "$JOB"
	assert_equal "$(jq -c '[.files[].path]' "$JD/changes.json")" '["a.txt","closed/f"]'
	assert_equal "$(jq -c '[.refused[] | .path + ": " + .reason]' "$JD/changes.json")" '["huge: larger than 1 GiB"]'
	assert_equal "$(jq -r '.left_out.special[] | .path + ": " + .reason' "$JD/changes.json" | head -n 1)" 'fifo: fifo'
	seen sock
	[[ ! -e $T/null ]] || seen null
	run timeout 120 jobdir-apply --preview --accept=huge "$JOB"
	((status <= 1))
	# The same in the person's workspace: no hang, no memory, and words.
	chmod 755 "$R/closed"
	chmod 644 "$R/closed/f"
	# a sanitizer reserves more than any limit
	([[ $BUILD == *asan* ]] || ulimit -v 4000000; timeout 120 jobdir-task --tool=claude_task --request=- \
		<<<"{\"cwd\":\"$R\",\"task\":\"change it\",\"mode\":\"write\"}") | grep -q huge
	tree_job bbbbbbbb "$R" '' '{"dirty": "snapshot"}'
	run -0 timeout 120 jobdir-tree -q make "$JOB"
	jq -e --arg n "'huge' is not in the snapshot: larger than 1 GiB" '.notes | index($n) != null' "$JD/tree.json"
	cmp "$R/closed/f" "$JD/tree/closed/f"
}

@test "files that change while they are read: a whole version of each, or clear words" {
	made aaaaaaaa "$R"
	head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/one"
	head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/two"
	(
		cd "$T"
		while [[ ! -e $BATS_TEST_TMPDIR/stop ]]; do
			cat "$BATS_TEST_TMPDIR/one" >grows
			cat "$BATS_TEST_TMPDIR/two" >grows
			echo x >here.new && mv here.new here
			mkdir -p dir && echo x >dir/f && rm -r dir
		done
	) 3>&- &
	writer=$!
	ok=1
	for i in {1..12}; do
		rm -f "$JD/changes.json" "$JD/changes.patch"	# sealed again each time
		run timeout 120 jobdir-diff -q --seal --list "$JOB"
		((status == 0)) || [[ $status = 1 && $output == *'keeps changing'* ]] || { ok=; break; }
	done
	touch "$BATS_TEST_TMPDIR/stop"
	wait "$writer"
	[[ $ok ]] || fail "round $i: $status: $output"
	rm -f "$JD/changes.json" "$JD/changes.patch"
	run -0 jobdir-diff -q --seal --list "$JOB"
	cmp "$T/grows" <(git --git-dir="$JD/ctl.git" cat-file blob "$(jq -r .tree "$JD/changes.json"):grows")
}

@test "attacks: the same for an ordinary user" {
	[ "$(id -u)" = 0 ] || skip 'this is an ordinary user'
	as_user() {
		setpriv --reuid=65534 --regid=65534 --clear-groups env -u BATS_TEST_TMPDIR -u BATS_RUN_TMPDIR \
			-u BATS_SUITE_TMPDIR -u BATS_FILE_TMPDIR HOME=/nonexistent TMPDIR=/tmp \
			PATH="$BUILD/bin:$TOP/bin:/usr/local/bin:/usr/bin:/bin" "$@"
	}
	run as_user test -r "$TOP/tests/hostile.bats" -a -x "$BUILD/tests/attack"
	[ "$status" = 0 ] || skip 'another user cannot read this directory'
	cd "$TOP"
	# All of them with LONG=1; here one that runs, one that hides, one that is refused.
	[[ ${LONG-} ]] && which='attack|control|files|fifos' || which='attack (1|10|19):'
	run as_user bats -f "$which" tests/hostile.bats
	assert_success
}
