#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The published MCP conformance suite against jobdir-mcp with a toolset made for it, through a
# transparent bridge to HTTP; and the MCP Inspector. LONG=1 (make e2e) runs it.
export BATS_TEST_TIMEOUT=400
load ../lib/common

# What does not apply: SCENARIO [CHECK], and why. Every other check of the scenarios that a
# revision requires must pass; one named here that passes is an error, too.
not_applicable() {
	cat <<'END'
logging-set-level			# no capability logging: the protocol has deprecated it, a job has a log of its own
tools-call-with-logging			# the same
completion-complete			# no capability completions: there are no prompts and no template to complete
prompts-list				# no capability prompts: nothing here is started by a prompt template
prompts-get-simple			# the same
prompts-get-with-args			# the same
prompts-get-embedded-resource		# the same
prompts-get-with-image			# the same
input-required-result-non-tool-request	# the same: it asks for a prompt
caching sep-2549-prompts-list-caching-hints	# the same; its other checks must pass
resources-read-text			# it reads test://static-text: our resources are the files of jobs, job://ID/FILE
resources-read-binary			# the same; and they are text
resources-templates-read		# the same: test://template/123/data
resources-subscribe			# no capability resources.subscribe: jobs are waited for with a tool
resources-unsubscribe			# the same
END
}

setup() {
	isolate
	[[ -n ${LONG-} ]] || skip 'LONG=1 (make e2e) runs it'
	[[ ${JOBDIR_NETNS-} == 1 ]] || skip 'no network namespace: run it through make e2e'
	command -v python3 >/dev/null || skip 'no python3'
	NODE=$("$TOP/tests/fetch.sh" node) || skip 'node cannot be fetched'
	PATH=${NODE%/*}:$PATH
	BRIDGE=
}

teardown() {
	[[ -z $BRIDGE ]] || { kill "$BRIDGE" 2>/dev/null; wait "$BRIDGE" 2>/dev/null || :; }
}

# start_bridge: a server with the fixture toolset, on HTTP; sets URL.
start_bridge() {
	python3 "$TOP/tests/conformance/fixture.py" --write fixture
	mkfifo ready
	python3 "$TOP/tests/conformance/bridge.py" jobdir-mcp --toolset-dir="$PWD/fixture" >ready 2>bridge.err 3>&- &
	BRIDGE=$!
	read -rt 30 port <ready
	URL=http://127.0.0.1:$port/mcp
}

# conforms REVISION
conforms() {
	local suite
	suite=$("$TOP/tests/fetch.sh" conformance) || skip 'the conformance suite cannot be fetched'
	start_bridge
	# Its own verdict counts what does not apply; ours is made of its checks.
	node "$suite" server --url "$URL" --requirements "$1" -o out >out.log 2>&1 3>&- || :
	sed -n "/^$1\$/d; /^=== SUMMARY/,\$p" out.log
	node -e '
		const fs = require("fs"), [revision, file] = process.argv.slice(1);
		let leg, section, wanted = [];
		for (const l of fs.readFileSync(file, "utf8").split("\n")) {
			if (/^\w/.test(l)) section = l.replace(":", "").trim();
			else if (section === "server" && /^  - /.test(l)) wanted.push(l.slice(4).trim());
		}
		console.log(wanted.join("\n"));' "$1" "${suite%/dist/*}/requirements/$1.yaml" >wanted
	[[ $(wc -l <wanted) -ge 30 ]]
	local s checks
	while read -r s; do
		checks=$(compgen -G "out/server-$s-2*/checks.json") || { echo "not run: $s"; continue; }
		jq -r --arg s "$s" '.[] | select(.status == "FAILURE" or .status == "WARNING") | "\($s) \(.id): \(.errorMessage)"' "$checks"
		jq -e 'any(.[]; .status == "SUCCESS")' "$checks" >/dev/null || echo "nothing passed in: $s"
	done <wanted >failed
	not_applicable | sed 's/[[:space:]]*#.*//' >skipped
	# Beside what does not apply nothing may fail …
	local words unexpected=0 line
	while read -r line; do
		for words in "${line%%:*}" "${line%% *}"; do
			! grep -qxF -- "$words" skipped || continue 2
		done
		echo "failed: $line"
		unexpected=1
	done <failed
	# … and what does not apply is what the server does not declare: it must fail.
	while read -r s words; do
		! grep -qxF "$s" wanted || grep -q "^$s ${words-}" failed || { echo "applies after all: $s $words"; unexpected=1; }
	done <skipped
	[[ $unexpected = 0 ]]
	[[ ! -s bridge.err ]] || { cat bridge.err; false; }
}

@test "conformance: the server scenarios of 2025-11-25" {
	conforms 2025-11-25
}

@test "conformance: the server scenarios of 2026-07-28" {
	conforms 2026-07-28
}

@test "the inspector lists and calls" {
	inspector=$("$TOP/tests/fetch.sh" inspector) || skip 'the inspector cannot be fetched'
	make_repo ws
	inspect() { run -0 --separate-stderr timeout 60 node "$inspector" --cli jobdir-mcp -e "JOBDIR_STATE=$JOBDIR_STATE" \
		-e "CODEX_CLAUDE_ALLOW_ROOTS=$CODEX_CLAUDE_ALLOW_ROOTS" -e "HOME=$HOME" "$@" 3>&-; }
	inspect --method tools/list
	json '[.tools[].name] | contains(["claude_task", "claude_apply"])' <<<"$output"
	inspect --method tools/call --tool-name claude_jobs --tool-arg "cwd=$PWD/ws"
	json '.structuredContent.entries == [] and .isError == false' <<<"$output"
	inspect --method tools/call --tool-name claude_jobs --tool-arg "cwd=/etc"
	json '.isError and .structuredContent.error.code == "cwd_refused"' <<<"$output"
	inspect --method resources/list
	json '.resources == []' <<<"$output"
	inspect --method resources/templates/list
	json '.resourceTemplates | length == 1' <<<"$output"
}
