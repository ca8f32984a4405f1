# SPDX-License-Identifier: MIT
# treejob.bash: job directories made by hand, for tests of the tree alone.
# shellcheck shell=bash

# tree_job ID8 WORKSPACE [PREFIX [PARAMS]]: a job that is over; sets JOB (its
# id) and JD (its directory).
tree_job() {
	local common
	JOB=job-20261121-110000-$1
	JD=$JOBDIR_STATE/jobs/20261121/$JOB
	mkdir -p "$JD"
	chmod 700 "$JOBDIR_STATE" "$JD"
	common=$(git -C "$2" rev-parse --path-format=absolute --git-common-dir)
	jq -nc --arg id "$JOB" --arg root "$2" --arg prefix "${3-}" --arg common "$common" \
		--argjson params "${4:-{\}}" '{format: 1, id: $id, created: "2026-11-21T11:00:00.000Z",
		recipe: "write", cwd: $root, workspace: {root: $root, prefix: $prefix,
		common: $common, slug: "x-0123456789abcdef"}, params: $params, env: {},
		timeout_ms: 3600000, grace_ms: 5000, contain: "auto", slots: 4, depth: 0}' >"$JD/job.json"
	: >"$JD/lock"
	: >"$JD/tree.lock"
	jq -nc '{state: "succeeded", stage: "run", code: 0, signal: null, started: null,
		ended: "2026-11-21T11:00:01.000Z", duration_ms: 1, by: "supervise"}' >"$JD/end.json"
}

# made ID8 WORKSPACE [PREFIX [PARAMS]]: the same with its tree; sets T as well.
made() {
	tree_job "$@"
	jobdir-tree -q make "$JOB"
	T=$JD/tree
	export T
}

# changed PATH...: the sealed change has exactly these paths, in order.
changed() {
	jobdir-diff -q --seal --list "$JOB" >/dev/null
	assert_equal "$(jq -r '.files[].path' "$JD/changes.json" | paste -sd' ')" "$*"
}

# refused PATH: the seal names it as refused, and it is not a file of the change.
refused() {
	jq -e --arg p "$1" '([.refused[].path] | index($p)) != null' "$JD/changes.json" >/dev/null
	jq -e --arg p "$1" '[.files[].path] | index($p) == null' "$JD/changes.json" >/dev/null
}
