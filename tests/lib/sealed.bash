# SPDX-License-Identifier: MIT
# sealed.bash: jobs that have ended and whose change is sealed, made with plain
# git in a few milliseconds, for tests of what comes after.
# shellcheck shell=bash

# sealed_job WS EDIT: prints the id of a write job made in WS in whose tree the
# shell commands EDIT were run. SEALED_STATE: its state; SEALED_SNAPSHOT=1: it
# started from WS as it was; SEALED_PARAMS: JSON object of its parameters.
sealed_job() {
	local ws=$1 edit=$2 root common prefix id dir base tree format
	root=$(git -C "$ws" rev-parse --show-toplevel)
	prefix=$(git -C "$ws" rev-parse --show-prefix)
	common=$(git -C "$ws" rev-parse --path-format=absolute --git-common-dir)
	format=$(git -C "$ws" rev-parse --show-object-format)
	id=job-20261121-000000-$(LC_ALL=C tr -dc a-z2-7 </dev/urandom | head -c 8)
	dir=$JOBDIR_STATE/jobs/20261121/$id
	mkdir -p "$dir/tree"
	git init -q --bare --template= --object-format="$format" "$dir/ctl.git"
	mkdir -p "$dir/ctl.git/objects/info"
	echo "$common/objects" >"$dir/ctl.git/objects/info/alternates"
	ctl() { git --git-dir="$dir/ctl.git" -c core.autocrlf=false "$@"; }
	base=$(git -C "$ws" rev-parse 'HEAD^{tree}')
	if [[ ${SEALED_SNAPSHOT-} ]]; then
		ctl read-tree "$base"
		ctl --work-tree="$root" add -A "$root" >/dev/null
		base=$(ctl write-tree)
	fi
	ctl --work-tree="$dir/tree" read-tree -u --reset "$base"
	(cd "$dir/tree" && eval "$edit") || return
	ctl --work-tree="$dir/tree" add -A -f "$dir/tree" >/dev/null
	tree=$(ctl write-tree)
	ctl diff-tree -p --binary --full-index "$base" "$tree" >"$dir/changes.patch"
	ctl diff-tree -r -z --raw --no-renames --no-abbrev "$base" "$tree" |
		sealed_changes "$base" "$tree" "$format" "$dir/changes.patch" \
		"$(git -C "$ws" rev-parse HEAD)" >"$dir/changes.json"
	jq -nc --arg id "$id" --arg root "$root" --arg prefix "$prefix" --arg common "$common" \
		--arg cwd "${root}${prefix:+/${prefix%/}}" --argjson params "${SEALED_PARAMS-null}" \
		'{format: 1, id: $id, created: "2026-11-21T00:00:00.000Z", recipe: "write", cwd: $cwd,
		workspace: {root: $root, prefix: $prefix, common: $common, slug: "ws-0"},
		params: ($params // {}), env: {}, timeout_ms: 1000, grace_ms: 1000, contain: "auto",
		slots: 4, depth: 0}' >"$dir/job.json"
	jq -nc --arg state "${SEALED_STATE-succeeded}" '{state: $state, stage: "run", code: 0,
		signal: null, started: "2026-11-21T00:00:00.000Z", ended: "2026-11-21T00:00:01.000Z",
		duration_ms: 1000, by: "supervise"}' >"$dir/end.json"
	: >"$dir/lock"
	: >"$dir/tree.lock"
	chmod -R go= "$dir"
	echo "$id"
}

# The raw difference on standard input as changes.json.
sealed_changes() {
	local head path
	while IFS= read -rd '' head && IFS= read -rd '' path; do
		printf '%s %s\n' "${head#:}" "$(printf %s "$path" | base64 -w0)"
	done | jq -nRc --arg base "$1" --arg tree "$2" --arg format "$3" \
		--argjson bytes "$(wc -c <"$4")" --arg sum "$(sha256sum "$4" | cut -d' ' -f1)" --arg commit "$5" '
		[inputs | split(" ") | (.[5] | @base64d) as $path | {path: $path}
		+ (if ($path | @base64) != .[5] then {path_base64: .[5]} else {} end)
		+ {status: .[4]}
		+ (if .[0] != "000000" then {old_mode: .[0], old: .[2]} else {} end)
		+ (if .[1] != "000000" then {new_mode: .[1], new: .[3]} else {} end)
		+ {binary: false, added: 0, deleted: 0}
		+ (if $path | test("(^|/)[.](envrc|gitattributes)$|^[.]vscode/")
			then {marks: ["runs-by-itself"]} else {} end)] as $files
		| {format: 1, base: {tree: $base, commit: $commit, snapshot: false}, tree: $tree,
		object_format: $format, files: $files, renames: [],
		stat: {files: ($files | length), added: 0, deleted: 0}, refused: [],
		left_out: {ignored: {count: 0, first: []}, special: []}, notes: [],
		patch: {bytes: $bytes, sha256: $sum}}'
}
