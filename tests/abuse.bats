# SPDX-License-Identifier: MIT
# What a hostile or broken client can do to the MCP server: tests/lib/abuse.py has the
# table. Here in a size for every day; `make abuse` runs the long forms.
load lib/common

setup() {
	isolate
	export WORKSPACE=$BATS_TEST_TMPDIR/ws CLAUDE_BIN=/bin/true
	mkdir -p "$WORKSPACE"
	SERVER=$(command -v jobdir-mcp)
}

abuse() {
	run -0 python3 "$TOP/tests/lib/abuse.py" "$SERVER" "$@"
}

# long NUMBER: the size of a case: as given, or the whole of it.
long() {
	[[ -n ${ABUSE_LONG-} ]] && echo 0 || echo "$1"
}

@test "abuse: what is no message is answered once with an error" {
	abuse nothing
}

@test "abuse: what asks for nothing gets nothing" {
	abuse quiet
}

@test "abuse: requests with a wrong part" {
	abuse requests
}

@test "abuse: odd ids come back as they were written" {
	abuse ids
}

@test "abuse: a message of exactly 8 MiB; one byte at a time" {
	abuse largest
	abuse bytewise
}

@test "abuse: pipelined pings, each answered once and in order" {
	abuse pipelined "$(long 5000)"
}

@test "abuse: a reader that never reads; one that is gone" {
	abuse deaf
	abuse epipe
}

@test "abuse: the end of input at any byte" {
	abuse cut "$(long 11)"
}

@test "abuse: calls and their cancels race" {
	abuse races "$(long 60)"
}

@test "abuse: SIGKILL in the middle of a call leaves a job whole or none" {
	abuse killed "${ABUSE_LONG:-25}"
}

@test "abuse: every file of the public JSON test suite as a message" {
	JSON_SUITE=$("$TOP/tests/fetch.sh" jsonsuite) || skip 'the JSON test suite cannot be fetched'
	export JSON_SUITE
	abuse suite
}

@test "json: none wrong of the public JSON test suite, but for duplicate names, which are refused" {
	JSON_SUITE=$("$TOP/tests/fetch.sh" jsonsuite) || skip 'the JSON test suite cannot be fetched'
	cd "$JSON_SUITE"
	run -0 "$BUILD/tests/jsonfiles" *.json
	assert_equal "${#lines[@]}" 318
	assert_equal "$(grep -c '^yes y_' <<<"$output")" 93
	assert_equal "$(grep '^no y_' <<<"$output" | sed 's/ at .*//')" \
		$'no y_object_duplicated_key.json: duplicate member name\nno y_object_duplicated_key_and_value.json: duplicate member name'
	assert_equal "$(grep -c '^no n_' <<<"$output")" 188
}
