# SPDX-License-Identifier: MIT
# A few rounds of what make races, limits, soak and power do at length.
export BATS_TEST_TIMEOUT=300
load lib/common

setup() {
	isolate
	export CRASH_DIR=$BATS_TEST_TMPDIR JOBS=1
}

# crash NAME ARG...: one of them, without a violation; what it prints is shown if there was one.
crash() {
	run bash "$TOP/tests/crash/$1.sh" "${@:2}" 3>&-
	echo "$output"
	assert_success
}

@test "races: nothing is lost, and all are told the same" {
	ROUNDS=3 crash races
}

@test "full and read-only disks, no locks, another boot, numbers used again" {
	[ "$(id -u)" = 0 ] || skip 'needs root to mount'
	ROUNDS=2 STEP=96 crash limits full_tmpfs no_inodes read_only no_locks reboot pid_reuse
	refute_output --partial ' 0 checks'
}

@test "a few dozen jobs with cancels and kills leave nothing" {
	ROUNDS=16 crash soak
}

@test "power cuts in spawn and apply" {
	[ "$(id -u)" = 0 ] || skip 'needs root to mount'
	POKE=no POWER_EVERY=23 crash power ext4
	[[ $output != *skipped* ]] || skip "$output"
	assert_line --regexp '^ext4 +spawn .* 0 violations'
	assert_line --regexp '^ext4 +apply .* 0 violations'
}
