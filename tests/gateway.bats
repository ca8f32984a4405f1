#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# jobdir-gateway before a provider of ours (lib/upstream.py); raw sockets from lib/httpabuse.py.
load lib/common

TOKEN=0123456789abcdef0123456789abcdef
KEY=sk-real-secret-0123456789

setup() {
	isolate
	pids=()
}

teardown() {
	((${#pids[@]} == 0)) || { kill "${pids[@]}"; wait "${pids[@]}"; } 2>/dev/null || :
}

# provider NAME [CERT KEY]: sets $NAME to its base URL; its log is NAME.log.
provider() {
	local name=$1 port
	shift
	: >"$name.log"
	mkfifo "$name.port"
	python3 "$TOP/tests/lib/upstream.py" "$name.log" "$@" >"$name.port" 2>"$name.err" 3>&- &
	pids+=($!)
	read -rt 60 port <"$name.port"
	printf -v "$name" 'http%s://127.0.0.1:%s' "${1:+s}" "$port"
}

# gateway OPTION...: sets gw (its pid) and url. Keys are in the file keys.
gateway() {
	[[ -e keys ]] || printf 'JOBDIR_GATEWAY_TOKEN=%s\nONEAPI_API_KEY=%s\nFALLBACK_API_KEY=sk-second-0123456789\n' "$TOKEN" "$KEY" >keys
	[[ -p gw.port ]] || mkfifo gw.port
	jobdir-gateway --key-fd=9 --metrics="$PWD/metrics" "$@" 9<keys >gw.port 2>>gw.err 3>&- &
	gw=$!
	pids+=("$gw")
	read -rt 60 port <gw.port
	url=http://127.0.0.1:$port
}

# ask TEXT [true]: the body of the answer (streamed or not); status into $status_file.
ask() {
	curl -sS -N -m 25 -o answer -w '%{http_code}' -D head -H "x-api-key: $TOKEN" -H 'anthropic-beta: b1' -H 'X-Stainless-OS: x' "$url/attempt-2/v1/messages?beta=true" \
		-d "{\"model\":\"claude-x\",\"max_tokens\":9,\"stream\":${2:-false},\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}

asked() { # how often the provider NAME was asked
	grep -c '"path"' "$1.log" || :
}

@test "usage, and what it refuses" {
	run -0 jobdir-gateway -h
	assert_line --partial 'usage: jobdir-gateway'
	run -100 jobdir-gateway --upstream=https://a
	assert_output --partial -- '--key-fd is wanted'
	run -100 jobdir-gateway --key-fd=77
	printf 'JOBDIR_GATEWAY_TOKEN=short\n' >keys
	run -100 jobdir-gateway --key-fd=9 --upstream=https://a 9<keys
	assert_output --partial '32 characters or more'
	printf 'JOBDIR_GATEWAY_TOKEN=%s\nONEAPI_API_KEY=a\rb\n' "$TOKEN" >keys
	run -100 jobdir-gateway --key-fd=9 --upstream=https://a 9<keys
	assert_output --partial 'cannot stand in a header'
	refute_output --partial 'b'$'\n'
	for u in http://example.org http://127.0.0.1.example.org ftp://a https:// https://u:p@a 'https://a/?b' http://127.example.org; do
		printf 'JOBDIR_GATEWAY_TOKEN=%s\n' "$TOKEN" >keys
		run -100 jobdir-gateway --key-fd=9 --upstream="$u" 9<keys
		assert_output --partial "'$u'"
	done
	run -100 jobdir-gateway --key-fd=9 --upstream=https://a --profile=nobody 9<keys
	assert_output --partial "no profile 'nobody'"
}

@test "every provider of the table is in the manual, with its hosts" {
	grep -o 'ROW("[a-z]*"' "$TOP/lib/gwprofile.c" | cut -d'"' -f2 >names
	sed -n '/^\.Sh PROFILES/,/^\.El/s/^\.It Cm //p' "$TOP/man/jobdir-gateway.1" | diff names -
	# hosts are what has a dot, models what has a digit before one
	grep -oE '"[^"]*[a-z]\.[^"]*"' "$TOP/lib/gwprofile.c" | tr -d '"' | tr ' ' '\n' | sed '/^$/d; /^gpt-/d; /^kimi-k/d; /^glm-/d; /\.h$/d' >hosts
	(($(wc -l <hosts) > 15))
	sed -n '/^\.Sh PROFILES/,/^\.El/s/^\([a-z.].*\):$/\1/p' "$TOP/man/jobdir-gateway.1" | tr ' ' '\n' | sort | diff <(sort hosts) -
}

@test "about eighty abuses" {
	provider up
	gateway --upstream="$up"
	run -0 python3 "$TOP/tests/lib/httpabuse.py" "$port" "$TOKEN" up.log
	assert_output --regexp '^[0-9]+ abuses, 0 bad$'
}

@test "it listens on 127.0.0.1 and nowhere else" {
	provider up
	gateway --upstream="$up"
	hex=$(printf %04X "$port")
	run cat /proc/net/tcp
	assert_output --partial "0100007F:$hex 00000000:0000 0A"
	run cat /proc/net/tcp /proc/net/tcp6
	refute_output --partial "00000000:$hex 00000000:0000 0A"
	refute_output --partial "00000000000000000000000000000000:$hex"
	rm -f keys
	jobdir-gateway --key-fd=9 --upstream="$up" --socket="$PWD/s" 9< <(printf 'JOBDIR_GATEWAY_TOKEN=%s\n' "$TOKEN") 3>&- &
	pids+=($!)
	wait_for 60 test -S s
	assert_equal "$(stat -c %a s)" 600
	run -0 curl -sS --unix-socket s -H "x-api-key: $TOKEN" -o /dev/null -w '%{http_code}' -I http://any/
	assert_output 200
	kill "${pids[-1]}"
	wait_for 60 test ! -e s
}

@test "an answer whole, an answer streamed, and nothing else of the provider's" {
	provider up
	gateway --upstream="$up" --model=real-model
	assert_equal "$(ask ok)" 200
	assert_equal "$(json '.content[0].text + " " + .stop_reason + " " + .model' answer)" 'Hello end_turn claude-x'
	assert_equal "$(ask ok true)" 200
	run grep -c '^event: ' answer
	assert_output 7
	run grep -ciE '^(set-cookie|server)' head
	assert_output 0
	# nothing of the client's own protocol
	run jq -r '.headers | keys[]' up.log
	refute_line --regexp '^(anthropic-|x-api-key|x-stainless|x-claude)'
	assert_equal "$(jq -r '.body.model + " " + .path + " " + .headers.authorization' up.log | sort -u)" \
		"real-model /v1/chat/completions Bearer $KEY"
	run jq -c '[.attempt, .route, .model, .status, .input_tokens, .cached_tokens, .output_tokens, .retries]' metrics
	assert_line --index 1 '[2,"primary","real-model",200,10,3,5,0]'
	assert_equal "$(curl -sS -H "x-api-key: $TOKEN" "$url/v1/models" | json '.data[0].id')" real-model
	assert_equal "$(curl -sS -H "x-api-key: $TOKEN" "$url/v1/messages/count_tokens" -d '{"messages":[{"role":"user","content":"one two three"}]}' | jq '.input_tokens > 2')" true
	assert_equal "$(asked up)" 2
}

@test "what fails for a moment is tried again, what is wrong is not" {
	provider up
	gateway --upstream="$up"
	assert_equal "$(ask '503 html ok')" 200
	assert_equal "$(asked up)" 3
	assert_equal "$(tail -n 1 metrics | json '.retries')" 2
	t=$EPOCHREALTIME
	assert_equal "$(ask 'after1 ok again' true)" 200
	((${EPOCHREALTIME/./} - ${t/./} >= 1000000))
	n=$(asked up)
	assert_equal "$(ask 400)" 400
	assert_equal "$(asked up)" $((n + 1))
	# more than we would wait for: said at once, with the time
	assert_equal "$(ask after3600)" 429
	run grep -ci '^retry-after: 3600' head
	assert_output 1
	assert_equal "$(asked up)" $((n + 2))
	assert_equal "$(ask redirect)" 502
	assert_equal "$(asked up)" $((n + 3))
}

@test "a stream that has begun is never begun again" {
	provider up
	gateway --upstream="$up"
	assert_equal "$(ask 'cut ok' true)" 200
	assert_equal "$(asked up)" 1
	run grep -c '^event: message_start' answer
	assert_output 1
	run tail -n 3 answer
	assert_output --partial '"type":"error"'
	# nothing of it had come: the client sees one answer, whole
	assert_equal "$(ask 'cut0 ok' true)" 200
	assert_equal "$(asked up)" 3
	run grep -c '^event: message_st' answer
	assert_output 2
	assert_equal "$(jq -c '[.status, .retries]' metrics | paste -sd' ')" '[502,0] [200,1]'
}

@test "the fallback, and after three failures it is asked first" {
	provider second
	gateway --upstream=http://127.0.0.1:1 --fallback="$second" --fallback-model=other
	for i in 1 2 3; do
		{ ask "ok $i" >/dev/null; } &
		jobs[i]=$!
	done
	wait "${jobs[@]}"
	assert_equal "$(jq -r '.body.model + " " + .headers.authorization' second.log | sort -u)" 'other Bearer sk-second-0123456789'
	assert_equal "$(jq -c '[.route, .retries, .status]' metrics | sort -u)" '["fallback",4,200]'
	t=$EPOCHREALTIME
	assert_equal "$(ask ok)" 200
	((${EPOCHREALTIME/./} - ${t/./} < 5000000))
	assert_equal "$(tail -n 1 metrics | jq -c '[.route, .retries]')" '["fallback",0]'
}

@test "the key is nowhere but at the provider" {
	provider up
	gateway --upstream="$up"
	assert_equal "$(ask 401)" 401
	assert_equal "$(ask ok)" 200
	run grep -c "$KEY" up.log
	assert_output 2
	run grep -salF -e "$KEY" -e "$TOKEN" "/proc/$gw/environ" "/proc/$gw/cmdline" gw.err answer head metrics
	refute_output
	# who may not look into other processes may not look into this one either
	if [[ $(id -u) != 0 ]]; then
		run ! cat "/proc/$gw/environ"
	fi
	run cat "/proc/$gw/limits"
	assert_output --regexp 'Max core file size +0 +0'
	run readlink "/proc/$gw/fd/"*
	refute_output --partial /keys
}

@test "two hundred slow clients delay nobody" {
	provider up
	gateway --upstream="$up"
	cat >slow.py <<-'P'
		import socket, sys
		port = int(sys.argv[1])
		all = [socket.create_connection(("127.0.0.1", port)) for i in range(200)]
		for i, s in enumerate(all):
		    s.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX: " % port if i % 2 else
		        b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nx-api-key: %s\r\nContent-Length: 900\r\n\r\n{" % (port, sys.argv[2].encode()))
		print("there", flush=True)
		sys.stdin.read()
	P
	mkfifo there hold
	python3 slow.py "$port" "$TOKEN" <hold >there 3>&- &
	pids+=($!)
	exec 8>hold
	read -rt 60 _ <there
	t=$EPOCHREALTIME
	assert_equal "$(ask ok true)" 200
	((${EPOCHREALTIME/./} - ${t/./} < 10000000))
	exec 8>&-
}

@test "a client that leaves ends its request upstream" {
	provider up
	gateway --upstream="$up"
	curl -sS -N -H "x-api-key: $TOKEN" "$url/v1/messages" -d '{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hang"}]}' >answer 3>&- &
	c=$!
	wait_for 60 grep -q text_delta answer
	kill "$c"
	wait_for 60 grep -q '"left"' up.log
	wait_for 60 test -s metrics
	assert_equal "$(json .status metrics)" 499
}

@test "a client that does not read holds the provider up, and costs no memory" {
	provider up
	gateway --upstream="$up"
	cat >slow.py <<-'P'
		import socket, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		s.connect(("127.0.0.1", int(sys.argv[1])))
		b = b'{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"flood"}]}'
		s.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nx-api-key: %s\r\nContent-Length: %d\r\n\r\n%s" % (sys.argv[1].encode(), sys.argv[2].encode(), len(b), b))
		print(len(s.recv(1000)), flush=True)
		sys.stdin.readline()
		n, tail = 0, b""
		while (got := s.recv(1 << 20)):
		    n, tail = n + len(got), (tail + got)[-200:]
		print(n, b"message_stop" in tail, flush=True)
	P
	mkfifo out hold
	python3 slow.py "$port" "$TOKEN" <hold >out 3>&- &
	pids+=($!)
	exec 8>hold 7<out
	read -rt 60 -u 7 _
	# until nothing moves any more
	last=-1
	while rss=$(awk '/VmRSS/ { print $2 }' "/proc/$gw/status") && now=$(awk '/rchar/ { print $2 }' "/proc/$gw/io"); [[ $now != "$last" ]]; do
		last=$now
		read -rt 0.3 <> <(:) || :
	done
	((last < 15000000)) || { echo "read $last bytes ahead"; false; }
	((rss < 24000))
	echo >&8
	read -rt 60 -u 7 n whole
	((n > 20000000))
	assert_equal "$whole" True
}

@test "silence is filled with pings" {
	provider up
	gateway --upstream="$up"
	assert_equal "$(ask mute true)" 200
	run grep -E '^event: ' answer
	assert_line --index 0 'event: message_start'
	assert_line --index 1 'event: ping'
	assert_equal "$(grep -c '^event: message_start' answer)" 1
	assert_equal "$(tail -n 2 answer | head -n 1)" 'data: {"type":"message_stop"}'
}

@test "it ends with who holds its life, and with its parent" {
	provider up
	mkfifo life
	exec 7<>life
	gateway --upstream="$up" --life-fd=8 8<life 7>&-
	assert_equal "$(ask ok)" 200
	exec 7>&-
	wait_for 60 test ! -e "/proc/$gw"
	exec 7<>life
	sh -c 'jobdir-gateway --key-fd=9 --upstream="$1" --life-fd=8 9<keys 8<life >port & echo $! >pid; wait' sh "$up" 3>&- &
	parent=$!
	wait_for 60 test -s port
	kill -9 "$parent"
	wait_for 60 test ! -e "/proc/$(cat pid)"
	exec 7>&-
}

@test "the other mode: what is known passes, and nothing else" {
	provider up
	printf 'JOBDIR_GATEWAY_TOKEN=%s\nCLAUDE_CODE_OAUTH_TOKEN=%s\n' "$TOKEN" "$KEY" >keys
	gateway --mode=anthropic --upstream="$up"
	run -0 curl -sS -D head -H "x-api-key: $TOKEN" -H 'X-Evil: a' -H 'anthropic-beta: b1,b2' -H 'Cookie: c' -A 'claude-cli/1' \
		"$url/attempt-1/v1/messages?beta=true" -d '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"ok"}]}'
	assert_equal "$(json '.content[0].text' <<<"$output")" Hello
	run grep -ic '^request-id: req_1' head
	assert_output 1
	assert_equal "$(jq -c '[.path, .headers.authorization, .headers["anthropic-beta"], .headers["user-agent"], .headers["x-evil"], .headers.cookie, .headers["x-api-key"]]' up.log)" \
		"[\"/v1/messages?beta=true\",\"Bearer $KEY\",\"b1,b2,oauth-2025-04-20\",\"claude-cli/1\",null,null,null]"
	assert_equal "$(ask ok true)" 200
	assert_equal "$(jq -c '[.attempt, .input_tokens, .cached_tokens, .output_tokens]' metrics | tail -n 1)" '[2,10,3,5]'
	# errors: as they are, once, and without the key
	n=$(asked up)
	assert_equal "$(ask never)" 500
	assert_equal "$(json .error.message answer)" never
	run grep -ic '^x-should-retry: false' head
	assert_output 1
	assert_equal "$(ask 529)" 529
	run grep -c "$KEY" answer
	assert_output 0
	assert_equal "$(ask html)" 502
	assert_equal "$(json .error.type answer)" api_error
	assert_equal "$(asked up)" $((n + 3))
	assert_equal "$(ask cut true)" 200
	assert_equal "$(grep -c '^event: error' answer)" 1
}

# names LINE...: the test goes on with these names, and a name server that never answers.
names() {
	[[ ${JOBDIR_NETNS-} == 1 ]] || skip 'no network namespace: run it through make check'
	unshare -m true 2>/dev/null || skip 'no mount namespace of our own here'
	printf '%s\n' "$@" >hosts
	printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n' >resolv.conf
	echo 'hosts: files dns' >nsswitch.conf
	inside=(unshare -m sh -c 'for f in hosts resolv.conf nsswitch.conf; do mount --bind $f /etc/$f || exit; done; exec "$@"' sh)
	python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53)); print("there", flush=True); [s.recv(999) for _ in iter(int, 1)]' >dns 2>&1 3>&- &
	pids+=($!)
	wait_for 20 test -s dns
	[[ $(<dns) == there ]] || skip 'port 53 is not ours to listen on'
}

# connect_gateway OPTION...: one of the third mode, in there.
connect_gateway() {
	printf 'JOBDIR_GATEWAY_TOKEN=%s\nANTHROPIC_API_KEY=%s\n' "$TOKEN" "$KEY" >keys
	rm -f gw.port
	mkfifo gw.port
	"${inside[@]}" jobdir-gateway --mode=connect --key-fd=9 "$@" 9<keys >gw.port 2>>gw.err 3>&- &
	gw=$!
	pids+=("$gw")
	read -rt 20 port <gw.port
}

@test "CONNECT: to a host of the list, port 443, with the token, and nowhere else" {
	names '127.0.0.1 localhost good.example' '10.255.255.1 dead.example'
	connect_gateway --allow-host=good.example --allow-host=slow.example --allow-host=dead.example
	run python3 "$TOP/tests/lib/connectabuse.py" "$port" "$TOKEN"
	[[ $status != 4 ]] || skip 'port 443 is not ours to listen on'
	assert_output --regexp '^[0-9]+ abuses, 0 bad$'
	assert_equal "$status" 0
	run grep -salF -e "$KEY" -e "$TOKEN" "/proc/$gw/environ" "/proc/$gw/cmdline" gw.err
	refute_output
	run cat gw.err
	assert_output --partial 'dead.example cannot be reached'
	kill "$gw"
	wait_for 5 test ! -e "/proc/$gw"
}

@test "CONNECT: by default to Claude's own host, and through the proxy that a user has" {
	names '127.0.0.1 localhost api.anthropic.com'
	connect_gateway
	first=$port
	https_proxy=http://jobdir:$TOKEN@127.0.0.1:$first connect_gateway
	cat >end.py <<-'P'
		import socket
		s = socket.create_server(("127.0.0.1", 443))
		print("there", flush=True)
		c = s.accept()[0]
		c.sendall(b"heard " + c.recv(100))
		c.close()
	P
	python3 end.py >end 2>&1 3>&- &
	pids+=($!)
	wait_for 20 test -s end
	[[ $(<end) == there ]] || skip 'port 443 is not ours to listen on'
	ask() {
		python3 - "$port" "$TOKEN" "$1" <<-'P'
			import base64, socket, sys
			s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
			s.settimeout(20)
			k = base64.b64encode(b"jobdir:" + sys.argv[2].encode()).decode()
			s.sendall(("CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic %s\r\n\r\nme" % (sys.argv[3], sys.argv[3], k)).encode())
			out = b""
			while d := s.recv(1000): out += d
			print(out[9:12].decode(), out[-8:].decode())
		P
	}
	run ask platform.claude.com:443
	assert_output --partial '403'
	run ask api.anthropic.com:443
	assert_output '200 heard me'
	for h in 'a b' A.example localhost 10.0.0.1 a..b .example example. 'a.example:443' '*.example'; do
		run -100 jobdir-gateway --mode=connect --key-fd=9 --allow-host="$h" 9<keys
		assert_output --partial 'a host is allowed by its name'
	done
	run -100 jobdir-gateway --mode=connect --key-fd=9 --allow-host=a.b{1,2,3,4,5,6,7,8,9}c 9<keys
}

@test "TLS is verified" {
	command -v openssl >/dev/null || skip 'no openssl to make a certificate with'
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
	provider up cert.pem key.pem
	gateway --upstream="$up"
	assert_equal "$(ask ok)" 502
	assert_equal "$(asked up)" 0
	SSL_CERT_FILE=$PWD/cert.pem gateway --upstream="$up"
	assert_equal "$(ask ok)" 200
	SSL_CERT_FILE=$PWD/cert.pem gateway --upstream="${up/127.0.0.1/localhost}"
	assert_equal "$(ask ok)" 502
}

@test "idle it is small: libcurl comes with the first request" {
	[[ $BUILD != *asan* ]] || skip 'a sanitizer has memory of its own'
	provider up
	gateway --upstream="$up"
	# Its own maps are closed to us where we are nobody.
	if cat "/proc/$gw/maps" >maps 2>/dev/null; then
		run grep -c libcurl maps
		assert_output 0
	fi
	(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$gw/status") <= 8192))
	assert_equal "$(ask ok)" 200
}

@test "without libcurl the first request says so" {
	mkdir none
	cc -shared -o none/libcurl.so.4 -x c - </dev/null
	provider up
	LD_LIBRARY_PATH=$PWD/none gateway --upstream="$up"
	assert_equal "$(ask ok)" 500
	assert_equal "$(json .error.message answer)" 'the gateway finds no libcurl that it can use'
}
