#!/bin/sh
# SPDX-License-Identifier: MIT
# variables.sh: the list of variables in jobdir(7), made from the table in the code. Prints it;
# with -w it is put into man/jobdir.7, between its marks.
cd "$(dirname "$0")/.." || exit 111
list() {
	bin/jobdir-env --variables | awk -F '\t' '
	{ gsub(/\\/, "\\e"); gsub(/-/, "\\-"); gsub(/~/, "\\(ti") }
	{ printf ".It Ev %s\n%s.\n", $1, $5 }
	{ print toupper(substr($3, 1, 1)) substr($3, 2) ($2 == "\\-" ? "" : "; default: " $2) "." }'
}
[ "${1-}" = -w ] || { list; exit; }
list >man/.list && awk '
	/^\.\\" variables begin/ { print; while ((getline l <"man/.list") > 0) print l; skip = 1 }
	/^\.\\" variables end/ { skip = 0 }
	!skip { print }' man/jobdir.7 >man/.new && mv man/.new man/jobdir.7
rm -f man/.list
