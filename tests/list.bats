# SPDX-License-Identifier: MIT
load lib/common
load lib/byhand

setup() {
	isolate
}

teardown() {
	let_go
}

@test "list: nothing, also without a state root" {
	run -0 jobdir-list
	assert_output ''
	assert [ ! -e "$JOBDIR_STATE" ]
	run -0 jobdir-list --active
	assert_output ''
}

@test "list: newest first, one line each, with state and outcome" {
	byhand "$A" write
	byhand "$B"
	byhand "$C"
	done_already "$A" succeeded 0
	echo '{"result_status":"partial"}' >"$(dir_of "$A")/result.json"
	done_already "$B" failed 3
	hold "$C"
	run -0 jobdir-list
	assert_equal "${#lines[@]}" 3
	assert_line --index 0 --regexp "^$C running  .* command  -  "
	assert_line --index 1 --regexp "^$B failed  .*  2500?m?s command  -  |^$B failed .* 2s command "
	assert_line --index 2 --regexp "^$A succeeded .* write    partial    $BATS_TEST_TMPDIR\$"
	run -0 jobdir-list -q -n 2
	assert_output "$C"$'\n'"$B"
}

@test "list: 20 unless asked for more" {
	for i in {10..34}; do
		byhand "job-20261121-0950$i-aaaaaaaa"
		done_already "job-20261121-0950$i-aaaaaaaa" succeeded 0
	done
	run -0 jobdir-list -q
	assert_equal "${#lines[@]}" 20
	assert_line --index 0 job-20261121-095034-aaaaaaaa
	assert_line --index 19 job-20261121-095015-aaaaaaaa
	run -0 jobdir-list -qa
	assert_equal "${#lines[@]}" 25
}

@test "list --active: from running/, and what is stale there goes" {
	byhand "$A"
	byhand "$B"
	byhand "$C"
	hold "$A"
	ended succeeded 0 >"$(dir_of "$B")/end.json"
	rm -r "$(dir_of "$C")"
	run -0 jobdir-list --active -q
	assert_output "$A"
	assert_equal "$(ls "$JOBDIR_STATE/running")" "$A"
}

@test "list --active: a job that is being built is left alone" {
	byhand "$A"
	hold "$A"
	mv "$(dir_of "$A")" "$JOBDIR_STATE/jobs/20261121/.new-$A"
	run -0 jobdir-list --active
	assert_output ''
	assert [ -L "$JOBDIR_STATE/running/$A" ]
	die "$A"
	run -0 jobdir-list --active
	assert [ ! -L "$JOBDIR_STATE/running/$A" ]
}

@test "list: finds a lost job, says so, and ends what is left of it" {
	byhand "$A"
	env -i JOBDIR_ID="$A" sleep 50 3>&- &
	left=$!
	wait_for 60 grep -q sleep "/proc/$left/comm"
	run -0 jobdir-list
	assert_line --partial "$A lost"
	ended_with 137 $left
	assert_equal "$(end_job_state "$A")" lost
}

@test "list: of a copied state root, it killed the jobs that run in the original" {
	id=$(jobdir-spawn -- sleep 1000 3>&-)
	wait_for 60 grep -qs '"running"' "$(job_dir "$id")/state.json"
	cp -a "$JOBDIR_STATE" copy
	JOBDIR_STATE=$PWD/copy run -0 jobdir-list --json
	assert_equal "$(jq -r .status <<<"$output")" lost
	kill -0 "$(jq .pid "$(job_dir "$id")/state.json")"
	run -0 jobdir-cancel "$id"
	assert_equal "$(end_job_state "$id")" cancelled
}

@test "list --here, --workspace: the jobs of one repository" {
	make_repo repo
	mkdir repo/sub
	byhand "$A"
	byhand "$B"
	done_already "$A" succeeded 0
	done_already "$B" succeeded 0
	# the slug as state-layout.md has it: base name, dash, FNV-1a of the common directory
	slug=$(python3 -c '
import sys
h = 0xcbf29ce484222325
for c in sys.argv[1].encode(): h = ((h ^ c) * 0x100000001b3) % 2**64
print("repo-%016x" % h)' "$PWD/repo/.git")
	mkdir -p "$JOBDIR_STATE/workspaces/$slug/20261121"
	ln -s "../../../jobs/20261121/$B" "$JOBDIR_STATE/workspaces/$slug/20261121/$B"
	run -0 jobdir-list -q --workspace=repo/sub
	assert_output "$B"
	cd repo
	run -0 jobdir-list -q --here
	assert_output "$B"
	cd ..
	run -0 jobdir-list -q --here
	assert_output ''
	run -111 jobdir-list --workspace=nowhere
}

@test "list --json: one object per line" {
	byhand "$A" review
	done_already "$A" failed 1
	run -0 jobdir-list --json
	json --arg id "$A" '.job_id == $id and .type == "review" and .status == "failed" and .took_ms > 0' <<<"$output"
}

@test "list: names cannot forge lines or command the terminal" {
	byhand "$A"
	jq -c '.name = "x\n\u001b[31mjob-forged\u009b"' "$(dir_of "$A")/job.json" >j && mv j "$(dir_of "$A")/job.json"
	run -0 jobdir-list
	assert_equal "${#lines[@]}" 1
	assert_output --partial 'x??[31mjob-forged??'
}

@test "list: a damaged job does not hide the others" {
	byhand "$A"
	byhand "$B"
	done_already "$B" succeeded 0
	echo '{' >"$(dir_of "$A")/job.json"
	run -0 --separate-stderr jobdir-list
	assert_output --partial "$B succeeded"
	assert_equal "${#lines[@]}" 1
	assert_equal "$stderr" "jobdir-list: damaged job.json: '$A'"
}

@test "list: usage" {
	run -0 jobdir-list -h
	assert_line --index 0 --partial 'usage: jobdir-list'
	run -100 jobdir-list x
	run -100 jobdir-list -n 0
}

ask() {
	jq -nc --arg cwd "$BATS_TEST_TMPDIR" "{cwd: \$cwd} + ${1:-{\}}" | jobdir-list --tool=claude_jobs --request=-
}

@test "claude_jobs: the jobs of this directory, filtered" {
	ask | json '.entries == [] and .total == 0 and .next_offset == null'
	byhand "$A" write
	byhand "$B" read
	byhand "$C" write /elsewhere
	done_already "$A" failed 1
	done_already "$B" succeeded 0
	in_workspace "$A"
	in_workspace "$B"
	in_workspace "$C"
	ask | json --arg a "$A" --arg b "$B" '[.entries[].job_id] == [$b, $a] and .total == 2 and .next_offset == null'
	ask '{type: "implement"}' | json --arg a "$A" '[.entries[].job_id] == [$a] and .total == 1'
	ask '{status: "succeeded"}' | json --arg b "$B" '[.entries[].job_id] == [$b]'
	ask '{status: "lost"}' | json '.entries == []'
	ask '{limit: 0}' | json '.error.code == "invalid_request"'
}

@test "claude_jobs: pages of less than 10 kB that together are everything" {
	for i in {10..59}; do
		id=job-20261121-0950$i-aaaaaaaa
		byhand "$id" write
		done_already "$id" succeeded 0
		jq -nc '{result_status: "success", summary: ("long " * 100)}' >"$(dir_of "$id")/result.json"
		in_workspace "$id"
	done
	offset=0
	: >ids
	while [ "$offset" != null ]; do
		ask "{limit: 200, offset: $offset}" >page
		assert [ "$(wc -c <page)" -lt 10240 ]
		json -r '.entries[].job_id' page >>ids
		[ "$offset" = 0 ] && json '.workspace_total == 50 and .next_actions[0].args.offset == .next_offset' page
		offset=$(jq .next_offset page)
	done
	assert_equal "$(wc -l <ids)" 50
	assert_equal "$(sort -u ids | wc -l)" 50
	assert_equal "$(cat ids)" "$(sort -r ids)"
}

@test "claude_jobs: the schema of its answer names every member" {
	for i in {10..39}; do
		byhand "job-20261121-0950$i-aaaaaaaa"
		done_already "job-20261121-0950$i-aaaaaaaa" succeeded 0
	done
	for limit in 5 200; do
		run -0 jobdir-list --tool=claude_jobs --cwd="$BATS_TEST_TMPDIR" --limit=$limit
		json --slurpfile m "$TOP/lib/tools/claude_jobs.json" \
			'keys - ($m[0].outputSchema.properties | keys) == []' <<<"$output"
	done
}
