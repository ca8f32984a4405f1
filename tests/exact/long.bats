# SPDX-License-Identifier: MIT
# long.bats: what takes minutes or gigabytes (make exact).
# shellcheck shell=bash
export BATS_TEST_TIMEOUT=7200
load ../lib/common
load ../lib/treejob

setup() {
	isolate
	R=$BATS_TEST_TMPDIR/ws
	make_repo "$R"
}

seal() {
	jobdir-diff -q --seal --stat "$JOB" >stat
}

land() {
	jobdir-apply --preview "$JOB" >plan
	jobdir-apply --yes "$JOB" >landed
}

exported() {
	jobdir-export --branch=out "$JOB"
	assert_equal "$(git -C "$R" rev-parse 'out^{tree}')" "$(jq -r .tree "$JD/changes.json")"
}

same_files() {
	diff <(cd "$R" && find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) \
		<(cd "$T" && find . -name .git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum)
}

@test "random trees and edits, ROUNDS of them" {
	run -0 python3 "$TOP/tests/exact/property.py" "${ROUNDS:-2000}" ${SEED:+"$SEED"}
	echo "# ${lines[-1]}" >&3
	assert_output --partial ' 0 failed'
}

@test "100,000 files: added, changed, deleted" {
	mkdir "$R/many"
	for d in {0..99}; do
		mkdir "$R/many/$d"
		for f in {0..999}; do echo "$d $f" >"$R/many/$d/$f"; done
	done
	git -C "$R" add -A
	git -C "$R" commit -qm many
	made aaaaaaaa "$R"
	(
		cd "$T/many"
		for d in {0..33}; do for f in {0..999}; do echo "$d $f changed" >"$d/$f"; done; done
		rm -r {34..66}
		mkdir new
		for f in {0..33999}; do echo "$f" >"new/$f"; done
	)
	cp "$R/.git/index" before
	seal
	exported
	land
	cmp before "$R/.git/index"
	same_files
}

@test "10,000 deletions in 10,000 directories take no seconds to land, and the directories go" {
	(
		cd "$R"
		for a in {0..99}; do mkdir -p d/$a/{0..99}; done
		for f in d/*/*; do echo "$f" >"$f/f"; done
		echo stays >d/7/stays
		git add -A
		git commit -qm many
	)
	made aaaaaaaa "$R"
	(cd "$T" && rm -r d && mkdir -p d/7 new && echo stays >d/7/stays && for i in {0..999}; do echo >new/$i; done)
	jobdir-diff -q --seal --stat "$JOB" >/dev/null
	jobdir-apply --preview "$JOB" >/dev/null
	cp "$R/.git/index" before
	TIMEFORMAT=%U
	took=$({ time jobdir-apply --yes "$JOB" >/dev/null; } 2>&1)
	cmp before "$R/.git/index"
	assert_equal "$(cd "$R" && find d | sort | paste -sd' ')" 'd d/7 d/7/stays'
	echo "# $took s" >&3
	# Of the processor for our own work: other load does not count.
	((${took%.*} < 5))
}

@test "2 GiB: larger than a file may be is refused by name; 900 MiB is not" {
	free=$(df --output=avail -B1 "$BATS_TEST_TMPDIR" | tail -n 1)
	((free > 12 << 30)) || skip 'less than 12 GiB free'
	truncate -s 2G "$R/huge-in-base"
	git -C "$R" -c core.bigFileThreshold=1m -c core.compression=1 add -A
	git -C "$R" commit -qm huge
	made aaaaaaaa "$R"
	echo x >>"$T/a.txt"
	truncate -s 2G "$T/sparse"
	echo end >>"$T/sparse"
	truncate -s 900M "$T/large"
	seal
	assert_equal "$(jq -r '.refused[] | .path + ": " + .reason' "$JD/changes.json")" 'sparse: larger than 1 GiB'
	assert_equal "$(jq -r '.files[].path' "$JD/changes.json" | paste -sd' ')" 'a.txt large'
	jobdir-export --accept=sparse --branch=out "$JOB"
	assert_equal "$(git -C "$R" rev-parse 'out^{tree}')" "$(jq -r .tree "$JD/changes.json")"
	jobdir-apply --preview --accept=sparse "$JOB" >/dev/null
	jobdir-apply --yes --accept=sparse "$JOB" >/dev/null
	cmp "$R/large" "$T/large"
	[[ ! -e $R/sparse && $(stat -c %s "$R/huge-in-base") = 2147483648 ]]
}

@test "1,000 levels" {
	made aaaaaaaa "$R"
	deep=$(printf 'd/%.0s' {1..1000})
	mkdir -p "$T/$deep"
	echo deep >"$T/${deep}f"
	seal
	exported
	land
	cmp "$R/${deep}f" "$T/${deep}f"
	# and away again
	git -C "$R" add -A
	git -C "$R" commit -qm deep
	made bbbbbbbb "$R"
	rm -r "$T/d"
	seal
	jobdir-export --branch=away "$JOB"
	land
	[ ! -e "$R/d" ]
}

@test "1,000,000 files: refused in words, 200,000 sealed, exported and landed in part" {
	made aaaaaaaa "$R"
	python3 -c '
import os, sys
os.chdir(sys.argv[1])
for d in range(1000):
    os.makedirs("m/%d" % d)
    for f in range(1000):
        with open("m/%d/%d" % (d, f), "w") as o:
            o.write("%d %d\n" % (d, f))' "$T"
	# 2 KiB a file is room enough for every step.
	ulimit -v 2500000
	run ! jobdir-diff -q --seal --stat "$JOB"
	assert_output --partial 'too many files for one change'
	[[ ! -e $JD/changes.json ]]
	rm -r "$T"/m/{200..999}
	TIMEFORMAT=%R
	for step in seal 'jobdir-diff -q --name-status' 'jobdir-export --branch=out' \
		'jobdir-apply --preview --only=m/7' 'jobdir-apply --yes --only=m/7' 'jobdir-result --json'; do
		[[ $step = seal ]] || step+=" $JOB"
		took=$({ time $step >said; } 2>&1)
		echo "# $step: $took s" >&3
	done
	assert_equal "$(jq '.files | length' "$JD/changes.json")" 200000
	assert_equal "$(git -C "$R" rev-parse 'out^{tree}')" "$(jq -r .tree "$JD/changes.json")"
	assert_equal "$(find "$R/m" -type f | wc -l)" 1000
	# what is said to a model stays short
	(($(wc -c <said) < 100000))
}
