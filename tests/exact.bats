# SPDX-License-Identifier: MIT
# shellcheck shell=bash
export BATS_TEST_TIMEOUT=240
load lib/common
load lib/sealed
load lib/treejob

setup() {
	isolate
	R=$BATS_TEST_TMPDIR/ws
	make_repo "$R"
}

# all_three: the sealed change of $JOB, told by diff, export and apply, is what is in its
# tree but for what it refused; the user's index stays. Sets nothing; fails with words.
all_three() {
	local index before=$BATS_TEST_TMPDIR/index-before
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	cp "$R/.git/index" "$before"
	jobdir-export --branch=out "$@" "$JOB" >/dev/null
	assert_equal "$(git -C "$R" rev-parse 'out^{tree}')" "$(jq -r .tree "$JD/changes.json")"
	jobdir-apply --preview "$@" "$JOB" >/dev/null
	jobdir-apply --yes "$@" "$JOB" >/dev/null
	cmp "$R/.git/index" "$before"
	# git's own word on it, from a copy of the index.
	index=$BATS_TEST_TMPDIR/index-copy
	cp "$R/.git/index" "$index"
	GIT_INDEX_FILE=$index git -C "$R" -c core.autocrlf=false -c core.attributesFile=/dev/null \
		add -A
	assert_equal "$(GIT_INDEX_FILE=$index git -C "$R" write-tree)" "$(git -C "$R" rev-parse 'out^{tree}')"
}

# patch_applies: plain git apply makes the sealed tree of the patch in a fresh checkout.
patch_applies() {
	git -C "$R" worktree add -q --detach "$BATS_TEST_TMPDIR/fresh" main
	git -C "$BATS_TEST_TMPDIR/fresh" apply --index --whitespace=nowarn "$JD/changes.patch"
	assert_equal "$(git -C "$BATS_TEST_TMPDIR/fresh" write-tree)" "$(jq -r .tree "$JD/changes.json")"
}

@test "thirty random trees and edits: git and a byte compare agree with diff, export and apply" {
	run -0 python3 "$TOP/tests/exact/property.py" 30 "${SEED:-20261121}"
	assert_line --regexp '^SEED=.*: 30 rounds, 0 failed'
}

@test "Git LFS pointers, working-tree-encoding, CRLF attributes: bytes as they are, everywhere" {
	printf '*.bin filter=lfs diff=lfs merge=lfs -text\n*.u16 working-tree-encoding=UTF-16LE\n*.crlf text eol=crlf\n' >"$R/.gitattributes"
	printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 12\n' 1 >"$R/p.bin"
	printf 'text\n' | iconv -t UTF-16LE >"$R/t.u16"
	printf 'a\r\nb\r\n' >"$R/l.crlf"
	git -C "$R" add -A
	git -C "$R" commit -qm attributes
	made aaaaaaaa "$R"
	# The tree has the blobs' bytes: UTF-8, LF, the pointer.
	assert_equal "$(cat "$T/t.u16")" text
	printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\nsize 13\n' 2 >"$T/p.bin"
	cp "$T/p.bin" "$T/new.bin"
	printf 'a\nb\nc\n' >"$T/l.crlf"
	printf 'more\r\n' >"$T/new.crlf"
	printf 'text\nmore\n' >"$T/t.u16"
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	jq -e '[.files[] | select(.marks // [] | index("lfs-pointer")) | .path] == ["new.bin", "p.bin"]' "$JD/changes.json" >/dev/null
	jobdir-export --branch=out "$JOB"
	assert_equal "$(git -C "$R" rev-parse 'out^{tree}')" "$(jq -r .tree "$JD/changes.json")"
	cmp <(git -C "$R" cat-file blob out:new.crlf) <(printf 'more\r\n')
	# A file that a filter wrote otherwise into the workspace is in the way, by name; CRLF is not.
	run -1 jobdir-apply --preview "$JOB"
	assert_line --partial 'conflict  t.u16: '
	assert_line 'modify    l.crlf (CRLF)'
	jobdir-apply --preview --only=p.bin --only=new.bin --only=l.crlf --only=new.crlf "$JOB" >/dev/null
	jobdir-apply --yes --only=p.bin --only=new.bin --only=l.crlf --only=new.crlf "$JOB" >/dev/null
	cmp "$R/new.crlf" "$T/new.crlf"
	cmp "$R/new.bin" "$T/new.bin"
	cmp "$R/l.crlf" <(printf 'a\r\nb\r\nc\r\n')
}

@test "a sparse checkout: what is not checked out is not deleted, and what the job made lands" {
	mkdir -p "$R/in" "$R/outside"
	echo i >"$R/in/f"
	echo o >"$R/outside/f"
	git -C "$R" add -A
	git -C "$R" commit -qm more
	git -C "$R" sparse-checkout set in 2>/dev/null
	[ ! -e "$R/outside" ]
	made aaaaaaaa "$R"
	echo more >>"$T/in/f"
	echo new >"$T/in/n"
	changed in/f in/n
	jobdir-export --branch=out "$JOB"
	assert_equal "$(git -C "$R" rev-parse 'out^{tree}')" "$(jq -r .tree "$JD/changes.json")"
	git -C "$R" cat-file -e out:outside/f
	cp "$R/.git/index" before
	jobdir-apply --preview "$JOB" >/dev/null
	jobdir-apply --yes "$JOB" >/dev/null
	cmp before "$R/.git/index"
	assert_equal "$(cat "$R/in/f" "$R/in/n")" $'i\nmore\nnew'
	[ ! -e "$R/outside" ]
	git -C "$R" add -A
	git -C "$R" commit -qm landed
	# A change of what is not checked out here is in the way, by name.
	made bbbbbbbb "$R"
	echo more >>"$T/outside/f"
	run -1 jobdir-apply --preview "$JOB"
	assert_line 'conflict  outside/f: not checked out here (a sparse checkout)'
	jobdir-export --branch=out2 "$JOB"
	assert_equal "$(git -C "$R" cat-file blob out2:outside/f)" $'o\nmore'
	# Nor is its deletion already done: git would still have the file.
	made cccccccc "$R"
	rm "$T/outside/f" "$T/in/n"
	run -1 jobdir-apply --preview "$JOB"
	assert_line 'conflict  outside/f: not checked out here (a sparse checkout)'
	assert_line 'delete    in/n'
	jobdir-apply --preview --only=in "$JOB" >/dev/null
	jobdir-apply --yes --only=in "$JOB" >/dev/null
	[[ ! -e $R/in/n ]]
}

@test "names at the limits: 4,000-byte paths, 255-byte names, 300 levels" {
	made aaaaaaaa "$R"
	n=$(printf 'x%.0s' {1..255})
	deep=$(printf 'd/%.0s' {1..300})
	mkdir -p "$T/$deep"
	echo deep >"$T/${deep}f"
	(cd "$T" && for _ in {1..14}; do mkdir "$n" && cd "$n"; done && echo long >"$n" && : >"${n%x}")
	all_three
	cmp "$R/${deep}f" "$T/${deep}f"
	patch_applies
}

@test "a path of 4,000 bytes lands, one of 4,001 is refused by name, not dropped" {
	made aaaaaaaa "$R"
	n=$(printf 'x%.0s' {1..249})
	(
		cd "$T"
		for _ in {1..15}; do mkdir "$n" && cd "$n"; done
		echo fits >"${n}y"
		echo too long >"${n}yy"
		for _ in 1 2 3; do mkdir "${n:0:100}" && cd "${n:0:100}"; done
		echo longer >f
	)
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	assert_equal "$(jq -c '[.files[].path | length]' "$JD/changes.json")" '[4000]'
	assert_equal "$(jq -c '[.refused[] | [(.path | length), .reason]] | sort' "$JD/changes.json")" \
		'[[4001,"the path is too long"],[4052,"the path is too long"]]'
	mapfile -t names < <(jq -r '.refused[].path' "$JD/changes.json")
	all_three "${names[@]/#/--accept=}"
}

@test "what was deleted here as well is no conflict, though a directory has its name now" {
	git -C "$R" checkout -q -b twins
	echo f >"$R/was"
	git -C "$R" add -A
	git -C "$R" commit -qm was
	made aaaaaaaa "$R"
	for d in "$R" "$T"; do
		rm "$d/was"
		mkdir "$d/was"
		ln -s there "$d/was/link"
	done
	echo mine >"$R/was/mine"
	echo theirs >"$T/was/theirs"
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	run -0 jobdir-apply --preview "$JOB"
	assert_line 'already   was'
	assert_line 'already   was/link'
	jobdir-apply --yes "$JOB" >/dev/null
	assert_equal "$(cat "$R/was/mine" "$R/was/theirs")" $'mine\ntheirs'
}

@test "renames, committed, staged or neither: one change, whatever the agent's git says" {
	for i in 1 2 3 4 5 6 7 8; do echo "line $i"; done >"$R/old"
	git -C "$R" add -A
	git -C "$R" commit -qm old
	for how in plain staged committed amended; do
		made "${how:0:1}aaaaaaa" "$R"
		(
			cd "$T"
			case $how in
			plain) mv old new ;;
			staged) git mv old new ;;
			committed) git mv old new && git -c user.name=a -c user.email=b commit -qm mv ;;
			amended) git mv old new && git -c user.name=a -c user.email=b commit -q --amend -m mv && git gc -q --prune=now ;;
			esac
		)
		jobdir-diff -q --seal --stat "$JOB" >/dev/null
		assert_equal "$(jq -r '.files[] | .status + .path' "$JD/changes.json" | paste -sd' ')" 'Anew Dold'
		jq -e '.renames == [{from: "old", to: "new", similarity: 100}]' "$JD/changes.json" >/dev/null
		jobdir-export --branch="$how" "$JOB" >/dev/null
		[[ $how = plain ]] || assert_equal "$(git -C "$R" rev-parse "$how^{tree}")" "$(git -C "$R" rev-parse 'plain^{tree}')"
	done
	jobdir-apply --preview "$JOB" >/dev/null
	jobdir-apply --yes "$JOB" >/dev/null
	[[ -e $R/new && ! -e $R/old ]]
}

@test "the user rebases, amends, switches and collects while the job works: base and change stay" {
	git -C "$R" checkout -qb topic
	echo topic >"$R/topic"
	git -C "$R" add -A
	git -C "$R" commit -qm topic
	made aaaaaaaa "$R"
	echo job >>"$T/topic"
	git -C "$R" checkout -q main
	echo main >"$R/main"
	git -C "$R" add -A
	git -C "$R" commit -qm main
	git -C "$R" rebase -q main topic
	git -C "$R" commit -q --amend -m again
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	git -C "$R" reflog expire --expire=now --all
	git -C "$R" gc -q --prune=now
	# Diff and apply need nothing of what was pruned; export says what it lacks.
	assert_equal "$(jobdir-diff -q --name-status "$JOB")" $'M\ttopic'
	run -1 jobdir-export "$JOB"
	assert_output --partial 'is not in the repository any more'
	jobdir-apply --preview "$JOB" >/dev/null
	jobdir-apply --yes "$JOB" >/dev/null
	assert_equal "$(cat "$R/topic")" $'topic\njob'
}

@test "case and NFC twins, submodules and nested repositories: never in a branch or a workspace" {
	git init -q sub
	git -C sub commit -q --allow-empty -m s
	git -C "$R" -c protocol.file.allow=always submodule --quiet add "$PWD/sub" sub
	git -C "$R" commit -qm sub
	made aaaaaaaa "$R"
	mkdir -p "$T/sub" "$T/nest"
	echo x >"$T/sub/in-it"
	git -C "$T/nest" init -q
	echo y >"$T/nest/f"
	echo z >"$T/A.TXT"
	echo e >"$T/"$'e\xcc\x81'
	echo e >"$T/"$'\xc3\xa9'
	echo ok >"$T/fine"
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	run -1 jobdir-export --branch=out "$JOB"
	mapfile -t names < <(jq -r '.refused[].path' "$JD/changes.json")
	((${#names[@]} >= 4))
	jobdir-export --branch=out "${names[@]/#/--accept=}" "$JOB"
	assert_equal "$(git -C "$R" diff --name-only main out | paste -sd' ')" 'fine nest/f'
	assert_equal "$(git -C "$R" ls-tree out sub | cut -c1-6)" 160000
	jobdir-apply --preview "${names[@]/#/--accept=}" "$JOB" >/dev/null
	jobdir-apply --yes "${names[@]/#/--accept=}" "$JOB" >/dev/null
	assert_equal "$(git -C "$R" --no-optional-locks status --porcelain)" $'?? fine\n?? nest/'
}
