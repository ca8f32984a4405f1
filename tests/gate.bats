# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016,SC2154
load lib/common

setup() {
	isolate
	make_repo ws
	cd ws || return
	ws=$PWD n=0
}

# fab RECIPE STATE [PARAMS]: a terminal job of this workspace, made by hand after the gate was enabled.
fab() {
	n=$((n + 1))
	id=job-20991121-10000$n-aaaaaaaa dir=$JOBDIR_STATE/jobs/20991121/job-20991121-10000$n-aaaaaaaa
	mkdir -p "$dir" "$(echo "$JOBDIR_STATE"/workspaces/*)/20991121"
	ln -s "../../../jobs/20991121/$id" "$(echo "$JOBDIR_STATE"/workspaces/*)/20991121/$id"
	jq -n --arg id "$id" --arg r "$1" --arg c "$ws" --argjson p "${3:-{\}}" '{format: 1, id: $id, created: "2099-11-21T10:00:00.000Z",
		recipe: $r, cwd: $c, params: $p, env: {}, timeout_ms: 1000, grace_ms: 100, contain: "auto", slots: 4, depth: 1}' >"$dir/job.json"
	: >"$dir/lock"
	: >"$dir/tree.lock"
	jq -n --arg s "$2" '{state: $s, stage: "run", code: 0, signal: null, started: "2099-11-21T10:00:01.000Z",
		ended: "2099-11-21T10:00:02.000Z", duration_ms: 1000, by: "supervise"}' >"$dir/end.json"
	echo '{"format":1,"outcome":"success","state":"succeeded"}' >"$dir/result.json"
}
# changed COUNT: it has a sealed change of so many files.
changed() {
	local oid=0123456789012345678901234567890123456789
	jq -n --argjson n "$1" --arg o $oid '{format: 1, base: {tree: $o, commit: $o, snapshot: false},
		tree: "1123456789012345678901234567890123456789", object_format: "sha1",
		files: [range($n) | {path: "dir/file-\(. + 10000 | tostring)", status: "M", old_mode: "100644", new_mode: "100644", old: $o, new: $o,
			binary: false, added: 1, deleted: 1, marks: []}],
		renames: [], stat: {files: $n, added: $n, deleted: $n}, refused: [], left_out: {ignored: {count: 0, first: []}, special: []},
		notes: [], patch: {bytes: 11, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}}' >"$dir/changes.json"
	printf -- '--- a\n+++ b\n@@ patch of %s\n' "$id" >"$dir/changes.patch"
}
hook() {
	jq -nc --arg c "$ws" --argjson a "${1:-false}" '{cwd: $c, hook_event_name: "Stop", stop_hook_active: $a, last_assistant_message: "done"}' | jobdir-gate --hook
}

@test "usage and version" {
	run -0 jobdir-gate -h
	assert_line --index 0 'usage: jobdir-gate [-hV] [--enable | --disable | --dismiss=JOB] [--json] [DIR]'
	run -0 jobdir-gate -V
	run -100 jobdir-gate --enable --disable
	run -100 jobdir-gate a b
	run -100 jobdir-gate nowhere
	run -100 jobdir-gate --hook <<<'not JSON'
}

@test "off until it is enabled; the hook is silent; nothing is made by looking" {
	run -0 jobdir-gate
	assert_output off
	run -0 hook
	assert_output ''
	[[ ! -e $JOBDIR_STATE ]]
	run -0 jobdir-gate --enable
	assert_output open
	run -0 jobdir-gate src
	assert_output open
	json '.format == 1 and .enabled and .dismissed == []' "$JOBDIR_STATE"/workspaces/*/gate.json
	run -0 jobdir-gate --disable
	assert_output off
}

@test "a change closes it, and blocks a turn once" {
	jobdir-gate --enable
	fab read succeeded
	fab write succeeded
	changed 0
	run -0 jobdir-gate
	fab write failed
	changed 2
	run -1 jobdir-gate
	assert_line --index 0 closed
	assert_line --index 1 "$id  2 files"
	run -0 hook
	json --arg id "$id" '.decision == "block" and (.reason | contains($id)) and (keys == ["decision", "reason"])' <<<"$output"
	run -0 hook true
	assert_output ''
	# before it was enabled, and in another workspace: not its business
	make_repo ../other
	cd ../other
	run -0 jobdir-gate
	assert_output off
}

@test "only a good review of exactly that patch opens it" {
	jobdir-gate --enable
	fab write succeeded
	changed 1
	w=$id patch=$dir/changes.patch
	fab review failed "{\"reviewed\":\"$w\"}"
	cp "$patch" "$dir/prompt.md"
	echo '{"format":1,"outcome":"failed"}' >"$dir/result.json"
	run -1 jobdir-gate
	fab review succeeded "{\"reviewed\":\"$w\"}"
	echo 'another diff' >"$dir/prompt.md"
	run -1 jobdir-gate
	fab review succeeded
	cp "$patch" "$dir/prompt.md"
	run -1 jobdir-gate
	fab review succeeded "{\"reviewed\":\"$w\"}"
	{ echo before; cat "$patch"; echo after; } >"$dir/prompt.md"
	run -0 jobdir-gate
	assert_output open
	# the next change is another one
	fab write succeeded
	changed 1
	run -1 jobdir-gate
	assert_line --index 1 --partial "$id"
	refute_output --partial "$w"
}

@test "a person may dismiss that very change" {
	jobdir-gate --enable
	fab write succeeded
	changed 1
	run -100 jobdir-gate --dismiss=job-20991121-100009-aaaaaaaa
	run -0 jobdir-gate --dismiss="$id"
	run -0 jobdir-gate
	jq '.tree = "2123456789012345678901234567890123456789"' "$dir/changes.json" >x && mv x "$dir/changes.json"
	run -1 jobdir-gate
	run -1 jobdir-gate --enable
	run -0 jobdir-gate --disable
}

@test "it fails closed: a damaged state, a change that cannot be read" {
	jobdir-gate --enable
	f=$(echo "$JOBDIR_STATE"/workspaces/*/gate.json)
	for text in '' '{' '[]' '{"format":2}' '{"format":1,"enabled":"no","since":"x","dismissed":[]}'; do
		printf %s "$text" >"$f"
		run -0 hook
		json '.decision == "block" and (.reason | test("damaged.*jobdir gate --enable"))' <<<"$output"
		run -0 hook true
		assert_output ''
		run -100 jobdir-gate
		run -0 jobdir-gate --tool=claude_review_gate --request=- <<<"{\"cwd\":\"$ws\",\"action\":\"enable\"}"
		json '.error.code == "state_damaged"' <<<"$output"
	done
	run -0 jobdir-gate --enable
	fab write succeeded
	echo '{' >"$dir/changes.json"
	run -1 jobdir-gate
	assert_line --partial 'cannot be read'
}

@test "the tool" {
	ask() { run -0 jobdir-gate --tool=claude_review_gate --request=- <<<"{\"cwd\":\"$ws\"${1:+,\"action\":\"$1\"}}"; }
	ask
	json '.action == "status" and .enabled == false and .changed == false' <<<"$output"
	ask enable
	json '.enabled and .changed and .pending_review == false and (.next_steps | length) == 1' <<<"$output"
	ask enable
	json '.changed == false' <<<"$output"
	fab write succeeded
	changed 3
	ask status
	json --arg id "$id" '.pending_review and .pending_run_id == $id and .pending[0].files == 3 and
		(.next_steps[0] | contains($id))' <<<"$output"
	ask disable
	json '.enabled == false and .changed' <<<"$output"
	ask dismiss
	json '.error.code == "invalid_request"' <<<"$output"
}
