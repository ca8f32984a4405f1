# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
}

@test "env: keeps what a tool chain needs, drops secrets and the unknown" {
	run -0 --separate-stderr env -i PATH="$PATH" HOME="$HOME" LC_TIME=C https_proxy=http://p:1 \
		SSL_CERT_FILE=/c NODE_EXTRA_CA_CERTS=/n LOGNAME=me TZ=UTC CARGO_HOME=/cargo GOPATH=/go JAVA_HOME=/j \
		RUSTUP_HOME=/r ANTHROPIC_API_KEY=sk-1 GITHUB_TOKEN=t AWS_SECRET_ACCESS_KEY=s FOO=bar GIT_DIR=/x \
		jobdir-env -- env
	assert_output --partial 'CARGO_HOME=/cargo'
	for kept in LC_TIME=C https_proxy=http://p:1 SSL_CERT_FILE=/c NODE_EXTRA_CA_CERTS=/n LOGNAME=me TZ=UTC \
		GOPATH=/go JAVA_HOME=/j RUSTUP_HOME=/r; do
		assert_line "$kept"
	done
	refute_output --partial 'sk-1'
	refute_output --regexp '(GITHUB_TOKEN|AWS_|FOO|GIT_DIR|ANTHROPIC_API_KEY)='
}

@test "env: the program's /proc/self/environ has none of it" {
	export MY_SECRET=plaintext-canary
	run -0 jobdir-env -- cat /proc/self/environ
	refute_output --partial plaintext-canary
}

@test "env: passthrough adds harmless names only, also the second time" {
	export CODEX_CLAUDE_ENV_PASSTHROUGH='FOO, MY_TOKEN ,LD_PRELOAD_X' FOO=1 MY_TOKEN=2
	run -0 jobdir-env -- jobdir-env -- env
	assert_line FOO=1
	refute_output --partial MY_TOKEN=
}

@test "env: --set, --unset, -i and their order" {
	run -0 jobdir-env -i --set A=1 --set B=2 --unset A --set B=3= --set 'C=x y' --print
	assert_output $'B\nC'
	run -0 jobdir-env -i --set PATH="$PATH" --set 'C=x y' -- env
	assert_line 'C=x y'
	assert_equal "${#lines[@]}" 2
	run -0 jobdir-env --unset HOME --print
	refute_line HOME
	assert_line PATH
}

@test "env: --print never shows a value" {
	run -0 jobdir-env --set API_KEY=canary --print
	assert_line API_KEY
	refute_output --partial canary
}

@test "env: --variables names all of ours, --rules has a reason in every row" {
	run -0 jobdir-env --variables
	for v in JOBDIR_STATE JOBDIR_DATA JOBDIR_TOOL_TIMEOUT_SEC JOBDIR_SHARE MAX_RUNNING_JOBS \
		CODEX_CLAUDE_ALLOW_ROOTS CODEX_CLAUDE_ENV_PASSTHROUGH CLAUDE_BIN BRIDGE_DEPTH; do
		assert_output --partial "$v"$'\t'
	done
	[[ $(jobdir-env --variables | awk -F'\t' 'NF != 5') == '' ]]
	[[ $(jobdir-env --rules | awk -F'\t' 'NF != 3 || $3 == ""') == '' ]]
}

@test "env: the table holds every variable that the code reads" {
	cd "$TOP"
	for v in $(sed -n 's/.*getenv("\([A-Z_0-9]*\)").*/\1/p' lib/*.c src/*.c | sort -u); do
		jobdir-env --variables | grep -q "^$v	" || jobdir-env --rules | grep -q "^$v	" ||
			{ echo "not in the table: $v"; return 1; }
	done
}

@test "env: exit status and signals are the program's; umask and SIGPIPE are left alone" {
	run -7 jobdir-env -- sh -c 'exit 7'
	run -143 jobdir-env -- sh -c 'kill -TERM $$'
	umask 022
	run -0 jobdir-env -- sh -c umask
	assert_output 0022
	# what we were started with (some callers ignore signals 32 and 33), but for SIGPIPE and SIGXFSZ
	mine=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status)
	run -0 jobdir-env -- sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status
	assert_equal $((16#$output)) $((16#$mine & ~16#1001000))
}

@test "env: bad usage is one line and 100, a missing program 127, a directory 126" {
	run -100 --separate-stderr jobdir-env
	assert_equal "${#stderr_lines[@]}" 1
	run -100 --separate-stderr jobdir-env --set NOEQUALS -- true
	assert_equal "${#stderr_lines[@]}" 1
	run -100 jobdir-env --set 1A=b -- true
	run -100 jobdir-env --unset A=b -- true
	run -100 jobdir-env --print true
	run -100 jobdir-env --nonsense
	run -127 --separate-stderr jobdir-env -- no-such-program-anywhere
	assert_equal "${#stderr_lines[@]}" 1
	run -126 jobdir-env -- /
	run -0 jobdir-env -V
	run -0 jobdir-env -h
	assert_line --index 0 --partial 'usage: jobdir-env'
}

@test "env file: settings count, secrets are redacted but in no environment; the file must be ours alone" {
	mkdir -p "$HOME/.config/jobdir"
	printf '%s\n' '# mine' 'ONEAPI_API_KEY="canary-0123456789"' 'CLAUDE_MODEL=cheap' 'MAX_RUNNING_JOBS=2' \
		>"$HOME/.config/jobdir/env"
	chmod 600 "$HOME/.config/jobdir/env"
	run -0 jobdir-spawn --wait -- sh -c 'env; echo the key is canary-0123456789'
	job=$(echo "$JOBDIR_STATE"/jobs/*/job-*)
	grep -qx CLAUDE_MODEL=cheap "$job/log"
	grep -qF 'the key is [REDACTED:ONEAPI_API_KEY]' "$job/log"
	run -1 grep -q "^ONEAPI_API_KEY=" "$job/log"
	run -1 grep -rqF canary-0123 "$job" --exclude=job.json
	json '.slots == 2' <"$job/job.json"
	echo 'WORKER_ISOLATION=maybe' >>"$HOME/.config/jobdir/env"
	run -100 --separate-stderr jobdir-spawn -- true
	assert_regex "$stderr" "line 5 of '.*/env': WORKER_ISOLATION must be worktree\|none, not 'maybe'"
	run -0 jobdir-setup --cwd="$PWD"
	json '.error.message | test("line 5")' <<<"$output"
	chmod 620 "$HOME/.config/jobdir/env"
	run -103 --separate-stderr jobdir-spawn -- true
	assert_regex "$stderr" 'others may write it'
}

@test "env file: the example is one, and names only variables of the table" {
	example=$TOP/lib/env.example
	for v in $(sed -n 's/^#\([A-Z_]*\)=.*/\1/p' "$example"); do
		jobdir-env --variables | grep -q "^$v	" || { echo "not in the table: $v"; return 1; }
	done
	mkdir -p "$HOME/.config/jobdir"
	sed 's/^#\([A-Z_]*=\)/\1/' "$example" >"$HOME/.config/jobdir/env"
	chmod 600 "$HOME/.config/jobdir/env"
	run -0 jobdir-spawn --wait -- true
}
