# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
	printf '{"a":{"b":[1,{"c":"x\\ny \\u20ac"}],"n":-1.50,"t":true,"z":null,"e":""},"k.x":7}' >f.json
}

@test "field: every type, strings decoded, the rest as JSON" {
	run -0 jobdir-field f.json a.b.1.c
	assert_output $'x\ny €'
	run -0 jobdir-field f.json a.b.0
	assert_output 1
	run -0 jobdir-field f.json a.b.1
	assert_output '{"c":"x\ny \u20ac"}'
	run -0 jobdir-field f.json a.n
	assert_output -- -1.50
	run -0 jobdir-field f.json a.t
	assert_output true
	run -0 jobdir-field f.json a.z
	assert_output null
	run -0 jobdir-field - a.b.0 <f.json
	assert_output 1
	run -0 jobdir-field f.json ''
	assert_output "$(cat f.json)"
}

@test "field -r: no newline is added" {
	assert_equal "$(jobdir-field -r f.json a.b.0 | od -An -c | tr -d ' ')" 1
	assert_equal "$(jobdir-field f.json a.e | wc -c)" 1
	assert_equal "$(jobdir-field -r f.json a.e | wc -c)" 0
}

@test "field: absent is exit 1, without a word" {
	for path in x a.x a.b.2 a.b.x a.n.x a.b.-1; do
		run -1 jobdir-field f.json "$path"
		assert_output ''
	done
}

@test "field: bad JSON is exit 100, a file that cannot be read 111" {
	for text in '' '{' '{"a":1}x' '{"a":1,"a":2}' '[01]' $'"\xff"'; do
		printf %s "$text" >bad.json
		run -100 --separate-stderr jobdir-field bad.json a
		assert_equal "$(wc -l <<<"$stderr")" 1
	done
	run -111 jobdir-field absent.json a
	run -111 jobdir-field . a
}

@test "field: usage, and a full disk" {
	run -0 jobdir-field -h
	assert_output --partial 'usage: jobdir-field'
	run -100 jobdir-field f.json
	run -100 jobdir-field -x f.json a
	run -111 bash -c 'jobdir-field f.json a >/dev/full'
}
