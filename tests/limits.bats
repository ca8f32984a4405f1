# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
}

@test "limits: lowers soft and hard limit, for the program alone" {
	before=$(ulimit -n)
	run -0 jobdir-limits --open-files=64 --core=0 -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
	assert_output $'64\n64\n0'
	assert_equal "$(ulimit -n)" "$before"
}

@test "limits: never raises one" {
	run -0 jobdir-limits --open-files=64 jobdir-limits --open-files=1000 sh -c 'ulimit -n'
	assert_output 64
}

@test "limits: a limit holds" {
	run ! jobdir-limits --file-size=4096 -- sh -c 'head -c 8192 /dev/zero >big'
	assert_equal "$(stat -c %s big)" 4096
}

@test "limits: --print shows every limit by name, value and unit" {
	run -0 jobdir-limits --open-files=64 --print
	assert_line $'open-files\t64\tdescriptors'
	assert_equal "${#lines[@]}" 9
}

@test "limits: bad input is one line, 100" {
	run -100 jobdir-limits --cpu=soon -- true
	assert_output "jobdir-limits: --cpu is a number of seconds from 0 on, not 'soon'"
	run -100 jobdir-limits --core=0
	assert_output --partial 'no program to run'
	run -100 jobdir-limits --print true
	assert_output --partial 'no program with --print'
	run -127 jobdir-limits -- ./absent
	run -126 jobdir-limits -- /etc/passwd
	run -7 jobdir-limits -- sh -c 'exit 7'
}
