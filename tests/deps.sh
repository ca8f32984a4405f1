#!/bin/sh
# SPDX-License-Identifier: MIT
# deps.sh WHAT=PACKAGE ...: install the packages whose program or file is not
# there; without the right to, print the one command that does it.
need=
for d; do
	what=${d%%=*}
	# shellcheck disable=SC2086 # may be a pattern
	case $what in
	/*) ls -d $what >/dev/null 2>&1 ;;
	*) command -v "$what" >/dev/null 2>&1 ;;
	esac || need="$need ${d#*=}"
done
[ -z "$need" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing:$need" >&2
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of names
	{ apt-get install -y --no-install-recommends $need >/dev/null 2>&1 ||
		{ apt-get update && apt-get install -y --no-install-recommends $need; } >&2; } && exit 0
fi
echo "missing:$need" >&2
echo "run: sudo apt-get install -y$need" >&2
exit 1
