#!/bin/sh
# SPDX-License-Identifier: MIT
# claude.sh: print the path of the pinned Claude Code, fetching it with npm into
# the cache (outside the tree) when it is not there. Safe to run twice at once.
set -u
version=2.1.329
cache=${JOBDIR_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jobdir}
dir=$cache/claude-$version
bin=$dir/node_modules/@anthropic-ai/claude-code/bin/claude.exe
if [ ! -x "$bin" ]; then
	mkdir -p "$cache" || exit 111
	new=$(mktemp -d "$cache/.new-XXXXXX") || exit 111
	trap 'rm -rf "$new"' EXIT
	echo "fetching @anthropic-ai/claude-code@$version into $cache" >&2
	npm install --silent --no-audit --no-fund --prefix "$new" \
		"@anthropic-ai/claude-code@$version" >&2 || { echo "claude.sh: npm install failed" >&2; exit 111; }
	[ -x "$new/node_modules/@anthropic-ai/claude-code/bin/claude.exe" ] || {
		echo "claude.sh: the package holds no bin/claude.exe" >&2
		exit 111
	}
	mv -T "$new" "$dir" 2>/dev/null || [ -x "$bin" ] || exit 111
fi
printf '%s\n' "$bin"
