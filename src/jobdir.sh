#!/bin/sh
# SPDX-License-Identifier: MIT
# jobdir VERB …: run jobdir-VERB, found beside this file, then in PATH.
set -u
usage='usage: jobdir [-hV] VERB [ARG ...]'
self=$(readlink -f -- "$0") || exit 111
dir=${self%/*}
case ${1-} in
-h|--help|help)
	printf '%s\n\nverbs:\n' "$usage"
	for f in "$dir"/jobdir-*; do
		[ -x "$f" ] && printf '  %s\n' "${f##*/jobdir-}"
	done
	printf '\nSee jobdir(7), and jobdir-VERB(1) for each verb.\n'
	exit 0 ;;
-V|--version) echo 'jobdir @VERSION@'; exit 0 ;;
''|-*) printf 'jobdir: %s\n' "$usage" >&2; exit 100 ;;
*/*|*[!a-z0-9-]*) printf "jobdir: no verb '%s' (see jobdir --help)\n" "$1" >&2; exit 100 ;;
esac
verb=$1
shift
[ -x "$dir/jobdir-$verb" ] && exec "$dir/jobdir-$verb" "$@"
found=$(command -v "jobdir-$verb") && exec "$found" "$@"
printf "jobdir: no verb '%s' (see jobdir --help)\n" "$verb" >&2
exit 100
