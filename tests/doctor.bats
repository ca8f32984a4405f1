# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
	unset "${!FALLBACK_@}" "${!WORKER_@}" ONEAPI_BASE_URL ONEAPI_API_KEY CLAUDE_MODEL
	printf '#!/bin/sh\nenv >"%s/env"\necho 2.1.0 fake\n' "$BATS_TEST_TMPDIR" >claude
	chmod 755 claude
	export CLAUDE_BIN=$PWD/claude ANTHROPIC_API_KEY=sk-canary-0123456789 SANDBOX_ROOT=$PWD
}

teardown() {
	[[ -z ${server-} ]] || kill "$server" 2>/dev/null || :
}

state_of() { # state_of NAME: in $output
	jq -r --arg n "$1" '.checks[] | select(.name == $n) | .state' <<<"$output"
}

@test "doctor: a machine that is fit; no secret reaches a program or the answer" {
	run -0 jobdir-doctor --json
	json '.ok and ([.checks[].name] | contains(["landlock", "pid namespace", "walls", "git", "claude", "codex", "state root", "configuration", "login", "worker"]))' <<<"$output"
	json '[.checks[] | select(.state != "ok") | .mend | length > 0] | all' <<<"$output"
	refute_output --partial sk-canary
	run -1 grep sk-canary env
	run -0 jobdir-doctor
	assert_line --regexp '^ok +git +git version'
}

@test "doctor: what is wrong is named with what mends it, exit 1" {
	CLAUDE_BIN=/nonexistent ANTHROPIC_API_KEY='' SANDBOX_ROOT=/nowhere MAX_RUNNING_JOBS=0 JOBDIR_STATE=/proc/x run -1 jobdir-doctor --json
	for name in claude login worker configuration 'state root'; do
		assert_equal "$(state_of "$name")" fail
	done
	json '.ok == false and ([.checks[] | select(.state == "fail") | .mend | length > 0] | all)' <<<"$output"
	mkdir -p "$HOME/.config/jobdir"
	echo 'nonsense' >"$HOME/.config/jobdir/env"
	run -1 jobdir-doctor
	assert_line --regexp "^fail +env file +line 1 of"
	assert_line --regexp 'mend: .*chmod 600'
	echo 'ONEAPI_BASE_URL=https://h' >"$HOME/.config/jobdir/env"
	echo 'ONEAPI_API_KEY=sk-other-0123456789' >>"$HOME/.config/jobdir/env"
	ANTHROPIC_API_KEY='' run -0 jobdir-doctor
	assert_line --regexp '^ok +login +a gateway and its key'
}

@test "doctor: --network asks the primary gateway and the fallback" {
	export ONEAPI_BASE_URL=http://127.0.0.1:1 CLAUDE_MODEL=m
	run -1 jobdir-doctor --network --json
	assert_equal "$(state_of 'primary gateway') $(state_of 'fallback gateway')" 'fail ok'
	FALLBACK_BASE_URL=http://127.0.0.1:1 run -1 jobdir-doctor --network --json
	assert_equal "$(state_of 'fallback gateway')" fail
	json '.checks[] | select(.name == "primary gateway") | (.detail | test("connect")) and (.mend | length > 0)' <<<"$output"
	mkfifo ready
	python3 - >ready 3>&- <<'END' &
import http.server, json
class H(http.server.BaseHTTPRequestHandler):
	def log_message(self, *a): pass
	def do_POST(self):
		self.rfile.read(int(self.headers["Content-Length"]))
		out = json.dumps({"choices": [{"message": {"content": "OK"}}], "usage": {"prompt_tokens": 9, "completion_tokens": 1}}).encode()
		self.send_response(200); self.send_header("Content-Length", str(len(out))); self.end_headers(); self.wfile.write(out)
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print(s.server_address[1], flush=True)
s.serve_forever()
END
	server=$!
	read -rt 60 port <ready
	ONEAPI_BASE_URL=http://127.0.0.1:$port run -0 jobdir-doctor --network
	assert_line --regexp '^ok +primary gateway +m answered, 9 tokens in, 1 out'
}

@test "doctor: bad usage is one line and 100" {
	run -100 --separate-stderr jobdir-doctor --nonsense
	assert_equal "${#stderr_lines[@]}" 1
	run -100 --separate-stderr jobdir-doctor x
	run -0 jobdir-doctor -h
	run -0 jobdir-doctor -V
}

@test "the configuration of Codex: absent, good, too short, a command that is gone, not TOML" {
	row() { run jobdir-doctor --json; json -c '.checks[] | select(.name == "codex config") | [.state, .mend]' <<<"$output"; }
	export HOME=$BATS_TEST_TMPDIR/codexhome
	unset CODEX_HOME
	mkdir -p "$HOME"
	assert_equal "$(row)" '["warn","jobdir setup --write"]'
	jobdir-setup --write >/dev/null
	assert_equal "$(row)" '["ok",null]'
	conf=$HOME/.codex/config.toml
	sed -i 's/^tool_timeout_sec = 600/tool_timeout_sec = 60.0/' "$conf"
	assert_equal "$(row)" '["warn","jobdir setup --write --force"]'
	jobdir-setup --write --force >/dev/null
	assert_equal "$(row)" '["ok",null]'
	sed -i 's|^command = .*|command = "/nowhere/jobdir-mcp"|' "$conf"
	assert_equal "$(row)" '["fail","jobdir setup --write --force"]'
	echo 'x = ' >"$conf"
	assert_equal "$(row)" '["fail","mend that line"]'
}

# a codex of ours: what it lists, and its hooks
fake_codex() {
	mkdir -p bin
	printf '%s' "$1" >servers
	printf '%s' "$2" >hooks
	cat >bin/codex <<-END
		#!/bin/bash
		cd "$PWD"
		env >codex.env
		case "\$*" in
		--version) echo codex-cli 0 ;;
		'mcp list --json') cat servers; exit ${3:-0} ;;
		app-server) echo '{"method":"noise","id":2}'
			while read -r l; do [[ \$l != *hooks/list* ]] || { cat hooks; echo; }; done ;;
		esac
	END
	chmod 755 bin/codex
}

codex_rows() {
	PATH=$PWD/bin:$PATH run jobdir-doctor --json
	json -c '[.checks[] | select(.name == "codex reports" or .name == "codex hook") | .state] | join(" ")' <<<"$output"
}

@test "doctor: what Codex itself reports, and whether it trusts the hook" {
	ours='[{"name":"other","enabled":true,"transport":{"command":"x"}},{"name":"jobdir","enabled":true,"disabled_reason":null,"transport":{"command":"/usr/bin/jobdir-mcp"},"enabled_tools":["a","b"]}]'
	hook() { printf '{"id":2,"result":{"data":[{"cwd":"/","hooks":[{"command":"/x/other","trustStatus":"trusted"},{"command":"/usr/bin/jobdir-gate --hook","enabled":%s,"trustStatus":"%s"}]}]}}' "$2" "$1"; }
	fake_codex "$ours" "$(hook trusted true)"
	assert_equal "$(codex_rows)" 'ok ok'
	run -1 grep sk-canary codex.env
	fake_codex "$ours" "$(hook untrusted true)"
	assert_equal "$(codex_rows)" 'ok warn'
	fake_codex "$ours" "$(hook trusted false)"
	assert_equal "$(codex_rows)" 'ok warn'
	fake_codex '[]' '{"id":2,"result":{"data":[]}}'
	assert_equal "$(codex_rows)" 'warn ok'
	fake_codex "${ours/true,\"disabled/false,\"disabled}" '{"id":2,"error":{"code":-1,"message":"no"}}'
	assert_equal "$(codex_rows)" 'warn ok'
	fake_codex 'not JSON' ''
	printf '#!/bin/sh\n[ "$1" = --version ] && echo 0\nexit 1\n' >bin/codex
	assert_equal "$(codex_rows)" 'fail warn'
	assert_equal "$(PATH=$PWD/bin:$PATH jobdir-doctor | grep -c 'codex hook')" 1
}

@test "doctor: --workspace looks at one directory" {
	row() { json -r --arg n "$1" '.checks[] | select(.name == $n) | .state + ": " + .detail' <<<"$output"; }
	make_repo ws
	run -0 jobdir-doctor --json --workspace=ws
	assert_equal "$(row workspace)" "ok: $(cd ws && pwd -P): allowed"
	assert_equal "$(row repository)" "ok: $(cd ws && pwd -P)"
	assert_equal "$(row 'review gate')" 'ok: off'
	assert_equal "$(row 'active jobs')" 'ok: 0 here, 0 in all'
	jobdir-gate --enable ws >/dev/null
	id=$(cd ws && jobdir-spawn -- sleep 1000)
	mkdir plain
	run -0 jobdir-doctor --json --workspace=ws
	assert_equal "$(row 'review gate')" 'ok: open'
	assert_equal "$(row 'active jobs')" 'ok: 1 here, 1 in all'
	cd plain
	run -0 jobdir-doctor --json --workspace
	assert_equal "$(row 'active jobs')" 'ok: 0 here, 1 in all'
	[[ $(row repository) = warn:* ]]
	cd ..
	jobdir-cancel -q "$id"
	CODEX_CLAUDE_ALLOW_ROOTS=$PWD/plain run -1 jobdir-doctor --json --workspace=ws
	[[ $(row workspace) = fail:*outside* && $(row repository) = ok:* ]]
	run -1 jobdir-doctor --json --workspace=nowhere
	[[ $(row workspace) = fail:* ]]
}
