# SPDX-License-Identifier: MIT
# subjects.bash: what matrix.sh lets fail. For each subject S: make_S builds its
# beginning in the current directory and sets COMMAND, before_S (optional) is run
# before each point, holds_S (optional) looks at what S itself promises: STATUS is how it
# ended, FAULTED the fault; output is in $W/out and $W/err. PRINTS: ids it prints must exist.
# shellcheck shell=bash disable=SC2034 # used by matrix.sh
. "$top/tests/lib/sealed.bash"

SUBJECTS='spawn supervise read write resume cancel ended clean tree diff result apply undo drop export mcp_task mcp_apply confine door'

small_repo() {
	mkdir -p ws/src
	git -C ws init -q
	printf 'one\ntwo\nthree\n' >ws/a.txt
	printf 'int main(void) { return 0; }\n' >ws/src/main.c
	git -C ws add -A
	git -C ws commit -qm initial
}

# stand_in [COMMANDS]: the agent of these jobs: it runs them, and answers.
stand_in() {
	printf '#!/bin/sh\nread -r line\n%s\n' "${1-}" >claude
	cat >>claude <<-'C'
		echo '{"type":"system","subtype":"init","session_id":"s-1","model":"m","claude_code_version":"9"}'
		echo '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","num_turns":1,"structured_output":{"answer":"42"}}'
		cat >/dev/null
	C
	chmod 755 claude
	echo 'What is it?' >prompt
}

# printed_or_said: a spawn that succeeds printed an id; no id was printed twice.
printed_or_said() {
	case $STATUS:$(wc -l <"$W/out") in
	0:1 | [1-9]*:0) ;;
	0:0) bad 'exit 0 and no id' ;;
	[1-9]*:1) [ "$FAULTED" = kill ] || [ "$FAULTED" = killall ] || [ "$FAULTED" = term ] || bad "exit $STATUS and an id" ;;
	*) bad "prints $(wc -l <"$W/out") lines" ;;
	esac
}

make_spawn() { COMMAND=(jobdir-spawn -- /bin/true) PRINTS=1; }
holds_spawn() { printed_or_said; }

# A payload that does not go by itself, and says something.
make_supervise() {
	PRINTS=1
	COMMAND=(jobdir-spawn --contain=reaper --grace=50ms -- /bin/sh -c '(trap "" TERM; exec setsid sleep 1) & echo out; exit 3')
}
holds_supervise() { printed_or_said; }

make_read() {
	small_repo && stand_in
	PRINTS=1
	COMMAND=(jobdir-spawn --recipe=read --cwd="$RUN/ws" --prompt="$RUN/prompt")
}
holds_read() { printed_or_said; unchanged; }

make_write() {
	small_repo && stand_in 'echo four >>a.txt; echo new >b.txt'
	PRINTS=1
	COMMAND=(jobdir-spawn --recipe=write --cwd="$RUN/ws" --prompt="$RUN/prompt")
}
holds_write() { printed_or_said; unchanged; sealed_or_not; }

# A job that goes on with another: what that one had is in one of the two, and from one of
# them it goes on.
make_resume() {
	small_repo && stand_in 'mkdir -p "$CLAUDE_CONFIG_DIR/projects/x"; echo "$line" >>"$CLAUDE_CONFIG_DIR/projects/x/s-1.jsonl"; echo four >>a.txt'
	PRINTS=1
	OLD=$(jobdir-spawn --recipe=write --cwd="$RUN/ws" --prompt="$RUN/prompt")
	jobdir-wait -q "$OLD"
	COMMAND=(jobdir-spawn --continue="$OLD" --prompt="$RUN/prompt")
}
holds_resume() {
	local part n new
	printed_or_said
	unchanged
	sealed_or_not
	for part in home agent.git tree; do
		n=$(compgen -G "$JOBDIR_STATE/jobs/*/job-*/$part" | wc -l)
		[ "$n" = 1 ] || bad "$part is there $n times"
	done
	new=$(readlink "$JOBDIR_STATE"/jobs/*/"$OLD"/continued-by)
	new=${new##*/}
	[ -e "$(echo "$JOBDIR_STATE"/jobs/*/"${new:-none}")/tree.json" ] || new=$OLD
	new=$(timeout 30 jobdir-spawn --continue="$new" --prompt="$RUN/prompt" 2>&1) || { bad "it does not go on: $new"; return; }
	timeout 30 jobdir-wait -q "$new" >/dev/null 2>&1
	[ "$(sed 1,3d "$JOBDIR_STATE"/jobs/*/"$new"/tree/a.txt | sort -u)" = four ] || bad "$new has not what was there"
}

# unchanged: the user's workspace is as it was.
unchanged() {
	[ "$(cd ws && find . -path ./.git -prune -o -type f -printf '%P ' | xargs -n1 | sort | xargs)" = 'a.txt src/main.c' ] &&
		[ "$(<ws/a.txt)" = $'one\ntwo\nthree' ] || bad 'the workspace has changed'
}

# sealed_or_not: changes.json of the only job is absent or whole, and its patch is that.
sealed_or_not() {
	local dir
	for dir in "$JOBDIR_STATE"/jobs/*/job-*; do
		[ -e "$dir/changes.json" ] || continue
		jq -e '.format == 1 and .tree' "$dir/changes.json" >/dev/null || { bad 'changes.json is not whole'; continue; }
		[ "$(jq -r .patch.sha256 "$dir/changes.json")" = "$(sha256sum <"$dir/changes.patch" | cut -d' ' -f1)" ] ||
			bad 'changes.patch is not what changes.json says'
		git --git-dir="$dir/ctl.git" rev-list --objects --missing=print "$(jq -r .tree "$dir/changes.json")" 2>&1 |
			grep -q '^?\|fatal' && bad 'objects of the sealed tree are missing'
	done
}

# A job that runs, made anew for each point. A cancel that failed is asked again.
make_cancel() { COMMAND=(sh -c 'exec jobdir-cancel "$(cat id)"'); }
before_cancel() { jobdir-spawn --grace=100ms -- sleep 1000 >id 2>/dev/null; }
mend_cancel() { timeout 20 jobdir-cancel -q "$(<id)" >/dev/null 2>&1 || bad 'the second cancel fails'; }
holds_cancel() {
	local state
	state=$(end_state "$(<id)")
	[ "$state" = cancelled ] || bad "cancelled, and its state is '$state'"
}
end_state() { jq -r .state "$JOBDIR_STATE"/jobs/*/"$1"/end.json 2>/dev/null; }

# Spawn, cancel, end: all in one tree of processes.
make_ended() {
	COMMAND=(sh -c 'id=$(jobdir-spawn --timeout=2s --grace=50ms -- sh -c "trap : TERM; sleep 1000 & wait; exec sleep 1000") && jobdir-cancel -q "$id"')
}

# Jobs that are over, one with a change that was not landed, and debris.
make_clean() {
	small_repo
	jobdir-spawn --wait -- true
	jobdir-spawn --wait -- false
	sealed_job "$RUN/ws" 'echo x >>a.txt' >id
	mkdir -p "$JOBDIR_STATE/jobs/20261120/.new-job-20261120-000000-aaaaaaaa"
	ln -s ../jobs/20261120/job-20261120-000000-bbbbbbbb "$JOBDIR_STATE/running/job-20261120-000000-bbbbbbbb"
	COMMAND=(jobdir-clean --yes --older-than=0s --keep=0)
}
holds_clean() {
	jq -e .format "$JOBDIR_STATE/jobs/20261121/$(<id)/changes.json" >/dev/null 2>&1 || bad 'a change that was not landed is gone'
}

# A job whose tree is still to be made.
a_tree_job() {
	small_repo
	. "$top/tests/lib/treejob.bash"
	tree_job aaaaaaaa "$RUN/ws"
	echo "$JOB" >id
	echo "$JD" >dir
}
make_tree() {
	a_tree_job
	COMMAND=(jobdir-tree -q make "$JOB")
}
# What was interrupted is made, or refused and then removed and made.
holds_tree() {
	local dir
	dir=$(<dir)
	[ "$STATUS" != 0 ] || [ -e "$dir/tree.json" ] || bad 'exit 0 and no tree.json'
	if [ ! -e "$dir/tree.json" ] || [ ! -e "$dir/tree" ]; then
		timeout 20 jobdir-tree -q make "$(<id)" 2>"$W/again" || bad "making it again: $(<"$W/again")"
	fi
	diff -r -x .git ws "$dir/tree" >"$W/diff" 2>&1 || bad "the tree is not the workspace: $(head -n 1 "$W/diff")"
	timeout 20 jobdir-diff -q --seal --list "$(<id)" >"$W/list" 2>&1 && [ ! -s "$W/list" ] || bad "its change: $(<"$W/list")"
	unchanged
}

make_diff() {
	a_tree_job
	jobdir-tree -q make "$JOB"
	(cd "$JD/tree" && echo four >>a.txt && echo new >b.txt && rm -r src && ln -s a.txt l && git add -A && git commit -qm work)
	COMMAND=(jobdir-diff -q --seal --list "$JOB")
}
paths() { awk '{ print $NF }' | xargs; }
holds_diff() {
	sealed_or_not
	[ "$STATUS" != 0 ] || [ "$(paths <"$W/out")" = 'a.txt b.txt l src/main.c' ] || bad "exit 0 and it lists $(xargs <"$W/out")"
	[ "$(timeout 20 jobdir-diff -q --seal --list "$(<id)" 2>&1 | paths)" = 'a.txt b.txt l src/main.c' ] || bad 'sealing again gives another change'
	sealed_or_not
	unchanged
}

make_result() {
	small_repo
	sealed_job "$RUN/ws" 'echo x >>a.txt' >id
	echo "$JOBDIR_STATE/jobs/20261121/$(<id)" >dir
	COMMAND=(jobdir-result --store "$(<id)")
}
holds_result() {
	local file
	file=$(<dir)/result.json
	[ ! -e "$file" ] || jq -e '.format == 1 and .outcome' "$file" >/dev/null || bad 'result.json is not whole'
	[ "$STATUS" != 0 ] || [ -e "$file" ] || bad 'exit 0 and no result.json'
	timeout 20 jobdir-result --json "$(<id)" | jq -e .result_status >/dev/null || bad 'no result afterwards'
}

# What lands: an edit, an added file in a new directory, a removed one, a link, a mode.
make_apply() {
	small_repo
	echo keep >ws/untracked
	sealed_job "$RUN/ws" 'echo four >>a.txt; mkdir -p n/m; echo new >n/m/f; rm -r src; ln -s a.txt l' >id
	jobdir-apply --preview "$(<id)"
	(cd ws && contents) >old
	cp ws/.git/index index
	cp -a ws other
	jobdir-apply --yes "$(<id)" && (cd ws && contents) >new
	rm -rf ws && mv other ws
	rm -f "$JOBDIR_STATE/jobs/20261121/$(<id)"/apply/landed-*
	COMMAND=(jobdir-apply --yes "$(<id)")
}
contents() {
	find . -path ./.git -prune -o -printf '%P %y %m %l\n' | sort
	grep -ra '' --exclude-dir=.git . | sort
}
# all_or_nothing: after the next command in the workspace it is old or new.
all_or_nothing() {
	local left
	timeout 20 jobdir-apply --recover "$RUN/ws" >"$W/recover" 2>&1 || bad "recover: $? $(<"$W/recover")"
	(cd ws && contents) >now
	if cmp -s now new; then NOW=new
	elif cmp -s now old; then NOW=old
	else NOW=torn; bad "torn: $(diff old now | head -n 4 | xargs -0)"
	fi
	left=$(cd ws/.git && find jobdir -mindepth 1 ! -name lock 2>/dev/null | xargs)
	[ -z "$left" ] || bad "left: $left"
	cmp -s index ws/.git/index || bad 'the index has changed'
	[ -z "$(find ws -name '.jobdir*' -print -quit)" ] || bad "left: $(find ws -name '.jobdir*')"
}
holds_apply() {
	all_or_nothing
	[ "$STATUS" != 0 ] || [ "$NOW" = new ] || bad 'says landed and did not'
	case $FAULTED in
	kill | killall | term) ;;
	*) [ "$STATUS" = 0 ] || [ "$NOW" = old ] || grep -q 'standard output' "$W/err" || bad "exit $STATUS and landed" ;;
	esac
}

# killed_landing CALLS N LEFT: a landing that is killed at its N-th of these calls, leaving
# that. The journal knows inodes, so it is killed anew for each point.
to_be_killed() {
	make_apply
	COMMAND=(jobdir-apply --recover "$RUN/ws")
}
killed_landing() {
	"$FAULT" -k -c "$1" -a "0:+$2" jobdir-apply --yes "$(<id)" >/dev/null 2>&1
	[ -e "ws/.git/jobdir/$3" ]
}

# Between two exchanges, and after it was committed.
make_undo() { to_be_killed; }
# The renames: the plan, the journal published, four files, the journal committed.
before_undo() { killed_landing renameat,renameat2 6 journal; }
holds_undo() {
	all_or_nothing
	[ "$NOW" = old ] || bad 'it was undone and is not old'
}
make_drop() { to_be_killed; }
before_drop() { killed_landing renameat,fsync 15 'done'; }
holds_drop() {
	all_or_nothing
	[ "$NOW" = new ] || bad 'it was committed and is not new'
}

# A branch with a change in new directories; the objects come with it.
make_export() {
	small_repo
	sealed_job "$RUN/ws" 'echo four >>a.txt; mkdir -p n/m; echo new >n/m/f; rm -r src' >id
	echo "$JOBDIR_STATE/jobs/20261121/$(<id)" >dir
	outside >outside
	COMMAND=(jobdir-export --branch=work "$(<id)")
}
outside() { (cd ws && GIT_OPTIONAL_LOCKS=0 git status --porcelain && sha256sum .git/index .git/HEAD); }
# branch_or_not: it is absent, or it is the sealed tree, whole. OLD or NEW into NOW.
branch_or_not() {
	NOW=old
	git -C ws show-ref -q --verify refs/heads/work || return
	NOW=new
	[ "$(git -C ws rev-parse 'work^{tree}')" = "$(jq -r .tree "$(<dir)/changes.json")" ] || bad 'the branch has another tree'
	[ "$(git -C ws rev-parse work^)" = "$(git -C ws rev-parse main)" ] || bad 'the branch begins elsewhere'
	git -C ws fsck --full --strict --no-dangling >"$W/fsck" 2>&1 || bad "fsck: $(head -n 2 "$W/fsck" | xargs)"
}
holds_export() {
	local left was
	branch_or_not
	was=$NOW
	[ "$STATUS" != 0 ] || [ "$NOW" = new ] || bad 'says exported and did not'
	case $FAULTED in
	kill | killall | term) ;;
	*) [ "$STATUS" = 0 ] || [ "$NOW" = old ] || grep -q 'standard output' "$W/err" || bad "exit $STATUS and exported" ;;
	esac
	# Again: it is there then, and nothing of the first try is.
	timeout 20 jobdir-export --branch=work "$(<id)" >"$W/again" 2>&1 || bad "exporting again: $? $(<"$W/again")"
	branch_or_not
	[ "$NOW" = new ] || bad "it was $was, was exported again, and is not there"
	left=$(find ws/.git \( -name '*.lock' -o -name '*.keep' -o -name 'tmp_*' -o -name '.tmp*' \) -print -quit)
	[ -z "$left" ] || bad "left: $left"
	[ ! -e "$(<dir)/apply/export" ] || bad 'its scratch is left'
	outside | cmp -s - outside || bad 'the workspace has changed'
	unchanged
}

# The server: what it is asked is answered once, or it is dead.
mcp_run() {
	local asks=$1 ask pid asked=
	shift
	: >"$W/out"
	rm -f fifo
	mkfifo fifo
	"$@" <fifo >"$W/out" 2>"$W/err" &
	pid=$!
	exec 7>fifo
	for ask in '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"elicitation":{}},"clientInfo":{"name":"test","version":"0"}}}' \
		'{"jsonrpc":"2.0","method":"notifications/initialized"}' "$asks"; do
		echo "$ask" >&7 2>/dev/null
	done
	until grep -q '"id":1,' "$W/out" || ! kill -0 "$pid" 2>/dev/null; do
		if [ -z "$asked" ] && grep -q '"id":"jobdir-1"' "$W/out"; then
			asked=1
			echo '{"jsonrpc":"2.0","id":"jobdir-1","result":{"action":"accept","content":{"land":true}}}' >&7 2>/dev/null
		fi
		read -rt 0.02 <> <(:) || :
	done
	exec 7>&-
	wait "$pid"
}
answers() {
	local id reply
	while IFS= read -r reply; do
		jq -e . <<<"$reply" >/dev/null 2>&1 || [[ $FAULTED = kill* ]] || bad "not JSON: $reply"
	done <"$W/out"
	for id in 0 1; do
		case $(grep -c "\"id\":$id," "$W/out") in
		1) ;;
		0) [ "$STATUS" != 0 ] || [ "$FAULTED" = term ] || bad "request $id has no answer" ;;
		*) bad "request $id is answered twice" ;;
		esac
	done
}

make_mcp_task() {
	small_repo && stand_in
	PRINTS=1
	COMMAND=(jobdir-mcp)
}
run_mcp_task() {
	mcp_run "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"claude_task\",\"arguments\":{\"cwd\":\"$RUN/ws\",\"task\":\"What is it?\",\"mode\":\"read\",\"wait_strategy\":\"background\"}}}" "$@"
}
holds_mcp_task() { answers; unchanged; }

make_mcp_apply() {
	make_apply
	COMMAND=(jobdir-mcp)
}
run_mcp_apply() {
	mcp_run "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"claude_apply\",\"arguments\":{\"cwd\":\"$RUN/ws\",\"job_id\":\"$(<id)\",\"confirmed_by_user\":true}}}" "$@"
}
holds_mcp_apply() {
	local landed
	answers
	all_or_nothing
	landed=$(grep '"id":1,' "$W/out" | jq -r '.result.structuredContent.landed // .result.structuredContent.applied // empty' 2>/dev/null)
	[ "$landed" != true ] || [ "$NOW" = new ] || bad 'says landed and did not'
}

# The walls: what runs behind them runs behind all of them, or not at all.
make_confine() {
	mkdir outside own cache view
	echo secret >outside/s
	echo old >cache/f
	printf 'cat ../outside/s >leak\necho new >../cache/f\n: >../outside/new\nchmod 777 ../outside/s\ngrep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status >status\n' >own/probe
	COMMAND=(sh -c 'cd own && exec jobdir-confine --require fs,truncate,tcp,scope,seccomp,mounts \
		--write . --tmp . --mask ../outside/s --cache ../cache --cache-in ../view -- /bin/sh ./probe' sh)
}
mend_confine() { [ ! -e own/leak ] || STATUS=0; }	# the probe ran: its refusals are its own
holds_confine() {
	[ ! -s own/leak ] || bad 'a file outside was read'
	[ ! -e outside/new ] || bad 'a file outside was made'
	[ "$(cat cache/f)" = old ] || bad 'a cache of the person was written'
	[ "$(stat -c %a outside/s)" = 644 ] || bad 'a mode outside was changed'
	[ ! -s own/status ] || [ "$(tr -d '[:space:]' <own/status)" = CapEff:0000000000000000NoNewPrivs:1Seccomp:2 ] ||
		bad "it ran with $(xargs <own/status)"
}

# The model's door: an agent that asks the model, and says what it was given. The provider is not
# there, which is an answer as well.
make_door() {
	small_repo
	stand_in 'env >"$TMPDIR/env"
		echo x >"$PWD/escaped"
		curl -sS -m 20 -H "x-api-key: $ANTHROPIC_API_KEY" "$ANTHROPIC_BASE_URL/v1/messages" -d "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}" >"$TMPDIR/asked"'
	export ANTHROPIC_BASE_URL=http://127.0.0.1:9
	PRINTS=1
	COMMAND=(jobdir-spawn --recipe=read --confine=require --cwd="$RUN/ws" --prompt="$RUN/prompt")
}
# The key is at the door and nowhere else, and the door goes with its job.
holds_door() {
	local left i id
	printed_or_said
	unchanged
	left=$(grep -rlF "$ANTHROPIC_API_KEY" "$JOBDIR_STATE" "$W/out" "$W/err" 2>/dev/null | head -n 3)
	[ -z "$left" ] || bad "the key is in $left"
	for id in "$JOBDIR_STATE"/jobs/*/job-*; do
		for ((i = 0; i < 200; i++)); do
			left=$(pgrep -f "^[^ ]*jobdir-gateway .*--job=${id##*/}")
			[ -n "$left" ] || break
			read -rt 0.02 <> <(:) || :
		done
		[ -z "$left" ] || bad "the gateway of ${id##*/} is left: $left"
		# Who was asked had a token; whom the walls were missing was not asked.
		[ ! -s "$id/tmp/env" ] || grep -qE '^ANTHROPIC_API_KEY=[0-9a-f]{64}$' "$id/tmp/env" || bad 'the agent has another login'
	done
}
