#!/bin/sh
# SPDX-License-Identifier: MIT
# jobdir VERB …: run jobdir-VERB, found beside this file, then in PATH.
set -u
usage='usage: jobdir [-hV] VERB [ARG ...]'
self=$(readlink -f -- "$0") || exit 111
dir=${self%/*}
# say TEXT: it was all that was asked for.
say() {
	printf '%s\n' "$1" 2>/dev/null && exit 0
	echo 'jobdir: cannot write to standard output' >&2
	exit 111
}
case ${1-} in
-h|--help|help)
	verbs=
	for f in "$dir"/jobdir-*; do
		[ -x "$f" ] && verbs="$verbs  ${f##*/jobdir-}
"
	done
	say "$usage

verbs:
$verbs
See jobdir(7), and jobdir-VERB(1) for each verb." ;;
-V|--version) say 'jobdir @VERSION@' ;;
''|-*) printf 'jobdir: %s\n' "$usage" >&2; exit 100 ;;
*/*|*[!a-z0-9-]*)
	printf "jobdir: no verb '%s' (see jobdir --help)\n" "$(printf %s "$1" | tr '[:cntrl:]' '?')" >&2
	exit 100 ;;
esac
verb=$1
shift
[ -x "$dir/jobdir-$verb" ] && exec "$dir/jobdir-$verb" "$@"
found=$(command -v "jobdir-$verb") && exec "$found" "$@"
printf "jobdir: no verb '%s' (see jobdir --help)\n" "$verb" >&2
exit 100
