# SPDX-License-Identifier: MIT
# canary.bash: secrets in every place that a job meets, and the search for them afterwards.
# Load it after common, mcp and e2e.
# shellcheck shell=bash

canary() {
	python3 "$TOP/tests/lib/canary.py" "$1" "$BATS_TEST_TMPDIR/canaries" "${@:2}"
}

# plant: new secrets: in the environment, the env file, and files of the repository $WS.
plant() {
	canary make
	for n in CANARY_TOKEN PLAIN_SECRET ANTHROPIC_API_KEY; do
		export "$n=$(canary say $n)"
	done
	mkdir -p "$HOME/.config/jobdir"
	printf "FILE_PASSWORD='%s'\n" "$(canary say FILE_PASSWORD)" >"$HOME/.config/jobdir/env"
	chmod 600 "$HOME/.config/jobdir/env"
	make_repo "$WS"
	canary forms CANARY_TOKEN FILE_PASSWORD PLAIN_SECRET ANTHROPIC_API_KEY >"$WS/forms.txt"
	{
		printf 'key = %s\npassword = "%s"\n' "$(canary say repository)" "$(canary say assigned)"
		printf -- '-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n' "$(canary say pem)"
		printf '{"client_secret": "%s"}\n' "$(canary say secret)"
	} >"$WS/config.txt"
	git -C "$WS" add -A
	git -C "$WS" commit -qm planted
}

# pieces NAME: a shell command that prints the secret, and does not hold it.
pieces() {
	printf "printf '%%s'%s; echo" "$(canary say "$1" | sed "s/.\{1,8\}/ '&'/g")"
}

# watch_begin; watch_end: no process shows one.
watch_begin() {
	mkfifo watch.in
	canary watch <watch.in >watched 3>&- &
	watcher=$!
	exec {WATCH_IN}>watch.in
	wait_for 30 grep -q ready watched
}

watch_end() {
	eval "exec $WATCH_IN>&-"
	wait "$watcher" || { cat watched; return 1; }
	grep -q "looks at: .*$1" watched || { cat watched; return 1; }
}

# heard: the server's answers go to $BATS_TEST_TMPDIR/heard as well.
heard() {
	printf '#!/bin/bash\njobdir-mcp "$@" | tee -a "%s"\n' "$BATS_TEST_TMPDIR/heard" >mcp.sh
	chmod 755 mcp.sh
	MCP=$PWD/mcp.sh
}
