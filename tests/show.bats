# SPDX-License-Identifier: MIT
load lib/common
load lib/byhand

setup() {
	isolate
}

teardown() {
	let_go
}

whole_job() {
	byhand "$A" write
	done_already "$A" failed 3
	local d
	d=$(dir_of "$A")
	mkdir "$d/attempt-1" "$d/attempt-2"
	echo '{"containment":"pidns","net":"door","missing":["scope"]}' >"$d/isolation.json"
	echo result >"$d/phase"
	echo '{"code":0,"subtype":"success","model":"m-1"}' >"$d/attempt-1/exit.json"
	echo '{"input_tokens":10,"output_tokens":20,"turns":3,"cost_usd":0.5}' >"$d/attempt-1/usage.json"
	echo '{"stat":{"files":2,"added":5,"deleted":1},"tree":"abc","files":[1,2,3]}' >"$d/changes.json"
	echo '{"result_status":"partial","summary":"did half\nof it","why":"checks failed"}' >"$d/result.json"
	echo '{"at":"2026-11-21T09:50:02.000Z","by":"cancel"}' >"$d/cancel"
}

@test "show: everything, from the files" {
	whole_job
	run -0 jobdir-show aaaa
	assert_line "job        $A"
	assert_line 'state      failed: exit status 3'
	assert_line 'isolation  pidns, network door'
	assert_line 'missing    ["scope"]'
	assert_line 'attempt 1  success, exit 0, m-1, 3 turns, 10 tokens in, 20 out, 0.5000 USD'
	assert_line --partial 'attempt 2  no record'
	assert_line 'change     2 files, +5 -1'
	assert_line 'outcome    partial'
	assert_line 'summary    did half?of it'
	assert_line 'ran for    2s'
	assert_line "directory  $(dir_of "$A")"
	assert_line --partial 'cancel     {"at"'
}

@test "show --json: the same as one object, without the list of files" {
	whole_job
	run -0 jobdir-show --json aaaa
	assert_equal "${#lines[@]}" 1
	json '.job.result_status == "partial" and .status.code == 3 and .isolation.net == "door"
		and (.attempts | length) == 2 and .attempts[0].usage.turns == 3 and .change.stat.files == 2
		and (.change | has("files") | not) and .result.why == "checks failed" and .request.recipe == "write"' <<<"$output"
}

@test "show: a running job; an empty cancel file; several jobs; one that is not there" {
	byhand "$A"
	hold "$A"
	: >"$(dir_of "$A")/cancel"
	byhand "$B"
	done_already "$B" succeeded 0
	run -100 --separate-stderr jobdir-show "$A" zzzz "$B"
	assert_line 'state      running'
	assert_line 'cancel     asked for'
	assert_line "job        $B"
	assert_equal "$stderr" "jobdir-show: no such job: 'zzzz' in the state root '$JOBDIR_STATE'"
	run -0 jobdir-show <<<"$A"
	assert_line "job        $A"
}

@test "show: damaged records are left out, a damaged end is not taken for one" {
	whole_job
	echo '{' >"$(dir_of "$A")/result.json"
	run -0 jobdir-show aaaa
	refute_output --partial outcome
	echo '{"state":"happy"}' >"$(dir_of "$A")/end.json"
	run -100 --separate-stderr jobdir-show aaaa
	assert_output ''
}

@test "show: links in the job are not followed" {
	byhand "$A"
	done_already "$A" succeeded 0
	echo '{"result_status":"success","summary":"outside"}' >outside.json
	mkdir other && cp outside.json other/exit.json
	ln -s "$PWD/outside.json" "$(dir_of "$A")/result.json"
	ln -s "$PWD/other" "$(dir_of "$A")/attempt-1"
	run -0 jobdir-show aaaa
	refute_output --partial outside
	refute_output --partial attempt
}

@test "show: usage" {
	run -0 jobdir-show -h
	assert_output --partial 'usage: jobdir-show'
	run -100 jobdir-show --nonsense
}
