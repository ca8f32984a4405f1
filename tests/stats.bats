# SPDX-License-Identifier: MIT
load lib/common

setup() {
	isolate
	unset WORKER_METRICS_FILE
	cat >m.jsonl <<'END'
{"time":"2026-11-20T23:59:59.000Z","job":"job-a","attempt":1,"route":"primary","model":"cheap","status":200,"input_tokens":1000,"cached_tokens":400,"output_tokens":100,"reasoning_tokens":20,"first_byte_ms":5,"total_ms":50,"retries":1}
{"time":"2026-11-21T00:00:00.000Z","job":"job-a","attempt":1,"route":"fallback","model":"other","status":200,"input_tokens":10,"cached_tokens":null,"output_tokens":5,"reasoning_tokens":null,"first_byte_ms":null,"total_ms":7,"retries":0}
{"time":"2026-11-21T00:00:01.000Z","route":"primary","model":"cheap","status":503,"input_tokens":null,"cached_tokens":null,"output_tokens":null,"reasoning_tokens":null,"first_byte_ms":null,"total_ms":3,"retries":2}
END
}

@test "stats: rows by any of day, job, route and model; the total" {
	run -0 jobdir-stats --json --file=m.jsonl
	json '.rows | map([.model, .requests, .failed, .input_tokens]) == [["cheap",2,1,1000],["other",1,0,10]]' <<<"$output"
	json '.total | .requests == 3 and .failed == 1 and .retries == 3 and .cached_tokens == 400 and .output_tokens == 105 and
		.reasoning_tokens == 20 and .total_ms == 60 and (has("cost_usd") | not)' <<<"$output"
	run -0 jobdir-stats --json --by=day,route --file=m.jsonl
	json '.rows | map([.day, .route, .requests]) == [["2026-11-20","primary",1],["2026-11-21","fallback",1],["2026-11-21","primary",1]]' <<<"$output"
	run -0 jobdir-stats --json --by=job --file=m.jsonl
	json '.rows | map([.job, .requests]) == [["-",1],["job-a",2]]' <<<"$output"
	run -0 env WORKER_METRICS_FILE="$PWD/m.jsonl" jobdir-stats --by=route
	assert_line --index 0 --regexp '^route +requests +failed +input +cached +output +reasoning$'
	assert_line --index 1 --regexp '^fallback +1 +0 +10 +0 +5 +0$'
	assert_line --index 3 --regexp '^total +3 +1 +1010 +400 +105 +20$'
}

@test "stats: prices of the user's file; what has none is said" {
	mkdir -p "$HOME/.config/jobdir"
	echo '{"ch*":{"input":9,"output":9},"chea*":{"input":1,"cached":0.5,"output":10}}' >"$HOME/.config/jobdir/prices.json"
	run -0 jobdir-stats --json --file=m.jsonl
	json '(.rows[0].cost_usd - 0.0018 | fabs) < 1e-9 and .rows[1].cost_usd == null and .rows[1].unpriced == 1' <<<"$output"
	json '(.total.cost_usd - 0.0018 | fabs) < 1e-9 and .total.unpriced == 1' <<<"$output"
	run -0 jobdir-stats --file=m.jsonl
	assert_line --index 1 --regexp '^cheap .* 0\.0018$'
	assert_line --index 2 --regexp '^other .* -$'
	assert_line --index 3 --regexp '^total .* 0\.0018\+$'
	echo '{"cheap":{"input":1,"output":1,"cached":1},"other":{"input":2,"output":4}}' >p.json
	run -0 jobdir-stats --json --prices=p.json --file=m.jsonl
	json '(.total.cost_usd - 0.00114 | fabs) < 1e-9 and (.total | has("unpriced") | not)' <<<"$output"
	echo '{"cheap":{"input":"1"}}' >p.json
	run -100 --separate-stderr jobdir-stats --prices=p.json --file=m.jsonl
	assert_regex "$stderr" "model 'cheap': input must be a number"
	run -100 jobdir-stats --prices=none.json --file=m.jsonl
}

@test "stats: of jobs; without a file of all jobs; a new machine has none" {
	run -0 jobdir-stats --json
	json '.rows == [] and .total.requests == 0' <<<"$output"
	a=$(jobdir-spawn --wait -- true)
	b=$(jobdir-spawn --wait -- true)
	head -2 m.jsonl >"$(job_dir "$a")/metrics.jsonl"
	tail -1 m.jsonl >"$(job_dir "$b")/metrics.jsonl"
	run -0 jobdir-stats --json
	json '.total.requests == 3' <<<"$output"
	run -0 jobdir-stats --json "$a"
	json '.total.requests == 2' <<<"$output"
	run -0 jobdir-stats --json "$a" "$b"
	json '.total.requests == 3' <<<"$output"
	run -100 --separate-stderr jobdir-stats job-nothing
	assert_regex "$stderr" "no such job"
}

@test "stats: spoilt lines are counted and said, an unfinished one is not" {
	printf 'garbage\n[]\n{"time":"2026' >>m.jsonl
	run -0 --separate-stderr jobdir-stats --json --file=m.jsonl
	json '.bad_lines == 2 and .total.requests == 3' <<<"$output"
	assert_regex "$stderr" '2 lines could not be read'
	printf '{"time":"2026-11-21T00:00:02Z","status":200,"model":"\\u001b[2J\\nx"}\n' >m.jsonl
	run -0 jobdir-stats --file=m.jsonl
	refute_output --partial $'\e'
}

@test "stats: bad usage is one line and 100" {
	for bad in --by=year --by= --file=none '--file=m.jsonl x' --nonsense; do
		# shellcheck disable=SC2086
		run -100 --separate-stderr jobdir-stats $bad
		assert_equal "${#stderr_lines[@]}" 1
	done
	mkfifo f
	run -111 --separate-stderr jobdir-stats --file=f
	run -0 jobdir-stats -h
	run -0 jobdir-stats -V
}
