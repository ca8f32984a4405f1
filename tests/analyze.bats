# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
	unset "${!FALLBACK_@}" "${!WORKER_@}"
	export SANDBOX_ROOT=$BATS_TEST_TMPDIR ONEAPI_API_KEY=sk-canary-0123456789 CLAUDE_MODEL=cheap
	mkdir w
	printf 'alpha\n' >w/a.txt
	printf 'beta sk-canary-0123456789\n' >w/b.txt
	cd w
}

teardown() {
	for pid in ${PIDS-}; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || :; done
}

# serve NAME STATUS…: a scripted endpoint that answers with these in turn (the last for ever);
# requests go to NAME.log; sets URL.
serve() {
	local name=$BATS_TEST_TMPDIR/$1
	shift
	mkfifo "$name.ready"
	python3 - "$name" "$@" >"$name.ready" 2>"$name.err" 3>&- <<'END' &
import http.server, json, sys
name, plan, n = sys.argv[1], sys.argv[2:], 0
class H(http.server.BaseHTTPRequestHandler):
	def log_message(self, *a): pass
	def do_POST(self):
		global n
		body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
		with open(name + ".log", "a") as f:
			f.write(json.dumps({"path": self.path, "key": self.headers["Authorization"], "body": body}) + "\n")
		what = plan[min(n, len(plan) - 1)]; n += 1
		usage = {"prompt_tokens": 50, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 40}}
		if what == "drop": return
		out, kind = json.dumps({"error": {"message": "no: " + what}}), "application/json"
		if what in ("200", "leak") and body["stream"]:
			kind = "text/event-stream"
			first, then = ("one ", "two") if what == "200" else ("It is sk-cana", "ry-0123456789.")
			out = "".join("data: %s\r\n\r\n" % json.dumps(e) for e in [
				{"choices": [{"delta": {"content": first}}]}, {"choices": [{"delta": {"content": then}, "finish_reason": "stop"}]},
				{"choices": [], "usage": usage}]) + "data: [DONE]\n\n"
		elif what == "200":
			out = json.dumps({"choices": [{"message": {"content": "It is sk-canary-0123456789."}, "finish_reason": "stop"}], "usage": usage})
		elif what == "html": out, kind = "<html>", "text/html"
		self.send_response(200 if what in ("200", "leak", "html") else int(what))
		self.send_header("Content-Type", kind)
		if what == "429": self.send_header("Retry-After", "0")
		self.send_header("Content-Length", str(len(out)))
		self.end_headers()
		self.wfile.write(out.encode())
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
print(s.server_address[1], flush=True)
s.serve_forever()
END
	PIDS+=" $!"
	read -rt 60 port <"$name.ready"
	URL=http://127.0.0.1:$port/v1
}

tool() { jobdir-analyze --tool=analyze --request=- <<<"$1"; }

@test "analyze: one request: instructions, files by name, question last; secrets are out, the key is a header" {
	serve m 200
	export ONEAPI_BASE_URL=$URL WORKER_METRICS_FILE=$PWD/../metrics
	run -0 jobdir-analyze --json --question='What is it?' b.txt ./a.txt a.txt
	json '.answer == "It is [REDACTED:ONEAPI_API_KEY]." and .cached == false and .complete and .route == "primary" and .files == 2 and
		.usage == {input_tokens: 50, cached_tokens: 40, output_tokens: 7}' <<<"$output"
	json '.path == "/v1/chat/completions" and .key == "Bearer sk-canary-0123456789" and .body.model == "cheap" and
		(.body.messages | length == 2 and .[0].role == "system" and (.[1].content | test("a.txt(.|\n)*alpha(.|\n)*b.txt(.|\n)*beta(.|\n)*What is it\\?")))' ../m.log
	run -1 grep -F 'beta sk-canary' ../m.log
	json '.status == 200 and .input_tokens == 50 and .model == "cheap" and .route == "primary"' ../metrics
	run -1 grep -rqF sk-canary "$JOBDIR_STATE" ../metrics
}

@test "analyze: the cache: same files, same answer; a changed byte, another model or ttl 0 ask anew" {
	serve m 200
	export ONEAPI_BASE_URL=$URL
	ask() { jobdir-analyze --json --question=q "$@" a.txt | jq .cached; }
	assert_equal "$(ask) $(ask) $(ask --cache-ttl=0) $(ask --model=other) $(ask --max-tokens=5) $(ask)" 'false true false false false true'
	echo more >>a.txt
	assert_equal "$(ask) $(ask)" 'false true'
	touch -d '2 hours ago' "$JOBDIR_STATE"/analyze/*
	assert_equal "$(ask)" false
	assert_equal "$(wc -l <../m.log)" 6
}

@test "analyze: the key went in the clear to a gateway elsewhere" {
	ONEAPI_BASE_URL=http://gateway.example.org/v1 run -111 --separate-stderr jobdir-analyze --question=q a.txt
	assert_equal "$(grep -c 'in the clear' <<<"$output$stderr")" 1
	ONEAPI_BASE_URL=https://me:secret@gateway.example.org run -111 --separate-stderr jobdir-analyze --question=q a.txt
	refute_output --partial secret
}

@test "analyze: the key for a gateway on this machine goes through no proxy" {
	serve m 200
	http_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 ONEAPI_BASE_URL=$URL run -0 jobdir-analyze --question=q a.txt
	assert_equal "$(wc -l <../m.log)" 1
}

@test "analyze: what is older than a week goes, also what was left by one that was killed" {
	serve m 200
	mkdir -p "$JOBDIR_STATE/analyze"
	touch -d '8 days ago' "$JOBDIR_STATE/analyze/old" "$JOBDIR_STATE/analyze/.tmp-1"
	touch "$JOBDIR_STATE/analyze/.tmp-2"
	ONEAPI_BASE_URL=$URL run -0 jobdir-analyze --question=q a.txt
	run -0 find "$JOBDIR_STATE/analyze" -type f -printf '%f\n'
	assert_equal "${#lines[@]}" 2
	refute_line old
	refute_line .tmp-1
}

@test "analyze: tries again, then the fallback; refusals are said and not repeated" {
	serve p 429 500 200
	export ONEAPI_BASE_URL=$URL
	run -0 jobdir-analyze --json --question=q a.txt
	assert_equal "$(wc -l <../p.log)" 3
	serve bad 401
	serve fall 200
	FALLBACK_BASE_URL=$URL FALLBACK_API_KEY=sk-other-0123456789 FALLBACK_MODEL=spare ONEAPI_BASE_URL=http://127.0.0.1:1 \
		run -0 jobdir-analyze --json --question=q2 a.txt
	json '.route == "fallback" and .model == "spare"' <<<"$output"
	json '.key == "Bearer sk-other-0123456789" and .body.model == "spare"' ../fall.log
	ONEAPI_BASE_URL=http://127.0.0.1:1 run -111 --separate-stderr jobdir-analyze --question=q3 a.txt
	assert_regex "$stderr" 'primary gateway: '
	serve no 401
	ONEAPI_BASE_URL=$URL run -111 --separate-stderr jobdir-analyze --question=q4 a.txt
	assert_regex "$stderr" 'HTTP status 401: no: 401'
	assert_equal "$(wc -l <../no.log)" 1
	serve page html
	ONEAPI_BASE_URL=$URL run -111 --separate-stderr jobdir-analyze --question=q5 a.txt
	assert_regex "$stderr" 'no JSON object'
	run -111 --separate-stderr env -u ONEAPI_BASE_URL jobdir-analyze --question=q6 a.txt
	assert_regex "$stderr" 'set ONEAPI_BASE_URL'
}

@test "analyze: --stream prints as it comes; stdin is a file; a schema is asked for" {
	serve m 200
	export ONEAPI_BASE_URL=$URL
	run -0 jobdir-analyze --stream --question=q - <<<'from a pipe'
	assert_output 'one two'
	grep -q 'from a pipe' ../m.log
	echo '{"type":"object"}' >s.json
	run -0 jobdir-analyze --json-schema=s.json --question=q a.txt
	tail -1 ../m.log | json '.body | tostring | test("json_schema|JSON schema")'
	run -100 --separate-stderr jobdir-analyze --json-schema=a.txt --question=q a.txt
}

@test "analyze: a secret in a streamed answer is redacted, also where it comes in pieces" {
	serve m leak
	ONEAPI_BASE_URL=$URL run -0 jobdir-analyze --stream --question=q a.txt
	assert_output 'It is [REDACTED:ONEAPI_API_KEY].'
}

@test "analyze: outside the root, binary and too much are refused in one line, and nothing is asked" {
	serve m 200
	export ONEAPI_BASE_URL=$URL
	printf 'a\0b' >bin
	printf '\xff\xfe' >latin
	head -c 500000 /dev/zero | tr '\0' x >big
	mkfifo pipe
	ln -s /etc/passwd link
	for f in bin:binary latin:binary big:'more than 409600 bytes' pipe:'not a regular' link:outside /etc/passwd:outside none:'No such file'; do
		run -103 --separate-stderr jobdir-analyze --question=q a.txt "${f%%:*}"
		assert_equal "${#stderr_lines[@]}" 1
		assert_regex "$stderr" "${f#*:}"
	done
	run -0 tool '{"files":["w/link"],"question":"q"}'
	json '.error | .code == "refused" and (.message | test("outside"))' <<<"$output"
	run -0 tool '{"files":["w/a.txt"],"question":"q"}'
	json '.answer | test("REDACTED")' <<<"$output"
	SANDBOX_ROOT='' run -0 tool '{"files":["a.txt"],"question":"q"}'
	json '.error.code == "cwd_refused"' <<<"$output"
	assert_equal "$(wc -l <../m.log)" 1
	run -100 jobdir-analyze a.txt
	run -100 jobdir-analyze --question=q --route=third a.txt
	run -0 jobdir-analyze -h
	run -0 jobdir-analyze -V
}
