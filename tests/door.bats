#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The model's door of a job: what the agent has instead of the login. A shell script
# stands in for Claude Code; the real one is in e2e/.
load lib/common

KEY=sk-test-very-secret-0123456789

setup() {
	isolate
	ws=$BATS_TEST_TMPDIR/ws
	make_repo "$ws"
	unset JOBDIR_DOOR USE_OPENAI_ADAPTER WORKER_METRICS_FILE "${!ONEAPI_@}" "${!FALLBACK_@}" CLAUDE_MODEL
	export CLAUDE_BIN=$BATS_TEST_TMPDIR/claude ANTHROPIC_API_KEY=$KEY JOBDIR_CONFINE=off
	: >up.log
	mkfifo up.port
	python3 "$TOP/tests/lib/upstream.py" up.log >up.port 2>up.err 3>&- &
	up=$!
	read -rt 60 port <up.port
	export ANTHROPIC_BASE_URL=http://127.0.0.1:$port
	# It tells what it has, asks the model, and tries the way around the door.
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		read -r line
		env >"$TMPDIR/env"
		ask() { curl -sS -m 10 -H "x-api-key: $ANTHROPIC_API_KEY" "$1/v1/messages" -d '{"model":"claude-m","max_tokens":9,"messages":[{"role":"user","content":"ok"}]}' 2>&1; }
		ask "$ANTHROPIC_BASE_URL" >"$TMPDIR/answer"
		ask "http://127.0.0.1:$(cat "${0%/*}/outside")" >"$TMPDIR/around"
		[ ! -e "${0%/*}/gate" ] || cat "${0%/*}/gate"
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
		cat >/dev/null
	C
	chmod 755 "$CLAUDE_BIN"
	echo "$port" >outside
}

teardown() {
	local r
	for r in "$JOBDIR_STATE"/running/*; do
		[ ! -e "$r" ] || touch "$r/cancel"
	done
	kill "$up" 2>/dev/null
	wait "$up" 2>/dev/null || :
}

# start [OPTION...]: a read job; sets id and dir. ends: it has succeeded.
start() {
	echo 'What is it?' >prompt
	id=$(jobdir-spawn --recipe=read --cwd="$ws" --prompt=prompt --timeout=40s "$@" 3>&-)
	dir=$(job_dir "$id")
}

ends() {
	jobdir-wait "$id" || :
	assert_equal "$(end_job_state "$id")" succeeded
}

gateway_of() { # of job $1
	pgrep -f "^[^ ]*jobdir-gateway .*--job=$1"
}

@test "the agent has a token, its model, and no other way out" {
	start
	ends
	run grep -rlF "$KEY" "$dir"
	refute_output
	run cat "$dir/tmp/env"
	assert_line --regexp '^ANTHROPIC_API_KEY=[0-9a-f]{64}$'
	assert_line --regexp '^ANTHROPIC_BASE_URL=http://127.0.0.1:[0-9]+/attempt-1$'
	assert_equal "$(json '.content[0].text' "$dir/tmp/answer")" Hello
	assert_equal "$(jq -r '.headers["x-api-key"]' up.log)" "$KEY"
	assert_equal "$(jq -c '[.job, .attempt, .status]' "$dir/metrics.jsonl")" "[\"$id\",1,200]"
	# the token is worth nothing now, and in no log
	token=$(sed -n 's/^ANTHROPIC_API_KEY=//p' "$dir/tmp/env")
	run grep -rlF "$token" "$dir" --exclude-dir=tmp
	refute_output
	run ! gateway_of "$id"
	[[ $(json .containment "$dir/isolation.json") = pidns ]] || skip 'no namespaces here'
	assert_equal "$(json .net "$dir/isolation.json")" door
	run cat "$dir/tmp/around"
	assert_output --partial 'connect'
}

@test "without namespaces the door is there, and isolation.json says what the network is" {
	start --contain=reaper
	ends
	run jq -r .net "$dir/isolation.json"
	refute_output door
	assert_equal "$(json '.content[0].text' "$dir/tmp/answer")" Hello
	run grep -c "$KEY" "$dir/tmp/env"
	assert_output 0
	run ! gateway_of "$id"
}

@test "JOBDIR_DOOR=off, and a URL that no door takes: the login itself, and net says open" {
	JOBDIR_DOOR=off start
	ends
	run cat "$dir/tmp/env"
	assert_line "ANTHROPIC_API_KEY=$KEY"
	run jq -r .net "$dir/isolation.json"
	refute_output door
	[[ ! -e $dir/metrics.jsonl ]]
	ANTHROPIC_BASE_URL=http://models.example.org start
	ends
	run jq -r .net "$dir/isolation.json"
	refute_output door
}

@test "chat completions behind the door, and the metrics of all jobs" {
	export USE_OPENAI_ADAPTER=1 ONEAPI_BASE_URL=$ANTHROPIC_BASE_URL ONEAPI_API_KEY=sk-oneapi-0123456789 CLAUDE_MODEL=deep
	export WORKER_METRICS_FILE=$BATS_TEST_TMPDIR/all.jsonl
	start
	ends
	assert_equal "$(json '.content[0].text' "$dir/tmp/answer")" Hello
	assert_equal "$(jq -r '.path + " " + .body.model + " " + .headers.authorization' up.log)" \
		'/v1/chat/completions deep Bearer sk-oneapi-0123456789'
	assert_equal "$(cat all.jsonl)" "$(cat "$dir/metrics.jsonl")"
	run grep -rlF sk-oneapi-0123456789 "$dir"
	refute_output
}

@test "the gateway ends with its job, also when the supervisor is killed" {
	mkfifo gate
	start
	wait_for 60 test -s "$dir/tmp/answer"
	gw=$(gateway_of "$id" | head -n 1)
	[[ -n $gw ]]
	run cat "/proc/$gw/cmdline"
	refute_output --partial "$KEY"
	run grep -saF "$KEY" "/proc/$gw/environ"	# an ordinary user may not even open it
	refute_output
	kill -9 "$(json .supervisor_pid "$dir/state.json")"
	wait_for 60 test ! -e "/proc/$gw"
}

@test "a gateway that is killed is started again once, and not twice" {
	mkfifo gate
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		read -r line
		ask() { curl -sS --retry 3 --retry-connrefused -m 10 -H "x-api-key: $ANTHROPIC_API_KEY" "$ANTHROPIC_BASE_URL/v1/messages" -d '{"model":"claude-m","max_tokens":9,"messages":[{"role":"user","content":"ok"}]}' 2>&1; }
		ask >"$TMPDIR/answer"
		cat "${0%/*}/gate"
		ask >"$TMPDIR/again"
		: >"$TMPDIR/asked"
		cat "${0%/*}/gate"
		cat >/dev/null
	C
	start
	wait_for 60 test -s "$dir/tmp/answer"
	first=$(gateway_of "$id" | head -n 1)
	kill -9 "$first"
	wait_for 60 grep -q '"door-again"' "$dir/events.jsonl"
	: >gate
	wait_for 60 test -e "$dir/tmp/asked"
	assert_equal "$(json '.content[0].text' "$dir/tmp/again")" Hello
	second=$(gateway_of "$id" | head -n 1)
	[[ -n $second && $second != "$first" ]]
	kill -9 "$second"
	jobdir-wait "$id" || :
	assert_equal "$(end_job_state "$id")" failed
	run jq -r .message "$dir/end.json"
	assert_output "the model's door is closed: jobdir-gateway ended with status 137"
	run cat "$dir/log"
	assert_line 'jobdir-supervise: jobdir-gateway ended with status 137; started again'
	run jq -r .event "$dir/events.jsonl"
	assert_line door-died
	run ! gateway_of "$id"
}

@test "without namespaces, too, it does not outlive a supervisor that is killed" {
	mkfifo gate
	start --contain=reaper
	wait_for 60 test -s "$dir/tmp/answer"
	gw=$(gateway_of "$id" | head -n 1)
	[[ -n $gw ]]
	kill -9 "$(json .supervisor_pid "$dir/state.json")"
	wait_for 60 test ! -e "/proc/$gw"
	jobdir-show "$id" >/dev/null	# the next reader ends what is left
	wait_for 60 sh -c '! pgrep -f "^[^ ]*$0"' "$CLAUDE_BIN"
}

@test "JOBDIR_ALLOW_PORT: these ports of this machine, and no others, lead in" {
	# Each end sends a lot, says that it is done, and counts what it hears.
	cat >echo.py <<-'P'
		import socket, sys, threading
		s = socket.create_server(("127.0.0.1", 0))
		print(s.getsockname()[1], flush=True)
		def one(c):
		    n = 0
		    while d := c.recv(65536): n += len(d)
		    c.sendall(b"x" * n + b"%d" % n)
		    c.close()
		while True: threading.Thread(target=one, args=(s.accept()[0],), daemon=True).start()
	P
	mkfifo echo.port
	python3 echo.py >echo.port 3>&- &
	echo=$!
	read -rt 60 other <echo.port
	echo "$other" >other
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		read -r line
		python3 - "$(cat "${0%/*}/other")" >"$TMPDIR/through" 2>&1 <<-'P'
		import socket, sys
		c = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
		c.sendall(b"y" * 3000000)
		c.shutdown(socket.SHUT_WR)
		got = b""
		while d := c.recv(65536): got += d
		print(len(got), got[-7:])
		P
		curl -sS -m 10 "http://127.0.0.1:$(cat "${0%/*}/outside")/" >"$TMPDIR/around" 2>&1
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
		cat >/dev/null
	C
	JOBDIR_ALLOW_PORT=$other start
	ends
	kill "$echo"
	[[ $(json .containment "$dir/isolation.json") = pidns ]] || skip 'no namespaces here'
	assert_equal "$(json .net "$dir/isolation.json")" door
	run cat "$dir/tmp/through"
	assert_output "3000007 b'3000000'"
	run cat "$dir/tmp/around"
	assert_output --partial 'connect'
	JOBDIR_ALLOW_PORT=0 start
	jobdir-wait "$id" || :
	assert_equal "$(end_job_state "$id")" failed
	run jq -r .message "$dir/end.json"
	assert_output --partial JOBDIR_ALLOW_PORT
}

# ---- the person's own login (JOBDIR_LOGIN) ----

# own_login [EXPIRES]: a login file as Claude Code writes it, and none in the environment.
own_login() {
	unset ANTHROPIC_API_KEY ANTHROPIC_BASE_URL
	mkdir -p "$HOME/.claude"
	(umask 077 && printf '{"claudeAiOauth":{"accessToken":"%s","refreshToken":"%s","expiresAt":%s,"scopes":["user:inference"]}}' \
		"$ACCESS" "$REFRESH" "${1:-$((($(date +%s) + 86400) * 1000))}" >"$HOME/.claude/.credentials.json")
	export JOBDIR_LOGIN=mine
}
ACCESS=acc-0123456789-of-the-person
REFRESH=ref-0123456789-of-the-person

@test "the person's own login: lent, read-only, through CONNECT to one host" {
	unshare -m true 2>/dev/null || skip 'no mount namespace of our own here'
	[[ ${JOBDIR_NETNS-} == 1 ]] || skip 'no network namespace: run it through make check'
	command -v openssl >/dev/null || skip 'no openssl to make a certificate with'
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out "$ws/cert.pem" -days 2 -subj /CN=api.anthropic.com -addext 'subjectAltName=DNS:api.anthropic.com' 2>/dev/null
	mkfifo front.ready
	python3 "$TOP/tests/lib/tlsfront.py" "$ws/cert.pem" key.pem 443 "$port" sni.log >front.ready 2>front.err 3>&- &
	front=$!
	read -rt 20 _ <front.ready || { kill "$front"; skip 'port 443 is not ours to listen on'; }
	own_login
	# The file is where a link leads, as with dotfiles.
	mv "$HOME/.claude/.credentials.json" "$HOME/kept"
	ln -s ../kept "$HOME/.claude/.credentials.json"
	before=$(sha256sum "$HOME/kept")
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		read -r line
		env >"$TMPDIR/env"
		f=$CLAUDE_CONFIG_DIR/.credentials.json
		cat "$f" >"$TMPDIR/login"
		{ echo x >"$f" || echo no-write; echo x >>"$f" || echo no-append; rm -f "$f" || echo no-remove; mv "$f" "$f.x" || echo no-rename
		  : >"$f.new" && mv "$f.new" "$f" || echo no-replace; chmod 644 "$f" || echo no-chmod; umount "$f" || echo no-umount
		  mount -o remount,bind,rw "$f" || echo no-remount; } >"$TMPDIR/tried" 2>/dev/null
		ask() { curl -sS -m 20 --cacert "$PWD/cert.pem" -o "$TMPDIR/answer" -w '%{http_code} %{http_connect}\n' "$@" -d '{"model":"claude-m","max_tokens":9,"messages":[{"role":"user","content":"ok"}]}' 2>/dev/null; }
		{ ask https://api.anthropic.com/v1/messages
		  ask https://platform.claude.com/v1/oauth/token
		  ask https://api.anthropic.com:8443/
		  ask https://127.0.0.2/
		  HTTPS_PROXY=${HTTPS_PROXY/jobdir:*@/} https_proxy=$HTTPS_PROXY ask https://api.anthropic.com/v1/messages
		  ask --proxy "$HTTPS_PROXY" http://api.anthropic.com/v1/messages
		  ask --noproxy '*' https://api.anthropic.com/v1/messages; } >"$TMPDIR/asked"
		echo "$(cat "$TMPDIR/login")" >&2
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
		cat >/dev/null
	C
	printf '127.0.0.1 localhost api.anthropic.com platform.claude.com\n' >hosts
	echo 'What is it?' >prompt
	id=$(JOBDIR_CONFINE='' unshare -m sh -c 'mount --bind hosts /etc/hosts && exec jobdir-spawn --recipe=read --cwd="$0" --prompt=prompt --timeout=40s' "$ws" 3>&-)
	dir=$(job_dir "$id")
	ends
	kill "$front"
	[[ $(json .containment "$dir/isolation.json") = pidns ]] || skip 'no namespaces here'
	run jq -r '.net + " " + .login' "$dir/isolation.json"
	assert_output 'door mine'
	run jq -r .claudeAiOauth.accessToken "$dir/tmp/login"
	assert_output "$ACCESS"
	run cat "$dir/tmp/tried"
	assert_output $'no-write\nno-append\nno-remove\nno-rename\nno-replace\nno-chmod\nno-umount\nno-remount'
	assert_equal "$(sha256sum "$HOME/kept")" "$before"
	# through, refused, refused, refused, no token, no plain HTTP, and no way around
	run cat "$dir/tmp/asked"
	assert_output $'200 200\n000 403\n000 403\n000 403\n000 407\n405 000\n000 000'
	assert_equal "$(cat sni.log)" api.anthropic.com
	run grep -E '^(https?_proxy|HTTPS?_PROXY|ANTHROPIC)' "$dir/tmp/env"
	assert_line --regexp '^https_proxy=http://jobdir:[0-9a-f]{64}@127\.0\.0\.1:[0-9]+$'
	assert_equal "${#lines[@]}" 2
	# nothing of it stays: not in the log, not in the job's own directory, not for the next agent
	run grep -rlF -e "$ACCESS" -e "$REFRESH" "$dir" --exclude-dir=tmp
	refute_output
	[[ ! -e $dir/home/.credentials.json ]]
	grep -q REDACTED "$dir/attempt-1/stderr.log"
	unset JOBDIR_LOGIN
	export ANTHROPIC_API_KEY=$KEY ANTHROPIC_BASE_URL=http://127.0.0.1:$port
	start
	ends
	[[ ! -s $dir/tmp/login ]]
	run grep -c "$ACCESS" -r "$dir/tmp"
	refute_output --regexp ':[1-9]'
}

@test "the person's own login: read by the agent, written by nobody, and one host in its way out" {
	own_login
	before=$(sha256sum "$HOME/.claude/.credentials.json")
	cat >"$CLAUDE_BIN" <<-'C'
		#!/bin/bash
		read -r line
		f=$CLAUDE_CONFIG_DIR/.credentials.json
		cat "$f" >"$TMPDIR/login"
		{ echo x >"$f" || rm -f "$f" || : >"$f.new" && mv "$f.new" "$f" || umount "$f" || echo kept; } >"$TMPDIR/tried" 2>/dev/null
		for u in https://platform.claude.com https://api.anthropic.com:444; do
			curl -sS -m 20 -o /dev/null -w '%{http_connect}\n' "$u" 2>/dev/null
		done >"$TMPDIR/asked"
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
		cat >/dev/null
	C
	JOBDIR_CONFINE='' start
	jobdir-wait "$id" || :
	[[ $(json .containment "$dir/isolation.json") = pidns ]] || skip 'no namespaces here'
	assert_equal "$(end_job_state "$id")" succeeded
	assert_equal "$(json .claudeAiOauth.accessToken "$dir/tmp/login")" "$ACCESS"
	assert_equal "$(cat "$dir/tmp/tried")" kept
	assert_equal "$(cat "$dir/tmp/asked")" $'403\n403'
	assert_equal "$(sha256sum "$HOME/.claude/.credentials.json")" "$before"
	[[ ! -e $dir/home/.credentials.json ]]
}

@test "the person's own login is had as it was asked for, or the job is not run" {
	refused() { # refused TEXT [VARIABLE=VALUE...]
		local text=$1
		shift
		id=$(env "$@" jobdir-spawn --recipe=read --cwd="$ws" --prompt=prompt --timeout=40s $more 3>&-)
		jobdir-wait "$id" || :
		dir=$(job_dir "$id")
		assert_equal "$(end_job_state "$id")" failed
		run jq -r .message "$dir/end.json"
		assert_output --partial "$text"
		[[ ! -e $dir/tmp/env ]]
	}
	more=
	echo 'What is it?' >prompt
	own_login 1000
	refused 'has expired: run '
	own_login
	refused 'USE_OPENAI_ADAPTER=1' USE_OPENAI_ADAPTER=1 ONEAPI_BASE_URL=http://127.0.0.1:1 ONEAPI_API_KEY=k
	refused 'JOBDIR_DOOR=off' JOBDIR_DOOR=off
	refused "not 'yours'" JOBDIR_LOGIN=yours
	refused 'No such file' JOBDIR_LOGIN="$PWD/nowhere"
	more=--contain=reaper
	refused "without namespaces of the job's own"
	more=
	chmod 644 "$HOME/.claude/.credentials.json"
	refused 'nobody else can read'
	chmod 600 "$HOME/.claude/.credentials.json"
	echo '{"other":1}' >"$HOME/.claude/.credentials.json"
	refused 'holds no login'
	run jobdir-doctor
	assert_output --partial 'holds no login'
}
