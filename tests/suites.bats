# SPDX-License-Identifier: MIT
# suites.bats: projects of four languages whose own tests an agent runs behind the walls.
load lib/common

setup() {
	REAL_HOME=$HOME
	isolate
	ws=$BATS_TEST_TMPDIR/ws
	mkdir -p "$ws" && git -C "$ws" init -q
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/agent/claude ANTHROPIC_API_KEY=sk-test-very-secret-0123456789
	mkdir "${CLAUDE_BIN%/*}"
}

# suite COMMAND: a write job whose agent runs it; what it said is in $said.
suite() {
	git -C "$ws" add -A && git -C "$ws" commit -qm one
	cat >"$CLAUDE_BIN" <<-C
		#!/bin/sh
		read -r line
		{ $1
		} >"\$TMPDIR/said" 2>&1
		echo "exit \$?" >>"\$TMPDIR/said"
		echo '{"type":"result","is_error":false,"terminal_reason":"completed","structured_output":{"answer":"42"}}'
	C
	chmod 755 "$CLAUDE_BIN"
	echo 'Run the tests.' >p
	id=$(jobdir-spawn --recipe=write --cwd="$ws" --prompt=p 3>&-)
	jobdir-wait "$id" || :
	said=$(cat "$(job_dir "$id")/tmp/said")
	echo "$said"
	assert_equal "$(tail -n 1 <<<"$said")" 'exit 0'
}

@test "suites: C, with make and its own server on loopback" {
	cat >"$ws/t.c" <<-'C'
		#include <arpa/inet.h>
		#include <stdio.h>
		int main(void)
		{
			struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
			socklen_t n = sizeof a;
			int s = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0);
			if (bind(s, (void *)&a, n) || listen(s, 1) || getsockname(s, (void *)&a, &n) ||
			    connect(c, (void *)&a, n))
				return perror("loopback"), 1;
			return !tmpfile();
		}
	C
	printf 'check: t\n\t./t && echo passed\nt: t.c\n' >"$ws/Makefile"
	suite 'make -j2 check'
	grep -x passed <<<"$said"
}

@test "suites: Python, with unittest" {
	printf 'import unittest, tempfile, subprocess, sys, multiprocessing\nclass T(unittest.TestCase):\n def test_a(self):\n  with tempfile.NamedTemporaryFile() as f: f.write(b"x")\n  self.assertEqual(subprocess.check_output([sys.executable, "-c", "print(1)"]), b"1\\n")\n  with multiprocessing.Pool(2) as p: self.assertEqual(p.map(abs, [-1]), [1])\n' >"$ws/test_t.py"
	suite '/usr/bin/python3 -m unittest -v'
	grep -x OK <<<"$said"
}

@test "suites: Node, with npm test" {
	command -v npm || skip 'no npm'
	echo '{"name":"t","version":"1.0.0","scripts":{"test":"node --test"}}' >"$ws/package.json"
	printf 'const t = require("node:test"), http = require("http");\nt("a", (_, done) => { const s = http.createServer((q, r) => r.end("x")).listen(0, "127.0.0.1", () => http.get({port: s.address().port, host: "127.0.0.1"}, r => { r.resume(); s.close(); done(); })); });\n' >"$ws/t.test.js"
	suite 'npm test'
	grep -E '^# pass 1' <<<"$said"
}

@test "suites: Rust, with cargo test and a tool chain in the home" {
	[ -x "$REAL_HOME/.cargo/bin/cargo" ] || command -v cargo || skip 'no cargo'
	ln -s "$REAL_HOME/.cargo" "$HOME/.cargo"
	export RUSTUP_HOME=${RUSTUP_HOME:-$REAL_HOME/.rustup}
	mkdir "$ws/src"
	printf '[package]\nname = "t"\nversion = "0.1.0"\nedition = "2021"\n' >"$ws/Cargo.toml"
	printf 'pub fn one() -> i32 { 1 }\n#[test]\nfn is_one() { assert_eq!(one(), 1); }\n' >"$ws/src/lib.rs"
	suite 'cargo test --offline'
	grep -E 'test result: ok. 1 passed' <<<"$said"
}
