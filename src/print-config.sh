#!/bin/sh
# SPDX-License-Identifier: MIT
# jobdir print-config: the section of config.toml, as setup --print.
set -u
usage='usage: jobdir-print-config [-hV] [--name=NAME] [--project]'
self=$(readlink -f -- "$0") || exit 111
case ${1-} in
-h|--help) printf '%s\n' "$usage" && exit 0; exit 111 ;;
-V|--version) printf '%s\n' 'jobdir-print-config @VERSION@' && exit 0; exit 111 ;;
esac
for arg; do
	case $arg in
	--name=*|--project) ;;
	*) printf "jobdir-print-config: not wanted: '%s' (see -h)\n" "$(printf %s "$arg" | tr '[:cntrl:]' '?')" >&2
		exit 100 ;;
	esac
done
exec "${self%/*}/jobdir-setup" --print "$@"
