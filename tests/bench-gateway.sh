#!/bin/bash
# SPDX-License-Identifier: MIT
# bench-gateway.sh: a stream of chunks to a client through jobdir-gateway, which translates
# it, beside a direct connection, nginx as a plain proxy, and a published adapter on node
# (claude-code-router). Who is not there is left out, with the reason. RUNS=, CHUNKS= and
# CCR= (its cli.js; else fetched) choose. Nothing passes or fails here.
set -u
runs=${RUNS:-5} chunks=${CHUNKS:-100000}
dir=$(mktemp -d)
export HOME=$dir LC_ALL=C GWBENCH_KEY=0123456789abcdef0123456789abcdef
declare -A port pid kind
order=(direct gateway)
finish() {
	kill "${pid[@]}" 2>/dev/null
	wait "${pid[@]}" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
skip() { printf '# without %s: %s\n' "$1" "$2"; }
listens() { : 2>/dev/null <>"/dev/tcp/127.0.0.1/$1"; }
# await PORT PID: until somebody listens there.
await() {
	for _ in {1..600}; do
		listens "$1" && return
		kill -0 "$2" 2>/dev/null || return 1
		read -rt 0.05 <> <(:) || :
	done
	return 1
}

mkfifo "$dir/up" "$dir/gw"
"$BUILD/tests/gwbench" serve >"$dir/up" &
pid[direct]=$!
read -r 'port[direct]' <"$dir/up"
kind[direct]=openai
printf 'JOBDIR_GATEWAY_TOKEN=%s\nONEAPI_API_KEY=sk-bench-0123456789\n' "$GWBENCH_KEY" >"$dir/keys"
jobdir-gateway --key-fd=9 --upstream="http://127.0.0.1:${port[direct]}/v1" --model=some-model 9<"$dir/keys" >"$dir/gw" 2>"$dir/gw.err" &
pid[gateway]=$!
read -r 'port[gateway]' <"$dir/gw"
kind[gateway]=anthropic

if PATH=$PATH:/usr/sbin command -v nginx >/dev/null; then
	port[nginx]=$((port[direct] % 20000 + 20001))
	cat >"$dir/nginx.conf" <<-C
		daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx.err;
		events { worker_connections 1024; }
		http { access_log off; client_body_temp_path $dir/b; proxy_temp_path $dir/p; fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u;
		scgi_temp_path $dir/s; client_max_body_size 64m; client_body_buffer_size 2m;
		upstream up { server 127.0.0.1:${port[direct]}; keepalive 128; }
		server { listen 127.0.0.1:${port[nginx]}; location / { proxy_pass http://up; proxy_http_version 1.1;
		proxy_set_header Connection ""; proxy_buffering off; } } }
	C
	PATH=$PATH:/usr/sbin nginx -c "$dir/nginx.conf" 2>"$dir/nginx.said" &
	pid[nginx]=$!
	kind[nginx]=openai
	if await "${port[nginx]}" "${pid[nginx]}"; then order+=(nginx); else skip nginx "$(tail -n 1 "$dir/nginx.said")"; fi
else
	skip nginx 'it is not installed (apt-get install nginx-light)'
fi

ccr=${CCR-}
[ -n "$ccr" ] || ccr=$("$(dirname "$0")/fetch.sh" ccr 2>"$dir/ccr.said")
if [ -n "$ccr" ] && command -v node >/dev/null; then
	port[node]=$((port[direct] % 20000 + 40001))
	mkdir "$dir/.claude-code-router"
	printf '{"PORT":%d,"HOST":"127.0.0.1","APIKEY":"%s","LOG":false,"Providers":[{"name":"p","api_base_url":"http://127.0.0.1:%d/v1/chat/completions","api_key":"k","models":["some-model"]}],"Router":{"default":"p,some-model"}}\n' \
		"${port[node]}" "$GWBENCH_KEY" "${port[direct]}" >"$dir/.claude-code-router/config.json"
	node "$ccr" start >"$dir/ccr.said" 2>&1 &
	pid[node]=$!
	kind[node]=anthropic
	if await "${port[node]}" "${pid[node]}"; then order+=(node); else skip claude-code-router "$(tail -n 1 "$dir/ccr.said")"; fi
else
	skip claude-code-router "it cannot be fetched, or there is no node: $(tail -n 1 "$dir/ccr.said" 2>/dev/null)"
fi

# load NAME BYTES CHUNKS PACE STREAMS
load() { "$BUILD/tests/gwbench" load "${port[$1]}" "${kind[$1]}" "$2" "$3" "$4" "$5" || echo '-1 -1 -1 0 1'; }
# of NAME: all its processes (nginx has a worker).
all() { echo "${pid[$1]}"; pgrep -P "${pid[$1]}"; }
cpu() { for p in $(all "$1"); do awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$p/stat"; done | awk '{ n += $1 } END { print n / '"$(getconf CLK_TCK)"' }'; }
memory() { for p in $(all "$1"); do awk '/^VmRSS/ { print $2 }' "/proc/$p/status"; done | awk '{ n += $1 } END { printf "%.1f", n / 1024 }'; }
row() { printf '%-42s' "$1"; shift; for v in "$@"; do printf ' %10s' "$v"; done; echo; }
# each WHAT COLUMN BYTES CHUNKS PACE STREAMS: interleaved runs, medians.
each() {
	local what=$1 column=$2 name i values=()
	shift 2
	for ((i = 0; i < runs; i++)); do
		for name in "${order[@]}"; do
			load "$name" "$@" | awk -v c="$column" '{ print c == 6 ? $4 / $5 : $c }' >>"$dir/$name.v"
		done
	done
	for name in "${order[@]}"; do
		values+=("$(median <"$dir/$name.v" | awk -v c="$column" '{ printf c == 6 ? "%.0f" : "%.3f", $1 }')")
		rm "$dir/$name.v"
	done
	row "$what" "${values[@]}"
}

row '' "${order[@]}"
idle=()
for n in "${order[@]}"; do idle+=("$(memory "$n")"); done
each 'first chunk, small request (ms)' 1 10 1 0 1
each 'first chunk, 100 kB request (ms)' 1 100000 1 0 1
each 'first chunk, 500 kB request (ms)' 1 500000 1 0 1
each 'a chunk on its way, 1 stream, p50 (us)' 2 10 1000 1000 1
each 'a chunk on its way, 1 stream, p99 (us)' 3 10 1000 1000 1
each '100 streams x 50 chunks/s, p99 (us)' 3 10 100 20000 100
each 'chunks per second, 1 stream' 6 10 "$chunks" 0 1
each 'chunks per second, 10 streams' 6 10 $((chunks / 10)) 0 10
each 'chunks per second, 100 streams' 6 10 $((chunks / 100)) 0 100
used=()
for n in "${order[@]}"; do
	before=$(cpu "$n")
	for ((i = 0; i < 3; i++)); do load "$n" 10 "$chunks" 0 1; done >"$dir/out"
	used+=("$(awk -v b="$before" -v a="$(cpu "$n")" '{ n += $4 } END { printf "%.2f", n ? (a - b) * 1e6 / n : -1 }' "$dir/out")")
done
row 'CPU seconds per million chunks' "${used[@]}"
row 'memory idle (MB)' "${idle[@]}"
busy=()
for n in "${order[@]}"; do busy+=("$(memory "$n")"); done
row 'memory after all this (MB)' "${busy[@]}"
for ((i = 0; i < 2 * runs + 1; i++)); do
	GWBENCH_KEYS=$dir/keys "$BUILD/tests/gwbench" ready jobdir-gateway --key-fd=9 --upstream=https://example.org
	"$BUILD/tests/gwbench" ready echo x >>"$dir/echo.v"
done >"$dir/ready"
row 'exec to ready (ms; echo x beside it)' "$(median <"$dir/echo.v")" "$(median <"$dir/ready")"
