# SPDX-License-Identifier: MIT
# A few rounds of what `make races` does a thousand times.
export BATS_TEST_TIMEOUT=120
load lib/common

setup() {
	isolate
	export CRASH_DIR=$BATS_TEST_TMPDIR ROUNDS=6 JOBS=1
	crash=$TOP/tests/crash
}

@test "races: nothing is lost, and all are told the same" {
	run bash "$crash/races.sh" 3>&-
	echo "$output"
	assert_success
}
