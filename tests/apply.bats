# SPDX-License-Identifier: MIT
# shellcheck shell=bash
export BATS_TEST_TIMEOUT=240
load lib/common
load lib/sealed

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
}

# job EDIT: a sealed job made in $WS; sets ID.
job() {
	ID=$(sealed_job "${JOB_WS:-$WS}" "$1")
}

preview() {
	run --separate-stderr jobdir-apply --preview "$@" "$ID"
}

# land: preview, then land without a token.
land() {
	jobdir-apply --preview "$@" "$ID" >/dev/null || return
	run --separate-stderr jobdir-apply --yes "$@" "$ID"
}

tool() {
	jq -nc --arg cwd "$WS" --arg id "$ID" "{cwd: \$cwd, job_id: \$id} + $1" |
		jobdir-apply --tool=claude_apply --request=-
}

token() {
	jobdir-apply --preview "$ID" | sed -n 's/^token //p'
}

# state: every path of the workspace with type, mode and content, to compare.
state() {
	(cd "$WS" && find . -path ./.git -prune -o -printf '%P %y %m %l\n' &&
		grep -ra '' --exclude-dir=.git .) | sort
}

conflict() {
	preview
	assert_equal "$status" 1
	assert_line --partial "conflict  $1: $2"
	run -1 --separate-stderr jobdir-apply --yes "$ID"
}

@test "usage, version and operands" {
	run -0 jobdir-apply -h
	assert_line --index 0 --partial 'usage: jobdir-apply'
	run -0 jobdir-apply -V
	run -100 jobdir-apply
	run -100 jobdir-apply a b
	run -100 jobdir-apply --nonsense x
	run -100 jobdir-apply --preview --yes x
	run -100 jobdir-apply --preview --cleanup x
	run -100 jobdir-apply no-such-job
	run -100 jobdir-apply ../x
}

@test "modify, add and delete land; the emptied directory goes" {
	job 'sed -i s/two/TWO/ a.txt; mkdir -p n/m; echo new >n/m/f; rm -r src'
	preview
	assert_success
	assert_line 'modify    a.txt'
	assert_line 'add       n/m/f'
	assert_line 'delete    src/main.c'
	assert_equal "$(git -C "$WS" status --porcelain)" ''
	run -0 --separate-stderr jobdir-apply --yes "$ID"
	assert_line --partial 'landed 3'
	assert_equal "$(cat "$WS/a.txt")" $'one\nTWO\nthree'
	assert_equal "$(cat "$WS/n/m/f")" new
	[ ! -e "$WS/src" ]
	[ "$(ls "$WS/.git/jobdir")" = lock ]
	json '.complete and .confirmed == "--yes" and (.files | length == 3)' "$(job_dir "$ID")/apply/landed-1.json"
}

@test "index, HEAD and stash of the user are not touched" {
	echo staged >"$WS/s"
	git -C "$WS" add s
	cp "$WS/.git/index" index
	cp -r "$WS/.git/refs" refs
	job 'echo x >>a.txt; echo y >b'
	land
	assert_success
	cmp index "$WS/.git/index"
	diff -r refs "$WS/.git/refs"
}

@test "landing needs a word, and a preview" {
	job 'echo x >>a.txt'
	run -100 --separate-stderr jobdir-apply "$ID"
	assert_equal "$(git -C "$WS" status --porcelain)" ''
	run -1 --separate-stderr jobdir-apply --yes "$ID"
	[[ $stderr == *'no preview'* ]]
	run -1 --separate-stderr jobdir-apply --yes --token=nonsense "$ID"
	run -0 jobdir-apply --yes --token="$(token)" "$ID"
}

@test "a token is of one plan only" {
	job 'echo x >>a.txt; echo y >b'
	t=$(token)
	echo unrelated >"$WS/u"
	assert_equal "$(token)" "$t"
	touch "$WS/a.txt"
	assert_equal "$(token)" "$t"
	sed -i 1s/one/ONE/ "$WS/a.txt"
	before=$(state)
	run -1 --separate-stderr jobdir-apply --yes --token="$t" "$ID"
	[[ $stderr == *'no longer what was previewed'* ]]
	assert_equal "$(state)" "$before"
	git -C "$WS" checkout -q a.txt
	echo y2 >"$WS/b"
	run -1 --separate-stderr jobdir-apply --yes --token="$t" "$ID"
	rm "$WS/b"
	chmod +x "$WS/a.txt"
	run -1 --separate-stderr jobdir-apply --yes --token="$t" "$ID"
	chmod -x "$WS/a.txt"
	run -0 --separate-stderr jobdir-apply --yes --token="$t" "$ID"
}

@test "newer commits on main are merged, not reverted" {
	printf '%s\n' 1 2 3 4 5 6 7 8 9 >"$WS/n"
	git -C "$WS" add n && git -C "$WS" commit -qm n
	job 'sed -i s/2/two/ n'
	sed -i s/8/eight/ "$WS/n"
	git -C "$WS" commit -qam eight
	preview
	assert_line 'modify    n (merged)'
	run -0 jobdir-apply --yes "$ID"
	assert_equal "$(tr '\n' ' ' <"$WS/n")" '1 two 3 4 5 6 7 eight 9 '
}

@test "overlapping changes are a conflict, and all conflicts are listed" {
	job 'sed -i s/two/TWO/ a.txt; rm src/main.c; echo z >z'
	sed -i s/two/zwei/ "$WS/a.txt"
	echo more >>"$WS/src/main.c"
	echo mine >"$WS/z"
	before=$(state)
	preview
	assert_failure 1
	assert_line 'conflict  a.txt: both sides changed the same lines'
	assert_line 'conflict  src/main.c: modified here since the job started'
	assert_line 'conflict  z: an untracked file is in the way'
	run -1 --separate-stderr jobdir-apply --yes "$ID"
	assert_equal "$(state)" "$before"
}

@test "conflict rows" {
	printf '*.ign\n' >"$WS/.gitignore"
	printf 'bin\0a' >"$WS/bin"
	ln -s a.txt "$WS/ln"
	mkdir "$WS/d" && echo d >"$WS/d/f"
	git -C "$WS" add -A && git -C "$WS" commit -qm more
	job 'echo x >>a.txt; echo i >x.ign; printf "bin\0b" >bin; ln -sfn src ln; echo dd >>d/f; mkdir p; echo q >p/q; mkdir t; echo u >t/u; echo r >r; mkdir link; echo l >link/l; echo c >CASE'
	rm "$WS/a.txt"
	echo mine >"$WS/x.ign"
	printf 'bin\0c' >"$WS/bin"
	ln -sfn nowhere "$WS/ln"
	rm -r "$WS/d" && echo file >"$WS/d"
	echo file >"$WS/p"
	echo tracked >"$WS/r" && git -C "$WS" add r
	mkdir "$WS/elsewhere" && ln -s elsewhere "$WS/link"
	echo c >"$WS/case"
	preview
	assert_failure 1
	assert_line 'conflict  a.txt: deleted here since the job started'
	assert_line 'conflict  x.ign: an ignored file is in the way'
	assert_line 'conflict  bin: modified here since the job started'
	assert_line 'conflict  ln: modified here since the job started'
	assert_line 'conflict  d/f: a parent directory is a file here'
	assert_line 'conflict  p/q: a parent directory is a file here'
	assert_line 'conflict  r: added here since the job started'
	assert_line 'conflict  link/l: a parent directory is a symbolic link here'
	assert_line "conflict  CASE: a sibling's name differs only by case or normal form"
	assert_line 'add       t/u'
	assert_line --partial '9 in the way'
	[ -z "$(ls "$WS/elsewhere")" ]
}

# row PATH LINE: one row of the reference's collision matrix, in the job and the workspace
# that are there: with PATH nothing at all is written, not even the rest.
row() {
	preview --only="$1" --only=unrelated
	assert_failure 1
	assert_line "conflict  $1: $2"
	assert_line 'add       unrelated'
	assert_line --partial '1 in the way'
	run -1 jobdir-apply --yes --only="$1" --only=unrelated "$ID"
	[ ! -e "$WS/unrelated" ]
}

@test "every row of the collision matrix stops the whole landing, and is named" {
	printf '*.ign\n' >"$WS/.gitignore"
	for f in bin bin2 gone staged old old2 newer late lost mode; do printf '%s\0a' "$f" >"$WS/$f"; done
	cp "$WS/a.txt" "$WS/b.txt"
	cp "$WS/a.txt" "$WS/c.txt"
	cp "$WS/a.txt" "$WS/d.txt"
	ln -s a.txt "$WS/ln"
	ln -s a.txt "$WS/ln2"
	git -C "$WS" add -A && git -C "$WS" commit -qm more
	job 'echo x >unrelated; echo f >d; mkdir p l; echo q >p/q; echo q >l/q; echo c >CASE
		for f in b c d; do echo job >>$f.txt; done; printf "bin\0b" >bin; rm gone
		echo n >new; echo n >new2; echo n >new.ign; mv old fresh; mv old2 fresh2; echo x >>lost
		ln -sfn src ln; ln -sfn src ln2; chmod +x mode; ln -s /etc out; ln -s .git/config in'
	(
		cd "$WS"
		mkdir d && echo in >d/in
		echo file >p
		ln -s src l
		echo c >case
		for f in b c d; do echo mine >>$f.txt; done
		git add c.txt
		git commit -qm newer d.txt
		printf 'bin\0c' >bin
		for f in gone old; do echo mine >>$f; done
		for f in new new2 new.ign fresh2; do echo mine >$f; done
		git add new2
		rm lost mode ln2
		ln -s x mode
		ln -sfn nowhere ln
		echo file >ln2
		echo mine >>src/main.c # in nobody's way
	)
	state >before
	row d 'a directory is in the way'
	row p/q 'a parent directory is a file here'
	row l/q 'a parent directory is a symbolic link here'
	row CASE "a sibling's name differs only by case or normal form"
	row b.txt 'both sides changed the same lines' # dirty
	row c.txt 'both sides changed the same lines' # staged
	row d.txt 'both sides changed the same lines' # committed since: not reverted
	row bin 'modified here since the job started'
	row gone 'modified here since the job started'
	row lost 'deleted here since the job started'
	row new 'an untracked file is in the way'
	row new2 'added here since the job started'
	row new.ign 'an ignored file is in the way'
	# a rename is judged at both its names
	row old 'modified here since the job started'
	row fresh2 'an untracked file is in the way'
	# links and modes, which the reference refuses always, collide only when they differ
	row ln 'modified here since the job started'
	row ln2 'another kind of file here'
	row mode 'another kind of file here'
	row out 'a symbolic link that is absolute, leaves the tree or enters .git'
	row in 'a symbolic link that is absolute, leaves the tree or enters .git'
	state | cmp before -
	preview
	assert_line --partial '20 in the way'
	land --only=unrelated
	assert_success
	[ -e "$WS/unrelated" ]
}

@test "a status that is none is a damaged change, not a guess" {
	job 'echo x >>a.txt; echo y >y'
	d=$(job_dir "$ID")
	jq -c '.files[0].status = "R"' "$d/changes.json" >c && mv c "$d/changes.json"
	run ! jobdir-apply --preview "$ID"
	assert_output --partial changes.json
	[ ! -e "$WS/y" ]
}

@test "a directory where a file is to be; a link where a file was" {
	job 'echo x >>a.txt; echo y >y'
	mkdir "$WS/y"
	rm "$WS/a.txt"
	ln -s src/main.c "$WS/a.txt"
	preview
	assert_line 'conflict  y: a directory is in the way'
	assert_line 'conflict  a.txt: another kind of file here'
}

@test "links that leave the tree are refused, others land as links" {
	job 'ln -s /etc/passwd abs; ln -s ../../x out; ln -s .git/config in; ln -s ../a.txt src/ok'
	preview
	assert_failure 1
	for l in abs out in; do
		assert_line --partial "conflict  $l: a symbolic link that is absolute"
	done
	assert_line 'add       src/ok'
	job 'ln -s ../a.txt src/ok; rm a.txt; ln -s src/main.c a.txt'
	land
	assert_success
	assert_equal "$(readlink "$WS/src/ok")" ../a.txt
	assert_equal "$(readlink "$WS/a.txt")" src/main.c
}

@test "executable bits: added files, mode-only changes, merged with an edit here" {
	echo s >"$WS/s" && git -C "$WS" add s && git -C "$WS" commit -qm s
	job 'echo "#!/bin/sh" >run; chmod +x run s; echo x >>a.txt'
	chmod +x "$WS/a.txt"
	echo more >>"$WS/s"
	land
	assert_success
	[ -x "$WS/run" ]
	[ -x "$WS/s" ]
	[ -x "$WS/a.txt" ]
	assert_equal "$(cat "$WS/s")" $'s\nmore'
	assert_equal "$(tail -1 "$WS/a.txt")" x
}

@test "a private file stays private; new files are as open as their directory" {
	chmod 600 "$WS/a.txt"
	chmod 750 "$WS/src"
	umask 077
	job 'echo x >>a.txt; echo y >src/y; echo z >z; chmod +x z'
	land
	assert_success
	assert_equal "$(stat -c %a "$WS/a.txt")" 600
	assert_equal "$(stat -c %a "$WS/src/y")" 640
	assert_equal "$(stat -c %a "$WS/z")" "$(printf %o $((0755 & 0$(stat -c %a "$WS"))))"
}

@test "binary files, empty files, no newline at the end" {
	job 'head -c 100000 /dev/zero | tr "\0" "\377" >bin; : >empty; printf end >a.txt'
	land
	assert_success
	assert_equal "$(wc -c <"$WS/bin")" 100000
	[[ -e "$WS/empty" && ! -s "$WS/empty" ]]
	assert_equal "$(cat "$WS/a.txt")" end
	git -C "$WS" add -A
	assert_equal "$(git -C "$WS" write-tree)" "$(json .tree "$(job_dir "$ID")/changes.json")"
}

@test "names: not UTF-8, newlines, dashes, quotes, spaces" {
	job $'echo 1 >caf\xe9; echo 2 >$\'a\\nb\'; echo 3 >-n; echo 4 >\'q"q\'; echo 5 >"sp ace"; echo 6 >ü'
	preview
	assert_line 'add       "caf\351"'
	assert_line 'add       "a\012b"'
	run -0 jobdir-apply --yes "$ID"
	git -C "$WS" add -A
	assert_equal "$(git -C "$WS" write-tree)" "$(json .tree "$(job_dir "$ID")/changes.json")"
	tool '{preview: true}' >out
	json '.planned_changes[] | select(.path_base64) | .path_base64' out | grep -qx "$(printf 'caf\351' | base64)"
}

@test "rename, staged or committed by the agent or not" {
	job 'mkdir lib; mv src/main.c lib/main.c'
	land
	assert_success
	[ ! -e "$WS/src" ] && [ -e "$WS/lib/main.c" ]
}

@test "renaming by case alone" {
	job 'mv a.txt A.TXT'
	land
	assert_success
	assert_equal "$(ls "$WS")" $'A.TXT\nsrc'
}

@test "a file becomes a directory and a directory a file" {
	job 'rm a.txt; mkdir a.txt; echo in >a.txt/in; rm -r src; echo f >src'
	preview
	assert_success
	run -0 jobdir-apply --yes "$ID"
	assert_equal "$(cat "$WS/a.txt/in" "$WS/src")" $'in\nf'
	git -C "$WS" checkout -qf . && git -C "$WS" clean -qfd
	rm -rf "$WS/a.txt" "$WS/src" && git -C "$WS" checkout -qf .
	echo mine >"$WS/src/mine"
	preview
	assert_line 'conflict  src: a directory is in the way'
	rm "$WS/src/mine"
	mkdir "$WS/src/empty"
	preview
	assert_line 'conflict  src: a directory is in the way'
}

@test "a link to a directory becomes the directory" {
	ln -s src "$WS/l"
	git -C "$WS" add -A && git -C "$WS" commit -qm l
	job 'rm l; mkdir l; echo x >l/main.c'
	land
	assert_success
	assert_equal "$(cat "$WS/l/main.c")" x
	assert_equal "$(cat "$WS/src/main.c")" 'int main(void) { return 0; }'
}

@test "an emptied directory with a file of the user's stays" {
	job 'rm -r src'
	echo mine >"$WS/src/mine"
	land
	assert_success
	assert_equal "$(ls "$WS/src")" mine
}

@test "CRLF checkouts are no conflict and stay CRLF" {
	job 'sed -i s/two/TWO/ a.txt; echo new >b'
	sed -i 's/$/\r/' "$WS/a.txt"
	preview
	assert_line 'modify    a.txt (CRLF)'
	run -0 jobdir-apply --yes "$ID"
	assert_equal "$(od -An -c <"$WS/a.txt" | tr -d ' \n')" 'one\r\nTWO\r\nthree\r\n'
	preview
	assert_line 'already   a.txt'
}

@test "a workspace that is a subdirectory: paths are of the repository" {
	mkdir -p "$WS/d" && echo c >"$WS/d/c.txt"
	git -C "$WS" add -A && git -C "$WS" commit -qm d
	JOB_WS=$WS/d job 'echo more >>d/c.txt; echo up >up.txt'
	cd "$WS/d"
	land
	assert_success
	assert_equal "$(cat "$WS/d/c.txt")" $'c\nmore'
	[ -e "$WS/up.txt" ] && [ ! -e "$WS/d/d" ]
}

@test "a linked worktree lands in itself, with its journal in its own directory" {
	git -C "$WS" worktree add -q "$BATS_TEST_TMPDIR/linked"
	JOB_WS=$BATS_TEST_TMPDIR/linked job 'echo x >>a.txt'
	land
	assert_success
	assert_equal "$(tail -1 linked/a.txt)" x
	assert_equal "$(tail -1 "$WS/a.txt")" three
	[ -e "$(git -C linked rev-parse --git-path jobdir)/lock" ]
	[ ! -e "$WS/.git/jobdir" ]
}

@test "--into lands in another checkout" {
	git -C "$WS" worktree add -q "$BATS_TEST_TMPDIR/other"
	job 'echo x >>a.txt'
	land --into=other/src
	assert_success
	assert_equal "$(tail -1 other/a.txt)" x
	assert_equal "$(tail -1 "$WS/a.txt")" three
}

@test "a snapshot job applies onto the dirty workspace it came from" {
	sed -i s/one/dirty/ "$WS/a.txt"
	echo untracked >"$WS/u"
	SEALED_SNAPSHOT=1 job 'sed -i s/three/THREE/ a.txt; echo more >>u'
	preview
	assert_line 'modify    a.txt'
	run -0 jobdir-apply --yes "$ID"
	assert_equal "$(cat "$WS/a.txt")" $'dirty\ntwo\nTHREE'
	assert_equal "$(cat "$WS/u")" $'untracked\nmore'
}

@test "SHA-256 repositories" {
	rm -rf "$WS"
	git init -q --object-format=sha256 "$WS"
	make_repo "$WS"
	job 'echo x >>a.txt'
	land
	assert_success
	assert_equal "$(tail -1 "$WS/a.txt")" x
}

@test "submodules are left alone, checked out or not" {
	make_repo sub
	git -C "$WS" -c protocol.file.allow=always submodule --quiet add "$PWD/sub" s
	git -C "$WS" commit -qm s
	job 'echo x >y'
	d=$(job_dir "$ID")
	jq -c '.files += [.files[0] + {path: "s/x"}] | .files |= sort_by(.path)' "$d/changes.json" >c && mv c "$d/changes.json"
	preview
	assert_failure 1
	assert_line 'conflict  s/x: in or of a submodule'
	git -C "$WS" submodule --quiet deinit -f s
	preview
	assert_line 'conflict  s/x: in or of a submodule'
}

@test "what runs by itself must be accepted by name" {
	job 'mkdir .vscode; echo {} >.vscode/tasks.json; echo x >>a.txt'
	preview
	assert_failure 1
	assert_line 'conflict  .vscode/tasks.json: runs by itself; accept it by name to land it'
	run -1 --separate-stderr jobdir-apply --yes "$ID"
	run -0 jobdir-apply --yes --accept=.vscode/tasks.json "$ID"
	[ -e "$WS/.vscode/tasks.json" ]
}

@test "what is refused stops, and can be left out; then the tree is kept" {
	job 'echo x >>a.txt'
	d=$(job_dir "$ID")
	jq -c '.refused = [{path: "nested", reason: "nested repository"}]' "$d/changes.json" >c && mv c "$d/changes.json"
	preview
	assert_failure 1
	assert_line --partial 'conflict  nested: nested repository; can never be landed'
	run -0 --separate-stderr jobdir-apply --yes --cleanup --accept=nested "$ID"
	[ -d "$d/tree" ]
	json '.complete | not' "$d/apply/landed-1.json"
}

@test "outside allowed_files, and more files than allowed, must be accepted" {
	SEALED_PARAMS='{"allowed_files": ["src/"], "max_changed_files": 1}' job 'echo x >>a.txt; echo y >>src/main.c'
	preview
	assert_failure 1
	assert_line --partial 'conflict  a.txt: outside what the job was allowed'
	assert_line --partial 'conflict  .: too many files'
	run -0 jobdir-apply --yes --accept=a.txt --accept=. "$ID"
}

@test "--only lands a part, twice the whole" {
	job 'echo x >>a.txt; echo y >>src/main.c; echo z >src/z'
	land --only=src
	assert_success
	assert_equal "$(tail -1 "$WS/a.txt")" three
	assert_equal "$(cat "$WS/src/z")" z
	land
	assert_success
	assert_equal "$(tail -1 "$WS/a.txt")" x
	json '.complete' "$(job_dir "$ID")/apply/landed-2.json"
}

@test "--only and --accept must name something of the plan" {
	job 'echo x >>a.txt; echo y >src/new.c'
	run -100 --separate-stderr jobdir-apply --preview --only=srcc "$ID"
	assert_equal "$stderr" "jobdir-apply: only 'srcc': the change has no such path (paths are those of the plan, from the top of the repository)"
	assert_equal "$output" ''
	run -100 --separate-stderr jobdir-apply --preview --accept=.envrc "$ID"
	assert_regex "$stderr" "accept '.envrc': the change has no such path"
	for o in --only= --only=/ --accept= --only=./; do
		run -100 jobdir-apply --preview "$o" "$ID"
		assert_output --partial 'a path of the plan, not an empty one'
	done
	# A directory as a person's shell completes it, and the whole.
	land --only=./src/
	assert_success
	[ -e "$WS/src/new.c" ]
	run ! grep -q x "$WS/a.txt"
	land --only=. --accept=.
	assert_success
	grep -q x "$WS/a.txt"
	run -0 tool '{preview: true, only: ["nope"]}'
	json '.error.code == "invalid_request"' <<<"$output"
}

@test "core.fileMode=false: bits that mean nothing here are no change of the user's" {
	printf '#!/bin/sh\n' >"$WS/gone.sh"
	cp "$WS/gone.sh" "$WS/kept.sh"
	cp "$WS/gone.sh" "$WS/link.sh"
	chmod +x "$WS"/*.sh
	git -C "$WS" add -A
	git -C "$WS" commit -qm scripts
	job 'rm gone.sh; echo more >>kept.sh; rm link.sh; ln -s kept.sh link.sh; chmod +x a.txt; echo z >>a.txt'
	chmod -x "$WS"/*.sh
	preview
	assert_equal "$status" 1		# the user took the bits away
	git -C "$WS" config core.fileMode false
	assert_equal "$(git -C "$WS" status --porcelain)" ''
	land
	assert_success
	[ ! -e "$WS/gone.sh" ]
	[ -L "$WS/link.sh" ]
	assert_equal "$(tail -n 1 "$WS/kept.sh")" more
	[ ! -x "$WS/kept.sh" ]
	[ -x "$WS/a.txt" ]
	run -0 jobdir-apply --preview "$ID"
	assert_line --partial '0 to land'
}

@test "names that fold together in any script, with marks in any order" {
	# Bytes, not \u: what bash makes of that depends on the locale.
	touch "$WS"/$'\xe1\xba\x9e'.txt "$WS"/$'e\xcc\x81\xcc\xa3'.txt "$WS"/$'\xf0\x9e\xa4\x80'.txt
	git -C "$WS" add -A
	git -C "$WS" commit -qm names
	for n in ss.txt $'\xe1\xba\xb9\xcc\x81'.txt $'\xf0\x9e\xa4\xa2'.txt; do
		job "touch '$n'"
		preview
		assert_equal "$status" 1
		assert_output --partial 'differs only by case or normal form'
	done
}

@test "without git in PATH it says so" {
	job 'echo x >>a.txt'
	mkdir none
	for f in jobdir-apply jobdir-diff; do ln -s "$(command -v $f)" none/; done
	run -111 env PATH="$PWD/none" jobdir-apply --preview "$ID"
	assert_output --partial 'git cannot be run: it is not installed, or not in PATH'
	assert_equal "${#lines[@]}" 1
}

@test "twice: the second finds it all there" {
	job 'echo x >>a.txt; echo y >b; rm src/main.c'
	t=$(token)
	jobdir-apply --yes --token="$t" "$ID" >1 2>&1 &
	p=$!
	jobdir-apply --yes --token="$t" "$ID" >2 2>&1
	wait $p
	cat 1 2
	run grep -h '^landed' 1 2
	assert_line --partial 'landed 3'
	assert_line --partial 'landed 0'
}

@test "a job that is not finished, or has no change" {
	job 'echo x >>a.txt'
	d=$(job_dir "$ID")
	mv "$d/end.json" end
	# Held for writing: somebody supervises it.
	python=$(command -v python3) || skip 'no python3 to hold a lock'
	mkfifo ready hold
	"$python" -c 'import fcntl,struct,sys
f=open(sys.argv[1],"r+b"); fcntl.fcntl(f,37,struct.pack("hhqqixxxx",fcntl.F_WRLCK,0,0,0,0))
open("ready","w").write("x\n"); open("hold").read()' "$d/lock" 3>&- &
	p=$!
	read -rt 60 <ready
	run -1 --separate-stderr jobdir-apply --preview "$ID"
	[[ $stderr == *'has not ended'* ]]
	: >hold
	wait $p
	mv end "$d/end.json"
	rm -rf "$d/changes.json" "$d/ctl.git" "$d/tree"
	run -1 --separate-stderr jobdir-apply --preview "$ID"
}

@test "the change of a failed job can be landed, with a warning" {
	SEALED_STATE=failed job 'echo x >>a.txt'
	tool '{preview: true}' >out
	json '.warnings[0] | test("failed")' out
	land
	assert_success
}

@test "--cleanup removes the tree after a complete landing only" {
	job 'echo x >>a.txt'
	jobdir-apply --preview "$ID" >/dev/null
	run -0 --separate-stderr jobdir-apply --yes --cleanup "$ID"
	assert_line --partial "the job's tree is removed"
	[ ! -e "$(job_dir "$ID")/tree" ]
	[ -e "$(job_dir "$ID")/changes.patch" ]
	assert_equal "$(tail -1 "$WS/a.txt")" x
}

@test "an open writer refuses the landing and loses nothing" {
	job 'echo x >>a.txt; echo y >b'
	t=$(token)
	exec 7<>"$WS/a.txt"
	run -1 --separate-stderr jobdir-apply --yes --token="$t" "$ID"
	[[ $stderr == *"'a.txt': another program has it open for writing"* ]]
	[ ! -e "$WS/b" ]
	printf 'SAVED' >&7
	exec 7>&-
	[[ $(cat "$WS/a.txt") == SAVED* ]]
}

@test "an editor that saves while it lands loses nothing" {
	job 'echo x >>a.txt; echo y >b; rm src/main.c'
	t=$(token)
	before=$(state)
	for i in $(seq 40); do
		git -C "$WS" checkout -qf . && rm -f "$WS/b"
		{ jobdir-apply --yes --token="$t" "$ID" >out 2>&1 && echo 0 >rc || echo 1 >rc; } &
		p=$!
		for ((k = 0; k < i * 20; k++)); do :; done
		if ((i % 2)); then
			echo "edit $i" >"$WS/a.txt"
		else
			echo "edit $i" >"$BATS_TEST_TMPDIR/t" && mv "$BATS_TEST_TMPDIR/t" "$WS/a.txt"
		fi
		wait $p
		# Whatever apply did, what was saved last is there, and the rest is old or new.
		assert_equal "$(cat "$WS/a.txt")" "edit $i"
		if [ "$(cat rc)" = 0 ]; then
			[[ -e "$WS/b" && ! -e "$WS/src/main.c" ]]
		else
			[[ ! -e "$WS/b" && -e "$WS/src/main.c" ]]
		fi
		run ls "$WS/.git/jobdir"
		[ "$status" != 0 ] || assert_output lock
	done
}

# kill_at SYSCALL N CMD...: run with SIGKILL at the N-th of these calls of this process.
kill_at() {
	local call=$1 n=$2
	shift 2
	strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace="$call" -e inject="$call:signal=KILL:when=$n" "$@"
} >/dev/null 2>&1

# kill_points SYSCALL...: kill at each of these calls, once, recover, compare.
# KILL_RECOVERY: the recovery is killed too, then run again.
kill_points() {
	local old new call n t points=0 now left
	job 'echo x >>a.txt; mkdir -p n/m; echo y >n/m/b; echo z >z; ln -s a.txt l; rm -r src'
	t=$(token)
	old=$(state)
	cp -a "$WS" copy
	jobdir-apply --yes --token="$t" "$ID" >/dev/null
	new=$(state)
	[ "$old" != "$new" ]
	for call in "$@"; do
		for ((n = 1; n < 100; n++)); do
			[ "$(state)" = "$old" ] || { rm -rf "$WS" && cp -a copy "$WS"; }
			if kill_at "$call" $n jobdir-apply --yes --token="$t" "$ID"; then
				break
			fi
			points=$((points + 1))
			[ -z "${KILL_RECOVERY-}" ] || kill_at "$call" $((n % 4 + 1)) jobdir-apply --recover "$WS" || :
			run -0 jobdir-apply --recover "$WS"
			now=$(state)
			[ "$now" = "$old" ] || [ "$now" = "$new" ] || {
				echo "torn at $call $n:"
				diff <(echo "$old") <(echo "$now")
				return 1
			}
			left=$(ls "$WS/.git/jobdir" 2>/dev/null || :)
			[ "$left" = lock ] || [ -z "$left" ] || { echo "left at $call $n: $left"; return 1; }
		done
		[[ "$n" -gt 1 && "$n" -lt 100 ]]
	done
	[ "$points" -ge 5 ]
}

@test "kill -9 at every rename and link: all old or all new" {
	command -v strace >/dev/null || skip 'no strace'
	KILL_RECOVERY=1 kill_points renameat2 renameat
}

@test "kill -9 at every removal and new directory: all old or all new" {
	command -v strace >/dev/null || skip 'no strace'
	kill_points unlinkat mkdirat
}

@test "kill -9 at every sync, mode and new link: all old or all new" {
	command -v strace >/dev/null || skip 'no strace'
	kill_points fsync fchmod symlinkat
}

@test "kill -9 at every write: all old or all new" {
	command -v strace >/dev/null || skip 'no strace'
	kill_points write
}

@test "an error at any call is a clean refusal" {
	command -v strace >/dev/null || skip 'no strace'
	job 'echo x >>a.txt; mkdir -p n/m; echo y >n/m/b; rm -r src'
	t=$(token)
	old=$(state)
	cp -a "$WS" copy
	for e in write:ENOSPC fsync:EIO renameat2:EACCES mkdirat:ENOSPC unlinkat:EIO fchmod:EIO renameat:EIO; do
		call=${e%:*}
		rm -rf "$WS" && cp -a copy "$WS"
		for ((n = 1; n < 40; n++)); do
			rc=0
			strace -qq -o trace -e trace="$call" -e inject="$call:error=${e#*:}:when=$n" \
				jobdir-apply --yes --token="$t" "$ID" >/dev/null 2>err || rc=$?
			grep -q INJECTED trace || break
			[ $rc -lt 128 ]
			[ ! -e "$WS/.git/jobdir/journal" ] || run -0 jobdir-apply --recover "$WS"
			if [ "$(state)" != "$old" ]; then
				# Landed all the same: what failed came after the commit.
				[[ -e "$WS/n/m/b" && ! -e "$WS/src" && "$(tail -1 "$WS/a.txt")" = x ]]
				rm -rf "$WS" && cp -a copy "$WS"
			fi
		done
		[ "$n" -gt 1 ] || { echo "$e: never reached"; cat err; return 1; }
	done
}

@test "a file system that cannot exchange: out, then in, and back" {
	command -v strace >/dev/null || skip 'no strace'
	job 'echo x >>a.txt; echo y >b; rm src/main.c'
	t=$(token)
	old=$(state)
	no() { strace -qq -o trace -e trace=renameat2,linkat,unlinkat -e inject=renameat2:error=EINVAL "$@"; }
	for call in linkat unlinkat; do
		torn=0
		for ((n = 1; ; n++)); do
			no -e inject="$call:signal=KILL:when=$n" jobdir-apply --yes --token="$t" "$ID" >/dev/null 2>&1 && break
			no jobdir-apply --recover "$WS" >/dev/null
			if [ -e "$WS/b" ]; then	# killed after the commit
				[[ ! -e "$WS/src" && "$(tail -1 "$WS/a.txt")" = x ]]
				git -C "$WS" checkout -qf . && rm -f "$WS/b"
			else
				assert_equal "$(state)" "$old"
				torn=$((torn + 1))
			fi
		done
		[ "$torn" -ge 4 ]
		git -C "$WS" checkout -qf . && rm -f "$WS/b"
	done
	git -C "$WS" checkout -qf . && rm -f "$WS/b"
	run no jobdir-apply --yes --token="$t" "$ID"
	assert_success
	assert_equal "$(tail -1 "$WS/a.txt")" x
	[ -e "$WS/b" ] && [ ! -e "$WS/src" ]
}

@test "staging on another file system than the repository's" {
	unshare -rm true 2>/dev/null || skip 'no mount namespace'
	git -C "$WS" worktree add -q "$BATS_TEST_TMPDIR/mnt"
	mv mnt content
	mkdir mnt
	cat >go <<-'X'
		set -e
		mount -t tmpfs -o size=300k tmpfs mnt
		cp -a content/. mnt
		jobdir-apply --preview "$ID" >/dev/null
		[ -z "$(ls -d mnt/.jobdir* 2>/dev/null)" ]
		mkdir mnt/.jobdir-landing && echo mine >mnt/.jobdir-landing/f
		jobdir-apply --yes "$ID" && exit 1
		grep -qx mine mnt/.jobdir-landing/f
		rm -r mnt/.jobdir-landing
		jobdir-apply --yes "$ID"
		[[ "$(tail -1 mnt/a.txt)" = x && -e mnt/n/m/b && ! -e mnt/src ]]
		[ "$(ls -A mnt)" = "$(printf '.git\na.txt\nn')" ]
		git -C mnt checkout -qf . && rm -r mnt/n
		for n in 1 2 3 4 5 6; do
			strace -qq -o trace -e trace=renameat2 -e inject=renameat2:signal=KILL:when=$n jobdir-apply --yes "$ID" >/dev/null 2>&1 && break
			jobdir-apply --recover mnt
			git -C mnt status --porcelain | grep . && exit 1
			[ "$(ls -A mnt)" = "$(printf '.git\na.txt\nsrc')" ]
		done
		[ $n -gt 2 ]
		git -C mnt checkout -qf . && rm -rf mnt/n
		head -c 1000000 /dev/zero >mnt/full 2>/dev/null || :
		jobdir-apply --yes "$ID" && exit 1
		rm mnt/full
		git -C mnt status --porcelain | grep . && exit 1
		[ "$(ls -A mnt)" = "$(printf '.git\na.txt\nsrc')" ]
	X
	mv mnt empty && mv content mnt
	JOB_WS=$BATS_TEST_TMPDIR/mnt job 'echo x >>a.txt; mkdir -p n/m; head -c 20000 /dev/urandom >n/m/b; rm -r src'
	mv mnt content && mv empty mnt
	export ID
	run -0 unshare -rm bash ./go
}

@test "a parent replaced by a link while landing leads nowhere" {
	job 'echo x >>src/main.c'
	mkdir "$BATS_TEST_TMPDIR/outside"
	cp "$WS/src/main.c" outside/main.c
	t=$(token)
	mv "$WS/src" "$WS/moved"
	ln -s "$BATS_TEST_TMPDIR/outside" "$WS/src"
	run -1 --separate-stderr jobdir-apply --yes --token="$t" "$ID"
	assert_equal "$(cat outside/main.c)" 'int main(void) { return 0; }'
	preview
	assert_line --partial 'conflict  src/main.c: a parent directory is a symbolic link'
}

@test "an edit between the kill and the recovery is kept, and named" {
	command -v strace >/dev/null || skip 'no strace'
	job 'echo x >>a.txt; echo y >b'
	t=$(token)
	kill_at renameat2 2 jobdir-apply --yes --token="$t" "$ID" && false
	[ -e "$WS/.git/jobdir/journal" ]
	[ "$(tail -1 "$WS/a.txt")" = x ]
	echo mine >"$WS/a.txt"
	run -1 --separate-stderr jobdir-apply --recover "$WS"
	assert_line --partial 'kept      a.txt as it was edited meanwhile'
	assert_equal "$(cat "$WS/a.txt")" mine
	assert_equal "$(cat "$WS"/.git/jobdir/kept-1/*)" $'one\ntwo\nthree'
	run -0 jobdir-apply --recover "$WS"
}

@test "preview recovers what a killed landing left" {
	command -v strace >/dev/null || skip 'no strace'
	job 'echo x >>a.txt; echo y >b'
	t=$(token)
	kill_at renameat2 2 jobdir-apply --yes --token="$t" "$ID" && false
	tool '{preview: true}' >out
	json '.warnings[] | select(test("undone"))' out
	json ".preview_token == \"$t\"" out
	assert_equal "$(tail -1 "$WS/a.txt")" three
}

@test "the tool: preview, confirmation, token" {
	job 'echo x >>a.txt; echo y >b'
	tool '{confirmed_by_user: true}' | json '.error.code == "preview_required"'
	tool '{preview: true}' >out
	json '.preview and (.planned_changes | length == 2) and .total == 2 and .next_offset == null and (.conflicts == [])' out
	t=$(json .preview_token out)
	tool '{}' | json '.error.code == "confirmation_required"'
	tool "{preview_token: \"$t\"}" | json '.error.code == "confirmation_required"'
	tool "{confirmed_by_user: true, preview_token: \"${t//[0-9]/a}\"}" | json '.error.code == "token_mismatch"'
	tool '{preview: true, cleanup: true}' | json '.error.code == "invalid_request"'
	assert_equal "$(git -C "$WS" status --porcelain)" ''
	tool "{confirmed_by_user: true, background: true, preview_token: \"$t\"}" >out
	json '.applied_files == ["a.txt", "b"] and (has("error") | not) and .interaction.state == "applied"' out
	json '.confirmed == "confirmed_by_user"' "$(job_dir "$ID")/apply/landed-1.json"
}

@test "the tool: without a token the last recorded preview must still hold" {
	job 'echo x >>a.txt; echo y >b'
	tool '{preview: true}' >/dev/null
	echo mine >"$WS/b"
	tool '{confirmed_by_user: true}' >out
	json '.error.code == "conflict" and (.conflicts | length == 1) and (has("preview_token") | not)' out
	rm "$WS/b"
	sed -i s/one/ONE/ "$WS/a.txt"
	tool '{confirmed_by_user: true}' | json '.error.code == "token_mismatch" or .error.code == "conflict"'
	git -C "$WS" checkout -qf .
	tool '{confirmed_by_user: true}' | json '.applied_files | length == 2'
}

@test "the tool: worktree_path means the job, cwd must be in its repository" {
	job 'echo x >>a.txt'
	make_repo other
	jq -nc --arg cwd "$WS/src" --arg t "$(job_dir "$ID")/tree" '{cwd: $cwd, worktree_path: $t, preview: true}' |
		jobdir-apply --tool=claude_apply --request=- | json '.planned_changes | length == 1'
	jq -nc --arg cwd "$PWD/other" --arg id "$ID" '{cwd: $cwd, job_id: $id, preview: true}' |
		jobdir-apply --tool=claude_apply --request=- | json '.error.code == "cwd_refused"'
	CODEX_CLAUDE_ALLOW_ROOTS=$PWD/other tool '{preview: true}' | json '.error.code == "cwd_refused"'
	# Only a directory of the repository is allowed: nothing outside it is landed.
	CODEX_CLAUDE_ALLOW_ROOTS=$WS/src WS=$WS/src tool '{preview: true}' | json '.error.code == "cwd_refused"'
}

@test "the tool: the job of a directory that is not allowed is not landed from one that is" {
	mkdir "$WS/d" && echo c >"$WS/d/c.txt"
	git -C "$WS" add -A && git -C "$WS" commit -qm d
	JOB_WS=$WS/d job 'echo more >>d/c.txt'
	CODEX_CLAUDE_ALLOW_ROOTS=$WS/src WS=$WS/src tool '{preview: true}' |
		json '.error.code == "cwd_refused" and (.error.message | test("d/c.txt"))'
	CODEX_CLAUDE_ALLOW_ROOTS=$WS/d WS=$WS/d tool '{preview: true}' | json '.planned_changes | length == 1'
}

@test "the tool: accept and only" {
	job 'echo e >.envrc; echo x >>a.txt; echo y >b'
	tool '{preview: true}' >out
	json '.conflicts[0].reason == "needs_accept" and .conflicts[0].accept' out
	t=$(json .preview_token out)
	tool "{confirmed_by_user: true, preview_token: \"$t\"}" | json '.error.code == "conflict"'
	tool "{confirmed_by_user: true, preview_token: \"$t\", accept: [\".envrc\"]}" | json '.applied_files | length == 3'
	git -C "$WS" checkout -qf . && git -C "$WS" clean -qfd
	tool '{preview: true, only: ["b"]}' >/dev/null
	tool '{confirmed_by_user: true, only: ["b"]}' | json '.applied_files == ["b"] and .left_out == 2'
}

@test "the tool: a thousand files stay under 10 kB a page" {
	job 'mkdir many; for i in $(seq 1000); do echo $i >many/some-file-with-a-name-$i; done'
	off=0 n=0
	while [ "$off" != null ]; do
		tool "{preview: true, offset: $off}" >out
		[ "$(wc -c <out)" -lt 10000 ]
		n=$((n + $(json '.planned_changes | length' out)))
		json '.total == 1000' out
		off=$(jq .next_offset out)
	done
	assert_equal "$n" 1000
	tool '{confirmed_by_user: true}' >out
	[ "$(wc -c <out)" -lt 10000 ]
	json '.total == 1000' out
	assert_equal "$(ls "$WS/many" | wc -l)" 1000
}

@test "the tool: the patch, inline when short, named when long" {
	job 'echo x >>a.txt'
	tool '{preview: true, include_patch: true}' >out
	json '.patch_truncated == false and (.patch | test("\\+x\n$"))' out
	job 'seq 5000 >long'
	tool '{preview: true, include_patch: true}' >out
	json '.patch_truncated and (has("patch") | not)' out
	git -C "$WS" apply --check "$(json .patch_path out)"
	assert_equal "$(json .diff_sha256 out)" "$(sha256sum <"$(json .patch_path out)" | cut -d' ' -f1)"
}

@test "a damaged change or preview is named, not guessed" {
	job 'echo x >>a.txt'
	d=$(job_dir "$ID")
	jobdir-apply --preview "$ID" >/dev/null
	echo '{"token": 1' >"$d/apply/preview.json"
	run -1 --separate-stderr jobdir-apply --yes "$ID"
	cp "$d/changes.json" c
	head -c 100 c >"$d/changes.json"
	run -100 --separate-stderr jobdir-apply --preview "$ID"
	jq -c '.files[0].new = "1234567890123456789012345678901234567890"' c >"$d/changes.json"
	run -100 --separate-stderr jobdir-apply --preview "$ID"
	jq -c '.files[0].path = "../../escape"' c >"$d/changes.json"
	run ! jobdir-apply --preview "$ID"
	jq -c '.files[0].path = ".git/hooks/pre-commit"' c >"$d/changes.json"
	run ! jobdir-apply --preview "$ID"
	[ ! -e "$WS/.git/hooks/pre-commit" ]
}

# real_job EDIT [OPTION...]: a job of spawn, tree and diff, whose agent is a shell.
real_job() {
	mkdir -p "$HOME/.config/jobdir/recipes"
	cat >"$HOME/.config/jobdir/recipes/edit" <<-X
		#!/bin/sh
		set -e
		jobdir-tree -- make "\$JOBDIR_JOB"
		cd "\$(jobdir-tree -- path "\$JOBDIR_JOB")"
		$1
		${SEAL-jobdir-diff --seal -- "\$JOBDIR_JOB"}
	X
	shift
	ID=$(jobdir-spawn --recipe=edit --cwd="$WS" "$@")
	jobdir-wait "$ID" >&2
}

@test "a real job: committed rename, staged rename, names, modes, then cleanup" {
	echo p >"$WS/p"
	git -C "$WS" add p && git -C "$WS" commit -qm p
	real_job 'git mv src/main.c src/m.c; git commit -qm mv; git mv p q; chmod +x a.txt; echo é >é.txt; git add -A'
	jobdir-apply --preview "$ID"
	run -0 --separate-stderr jobdir-apply --yes --cleanup "$ID"
	assert_line --partial "the job's tree is removed"
	[[ -e "$WS/src/m.c" && ! -e "$WS/src/main.c" && -e "$WS/q" && ! -e "$WS/p" ]]
	[ -x "$WS/a.txt" ] && [ -e "$WS/é.txt" ]
	[ ! -e "$(job_dir "$ID")/tree" ]
}

@test "a real job that started from a snapshot lands on the dirty workspace" {
	echo dirty >>"$WS/a.txt"
	echo u >"$WS/untracked"
	real_job 'echo more >>untracked; sed -i s/one/ONE/ a.txt' --param=dirty=snapshot
	land
	assert_success
	assert_equal "$(cat "$WS/a.txt")" $'ONE\ntwo\nthree\ndirty'
	assert_equal "$(cat "$WS/untracked")" $'u\nmore'
}

@test "a real job that was cut off before its change was sealed can be landed" {
	SEAL='kill -9 $$' run real_job 'echo x >>a.txt'
	ID=$(jobdir-list | grep -o 'job-[0-9]*-[0-9]*-[a-z2-7]*' | head -1)
	jobdir-apply --preview "$ID" >out
	grep 'modify    a.txt' out
	run -0 jobdir-apply --yes "$ID"
	assert_equal "$(tail -1 "$WS/a.txt")" x
}

@test "spawn in the workspace undoes a landing that was cut off" {
	command -v strace >/dev/null || skip 'no strace'
	job 'echo x >>a.txt; echo y >b'
	kill_at renameat2 2 jobdir-apply --yes --token="$(token)" "$ID" && false
	assert_equal "$(tail -1 "$WS/a.txt")" x
	run -0 --separate-stderr jobdir-spawn --wait --cwd="$WS" -- true
	assert_regex "$stderr" 'cut off in .* was undone'
	assert_equal "$(tail -1 "$WS/a.txt")" three
	[ ! -e "$WS/.git/jobdir/journal" ]
}

@test "task does not take half a landing for the user's changes" {
	command -v strace >/dev/null || skip 'no strace'
	job 'echo x >>a.txt; echo y >b'
	kill_at renameat2 2 jobdir-apply --yes --token="$(token)" "$ID" && false
	run -0 --separate-stderr jobdir-task --cwd="$WS" --task='fix the sum' --background
	assert_equal "$(json .reuse_decision <<<"$output")" created
	assert_equal "$(tail -1 "$WS/a.txt")" three
	jobdir-wait -q "$(json .job.job_id <<<"$output")" || :
}
