# SPDX-License-Identifier: MIT
# shellcheck shell=bash
load lib/common
load lib/byhand
load lib/sealed

setup() {
	isolate
	WS=$BATS_TEST_TMPDIR/ws
	make_repo "$WS"
}

teardown() {
	let_go
}

# old N: a finished job of long ago; sets OLD.
old() {
	OLD=job-2020010$1-000000-aaaaaaaa
	byhand "$OLD"
	jq -c '.created = "2020-01-01T00:00:00.000Z"' "$(dir_of "$OLD")/job.json" >j && mv j "$(dir_of "$OLD")/job.json"
	ended succeeded 0 | jq -c '.ended = "2020-01-01T00:00:01.000Z"' >"$(dir_of "$OLD")/end.json"
	rm "$JOBDIR_STATE/running/$OLD"
}

# real: a real job in $WS that has ended; sets ID.
real() {
	ID=$(jobdir-spawn --cwd="$WS" -- "${@:-true}")
	jobdir-wait "$ID" >/dev/null || :
}

tool() {
	jq -nc --arg cwd "$WS" "{cwd: \$cwd} + $1" | jobdir-clean --tool=claude_cleanup --request=-
}

trash_is_empty() {
	[[ -z $(ls "$JOBDIR_STATE/trash") ]]
}

@test "clean: by hand it only says what it would do" {
	old 1
	run -0 jobdir-clean
	assert_line "would remove $OLD (succeeded)"
	assert_line 'would remove 1, kept 0; --yes removes'
	assert [ -d "$(dir_of "$OLD")" ]
}

@test "clean: --yes removes an old job, its links, its trash and its day" {
	real
	slug=$(basename "$JOBDIR_STATE"/workspaces/*)
	assert [ -L "$JOBDIR_STATE/workspaces/$slug/${ID:4:8}/$ID" ]
	mkdir -p "$JOBDIR_STATE/waits"
	touch "$JOBDIR_STATE/waits/$ID"
	old 1
	mkdir -p "$(dir_of "$OLD")/tree/locked"
	chmod 0 "$(dir_of "$OLD")/tree/locked"
	touch "$(dir_of "$OLD")/landed"
	mkdir "$(dir_of "$OLD")/apply"
	echo '{"complete":true}' >"$(dir_of "$OLD")/apply/landed-1.json"
	run -0 jobdir-clean --yes
	assert_line "removed $OLD (succeeded)"
	refute_output --partial "$ID"
	assert [ ! -e "$JOBDIR_STATE/jobs/20200101" ]
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "removed $ID (succeeded)"
	assert [ ! -e "$(dir_of "$ID")" ]
	assert [ ! -L "$JOBDIR_STATE/workspaces/$slug/${ID:4:8}/$ID" ]
	assert [ ! -e "$JOBDIR_STATE/waits/$ID" ]
	wait_for 60 trash_is_empty
}

@test "clean: a change that was not applied is kept and said, until forced" {
	id=$(sealed_job "$WS" 'echo x >new')
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "kept $id: its change of 1 file was not applied"
	assert [ -d "$(dir_of "$id")/tree" ]
	run -1 jobdir-clean --yes "$id"
	run -0 jobdir-clean --yes --force "$id"
	assert [ ! -e "$(dir_of "$id")" ]
}

@test "clean: an applied change, and one that changes nothing, may go" {
	id=$(sealed_job "$WS" 'echo x >new')
	mkdir "$(dir_of "$id")/apply"
	echo '{"complete":true}' >"$(dir_of "$id")/apply/landed-1.json"
	none=$(sealed_job "$WS" ':')
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "removed $id (succeeded)"
	assert_line "removed $none (succeeded)"
}

@test "clean: what was applied only in part is kept; the whole, later, lets it go" {
	id=$(sealed_job "$WS" 'echo x >new; echo y >other')
	jobdir-apply --preview --only=new "$id" >/dev/null
	jobdir-apply --yes --only=new "$id" >/dev/null
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "kept $id: its change of 2 files was applied only in part"
	run -1 jobdir-tree remove "$id"
	assert_output --partial 'applied only in part'
	echo torn >"$(dir_of "$id")/apply/landed-7.json"
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "kept $id: its change of 2 files was applied only in part"
	jobdir-apply --preview "$id" >/dev/null
	jobdir-apply --yes "$id" >/dev/null
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "removed $id (succeeded)"
}

@test "clean: a tree that was never sealed, and a change that cannot be read, are kept" {
	id=$(sealed_job "$WS" 'echo x >new')
	rm "$(dir_of "$id")/changes.json"
	bad=$(sealed_job "$WS" 'echo x >new')
	echo '{"format":1,' >"$(dir_of "$bad")/changes.json"
	run -0 jobdir-clean --yes --older-than=0s
	assert_line "kept $id: it has a tree whose change was never sealed"
	assert_output --partial "kept $bad: its change cannot be read"
	echo '{"format":99}' >"$(dir_of "$bad")/changes.json"
	run -1 jobdir-clean --yes "$bad"
}

@test "clean: --trees takes the tree and leaves the record" {
	id=$(sealed_job "$WS" 'echo x >new')
	run -1 jobdir-clean --yes --trees "$id"
	run -0 jobdir-clean --yes --trees --force "$id"
	assert_output --partial "removed tree of $id"
	d=$(dir_of "$id")
	assert [ ! -e "$d/tree" ]
	assert [ ! -e "$d/ctl.git" ]
	assert [ -e "$d/changes.json" ]
	wait_for 60 trash_is_empty
	run -0 jobdir-clean --yes --trees --older-than=0s
	assert_output 'removed 0, kept 0'
}

@test "clean: an active job is never touched, not even by force" {
	mkfifo go
	id=$(jobdir-spawn -- sh -c 'read x <go' 3>&-)
	run -0 jobdir-clean --yes --force --older-than=0s --keep=0
	assert_output 'removed 0, kept 0'
	run -1 jobdir-clean --yes --force "$id"
	assert_line --regexp "^kept $id: it is (running|queued)\$"
	echo >go
	run -0 jobdir-wait "$id"
	run -0 jobdir-clean --yes --force "$id"
}

@test "clean: a tree in use is kept, and that is said" {
	id=$(sealed_job "$WS" ':')
	mkfifo held go
	"$BUILD/tests/holdlock" "$(dir_of "$id")/tree.lock" x y <go >held 3>&- &
	exec 5<>go
	read -rt 60 <held
	run -1 jobdir-clean --yes "$id"
	assert_line "kept $id: its tree is in use"
	exec 5>&-
	kill $! 2>/dev/null || :
	wait $! || :
	run -0 jobdir-clean --yes "$id"
}

@test "clean: --keep counts from the newest, whatever the age" {
	for i in 1 2 3; do old $i; done
	real
	run -0 jobdir-clean --older-than=3650d --keep=2
	assert_line "would remove job-20200101-000000-aaaaaaaa (succeeded)"
	assert_line "would remove job-20200102-000000-aaaaaaaa (succeeded)"
	refute_output --partial job-20200103
	refute_output --partial "$ID"
	run -0 jobdir-clean --older-than=3650d
	assert_output 'would remove 0, kept 0'
}

@test "clean: oldest first" {
	for i in 3 1 2; do old $i; done
	run -0 jobdir-clean
	assert_line --index 0 --partial job-20200101
	assert_line --index 1 --partial job-20200102
	assert_line --index 2 --partial job-20200103
}

@test "clean: a lost job is aged by its making, recorded, and goes" {
	byhand job-20200105-000000-bbbbbbbb
	jq -c '.created = "2020-01-05T00:00:00.000Z"' "$(dir_of job-20200105-000000-bbbbbbbb)/job.json" >j
	mv j "$(dir_of job-20200105-000000-bbbbbbbb)/job.json"
	run -0 jobdir-clean --yes
	assert_line 'removed job-20200105-000000-bbbbbbbb (lost)'
	assert [ ! -L "$JOBDIR_STATE/running/job-20200105-000000-bbbbbbbb" ]
}

@test "clean: debris goes: unpublished, running/ of the gone, waits/ of the gone, empty days" {
	real
	day=${ID:4:8}
	mkdir -p "$JOBDIR_STATE/jobs/$day/.new-$A" "$JOBDIR_STATE/jobs/$day/.new-$B" "$JOBDIR_STATE/jobs/20190101" "$JOBDIR_STATE/waits"
	touch -d '1 hour ago' "$JOBDIR_STATE/jobs/$day/.new-$A"
	ln -s "../jobs/${C:4:8}/$C" "$JOBDIR_STATE/running/$C"
	touch "$JOBDIR_STATE/waits/$C"
	run -0 jobdir-clean --yes
	assert [ ! -e "$JOBDIR_STATE/jobs/$day/.new-$A" ]
	assert [ -d "$JOBDIR_STATE/jobs/$day/.new-$B" ]	# perhaps being built right now
	assert [ ! -L "$JOBDIR_STATE/running/$C" ]
	assert [ ! -e "$JOBDIR_STATE/waits/$C" ]
	assert [ ! -e "$JOBDIR_STATE/jobs/20190101" ]
	assert [ -d "$(dir_of "$ID")" ]
}

@test "clean: --auto is silent, removes what retention gave up, keeps work, empties the trash" {
	old 1
	kept=$(sealed_job "$WS" 'echo x >new')
	jq -c '.ended = "2020-01-02T00:00:00.000Z"' "$(dir_of "$kept")/end.json" >e && mv e "$(dir_of "$kept")/end.json"
	mkdir -p "$JOBDIR_STATE/jobs/20200102" "$JOBDIR_STATE/trash/left-over"
	new=job-20200102-000000-${kept##*-}
	mv "$(dir_of "$kept")" "$JOBDIR_STATE/jobs/20200102/$new"
	jq -c --arg id "$new" '.id = $id' "$(dir_of "$new")/job.json" >j && mv j "$(dir_of "$new")/job.json"
	real
	run -0 jobdir-clean --auto
	assert_output ''
	assert [ ! -e "$(dir_of "$OLD")" ]
	assert [ -d "$(dir_of "$new")/tree" ]
	assert [ -d "$(dir_of "$ID")" ]
	assert trash_is_empty
}

@test "clean: killed between moving and removing, the next one removes" {
	mkdir -p "$JOBDIR_STATE/jobs" "$JOBDIR_STATE/trash/job.x.0/tree/deep"
	run -0 jobdir-clean --empty-trash
	assert trash_is_empty
}

@test "clean: symlinks in a tree are removed, not followed" {
	old 1
	mkdir "$BATS_TEST_TMPDIR/precious"
	touch "$BATS_TEST_TMPDIR/precious/file"
	ln -s "$BATS_TEST_TMPDIR/precious" "$(dir_of "$OLD")/link"
	run -0 jobdir-clean --yes
	wait_for 60 trash_is_empty
	assert [ -e "$BATS_TEST_TMPDIR/precious/file" ]
}

@test "clean: unknown, ambiguous and damaged names; bad usage" {
	run -0 jobdir-clean
	assert_output ''
	run -100 --separate-stderr jobdir-clean --yes job-20200101-000000-zzzzzzzz
	run -100 jobdir-clean ../x
	run -100 jobdir-clean --keep=x
	run -100 jobdir-clean --older-than=soon
	run -100 jobdir-clean --auto JOB
	run -100 jobdir-clean --nonsense
	run -0 jobdir-clean -h
	run -0 jobdir-clean -V
	old 1
	echo '{' >"$(dir_of "$OLD")/job.json"
	run -0 jobdir-clean --yes
	assert_output --partial "kept $OLD: "
	assert [ -d "$(dir_of "$OLD")" ]
}

@test "claude_cleanup: a dry run unless told otherwise, of this workspace only" {
	real
	mine=$ID
	other=$(jobdir-spawn --cwd="$TMPDIR" -- true)
	jobdir-wait "$other" >/dev/null
	run -0 tool '{older_than_hours: 0}'
	json '.dry_run == true and .removed_count == 0 and .matched_count == 1 and .failed_count == 0
		and (.entries | length == 1) and .entries[0].safe_to_remove and (.entries[0].removed | not)
		and .interaction.state == "cleanup_preview" and .next_actions[0].args.dry_run == false' <<<"$output"
	assert [ -d "$(dir_of "$mine")" ]
	run -0 tool '{older_than_hours: 0, dry_run: false, background: true}'
	json --arg id "$mine" '.removed_count == 1 and .entries == [.entries[0]] and .entries[0].job_id == $id
		and .entries[0].removed and .interaction.state == "cleaned"' <<<"$output"
	assert [ ! -e "$(dir_of "$mine")" ]
	assert [ -d "$(dir_of "$other")" ]
	wait_for 60 trash_is_empty
}

@test "claude_cleanup: keeps what was not applied, tells why, and goes on" {
	real
	plain=$ID
	real
	src=$(sealed_job "$WS" 'echo x >new')
	cp "$(dir_of "$src")/changes.json" "$(dir_of "$ID")/"
	run -0 tool '{older_than_hours: 0, dry_run: false}'
	json --arg id "$ID" '.removed_count == 1 and .kept_count == 1
		and (.entries[] | select(.job_id == $id) | (.removed | not) and (.reason | test("not applied")))' <<<"$output"
	assert [ ! -e "$(dir_of "$plain")" ]
	run -0 tool '{older_than_hours: 0, dry_run: false, force: true}'
	json '.removed_count == 1 and .kept_count == 0' <<<"$output"
}

@test "claude_cleanup: an active job is told of; young ones are not; 24 hours by default" {
	mkfifo go
	id=$(jobdir-spawn --cwd="$WS" -- sh -c "read x <'$PWD/go'" 3>&-)
	real
	run -0 tool '{older_than_hours: 0}'
	json --arg id "$id" '.active_count == 1 and any(.entries[]; .active_job_id == $id and (.removed | not))' <<<"$output"
	run -0 tool '{}'
	json '.matched_count == 0 and .entries == [] and .dry_run' <<<"$output"
	echo >go
	jobdir-wait "$id" >/dev/null
}

@test "claude_cleanup: bounded answers, honest totals, errors with a code" {
	real
	slug=$(basename "$JOBDIR_STATE"/workspaces/*)
	mkdir -p "$JOBDIR_STATE/workspaces/$slug/20200101"
	for i in {000..059} {100..159}; do
		id=job-20200101-000$i-aaaaaaaa
		byhand "$id" command "$WS"
		done_already "$id" succeeded 0
		sed -i 's/2026-11-21/2020-01-01/g' "$(dir_of "$id")/end.json"
		ln -s "../../../jobs/20200101/$id" "$JOBDIR_STATE/workspaces/$slug/20200101/$id"
	done
	run -0 tool '{limit: 200}'
	assert [ "${#output}" -lt 10000 ]
	json '.matched_count == 120 and .hidden_entries + (.entries | length) == .matched_count' <<<"$output"
	run -0 tool '{limit: 3}'
	json '.entries | length == 3' <<<"$output"
	run -0 bash -c 'echo "{\"cwd\": \"/etc\"}" | jobdir-clean --tool=claude_cleanup --request=-'
	json '.error.code == "cwd_refused"' <<<"$output"
	run -0 tool '{limit: 0, x: 1}'
	json '.error.code == "invalid_request"' <<<"$output"
}
