#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.sh [-n RUNS] [--json]: our figures beside their floors (see tests/lib/bench.c), then
# the gateway's beside its peers. bench.sh gateway: only those.
set -eu
gateway=$(dirname "$0")/bench-gateway.sh
[ "${1-}" != gateway ] || exec bash "$gateway"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/home" "$dir/ws"
export HOME=$dir/home JOBDIR_STATE=$dir/state CODEX_CLAUDE_ALLOW_ROOTS=$dir LC_ALL=C
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@example.org
export GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@example.org
cd "$dir/ws"
git init -q .
"$BUILD/tests/bench" "$@" "$dir"
case " $* " in
*' --json '*) ;;
*) bash "$gateway" ;;
esac
