#!/bin/sh
# SPDX-License-Identifier: MIT
# lint.sh: what a reader should not have to check. Prints one line per finding;
# exit 1 if there was any.
cd "$(dirname "$0")/.." || exit 111
tmp=$(mktemp -d) || exit 111
trap 'rm -rf "$tmp"' EXIT
bad() { printf '%s\n' "$*" >>"$tmp/bad"; }

# 1. Warning-free in both compilers.
for cc in gcc clang; do
	command -v $cc >/dev/null || { echo "lint: no $cc, its warnings are not checked"; continue; }
	make -s -k -j "$(nproc)" CC=$cc VARIANT=lint-$cc WERROR=1 BIN="$tmp/bin-$cc" all tests >"$tmp/$cc.log" 2>&1 ||
		{ grep -E 'error|warning' "$tmp/$cc.log" | head -20; bad "$cc: the build has warnings or errors"; }
done
rm -rf build/lint-gcc build/lint-clang
# The fuzz targets are built by hand only, and would be broken unseen.
for f in tests/fuzz/*.c; do
	${CC:-cc} -std=c11 -D_GNU_SOURCE -Ilib -Itests/unit -Wall -fsyntax-only "$f" || bad "$f: does not build"
done

# 2. Shell.
find . -name '*.sh' -not -path './build/*' -exec shellcheck -x -e SC2015,SC2016 {} + >"$tmp/sc" 2>&1 ||
	{ cat "$tmp/sc"; bad 'shellcheck found something'; }
shellcheck -s sh -e SC1090,SC1091 lib/recipes/* >"$tmp/sc" 2>&1 || { cat "$tmp/sc"; bad 'shellcheck: recipes'; }

# 3. Everything pairs by name.
for f in src/*.c src/*.sh; do
	n=${f##*/} n=${n%.*}
	[ "$n" = jobdir ] && page=man/jobdir.7 || page=man/jobdir-$n.1
	[ -e "$page" ] || bad "$f: no $page"
	[ -e "tests/$n.bats" ] || bad "$f: no tests/$n.bats"
done
for f in man/jobdir-*.1; do
	n=${f#man/jobdir-} n=${n%.1}
	[ -e "src/$n.c" ] || [ -e "src/$n.sh" ] || bad "$f: no src/$n.c"
done
for f in lib/*.c; do [ -e "${f%.c}.h" ] || bad "$f: no header"; done

# 4. Manual pages, and usage equals SYNOPSIS.
for f in man/*.[157]; do
	mandoc -Tlint -Wwarning "$f" >"$tmp/man" 2>&1 || { cat "$tmp/man"; bad "$f: mandoc"; }
done
plain() { sed 's/.\x08//g' | tr -s ' \n\t' '   ' | sed 's/^ //; s/ $//'; }
for f in man/jobdir-*.1; do
	n=${f#man/} n=${n%.1}
	[ -x "bin/$n" ] || continue
	want=$(mandoc -Tascii "$f" | sed 's/.\x08//g' | sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' | plain)
	got=$("bin/$n" -h 2>&1 | sed -n '1,/^$/p' | sed 's/^usage: //; s/^ *or: //' | plain)
	[ "$want" = "$got" ] || bad "$n: -h says '$got', SYNOPSIS says '$want'"
done
# The list of variables in jobdir(7) is the table in the code.
if [ -x bin/jobdir-env ]; then
	sed -n '/variables begin/,/variables end/p' man/jobdir.7 | sed '1d;$d' >"$tmp/listed"
	sh tests/variables.sh | cmp -s - "$tmp/listed" ||
		bad 'man/jobdir.7: its variables are not those of lib/config.c (sh tests/variables.sh -w)'
fi

# 5. Sizes.
for f in lib/*.c; do l=$(wc -l <"$f"); [ "$l" -le 400 ] || bad "$f: $l lines (400)"; done
for f in src/*.c; do l=$(wc -l <"$f"); [ "$l" -le 250 ] || bad "$f: $l lines (250)"; done
awk 'FNR == 1 { name = "" }
	/^[a-z_0-9]+\(/ { name = $0; sub(/\(.*/, "", name); start = FNR }
	/^}/ && name != "" { if (FNR - start > 80) print FILENAME ": " name "() is " FNR - start " lines (80)"; name = "" }
	length($0) > 0 { l = $0; gsub(/\t/, "        ", l); if (length(l) > 108) print FILENAME ":" FNR ": long line" }' \
	lib/*.c src/*.c >>"$tmp/bad"

# 6. Floors: lib never prints or exits, does not use err.h; includes have no cycle.
grep -nE '\b(printf|puts|perror|exit|abort|err|warn)x?\(' lib/*.c | grep -vE 'lib/err\.c|snprintf|_exit\(|//|^\S+\s*\*' >"$tmp/floor" &&
	{ cat "$tmp/floor"; bad 'lib/ prints or exits'; }
grep -ln '"err\.h"' lib/*.c lib/*.h | grep -v 'lib/err\.[ch]' | while read -r f; do bad "$f: includes err.h"; done
# A module is a file and its header; one spans no two floors just because its
# name begins like another's.
for f in lib/*.c lib/*.h; do
	n=${f#lib/}
	sed -n 's/^#include "\([a-z0-9_]*\)\.h".*/\1/p' "$f" | grep -vx "${n%.*}" | sed "s/^/${n%.*} /"
done | sort -u | tsort >/dev/null 2>"$tmp/cycle" || { cat "$tmp/cycle"; bad 'lib/: modules include each other in a cycle'; }
grep -nE '\b(gettimeofday|clock_gettime|time)\(' lib/*.c src/*.c | grep -v '^lib/clock\.c' | grep -vE '^\S+\s*\*' && bad 'only clock.c reads a clock'
grep -nE '\b(system|popen|realpath|access|alloca|strcpy|strcat|sprintf|gets|sleep|usleep)\(' lib/*.c src/*.c && bad 'forbidden call'
# What works in a tree that an agent can write goes by descriptor (path.h, walk.h), never by a
# path that was looked at before.
trees='scan walk content collide ignore survey surveyseal surroundings thing snapshot journal journaldirs
	journalstage journalstep gitbuild share store storerm'
for f in $trees; do
	# chmod(proc): of a descriptor in /proc, the one way there is for O_PATH
	grep -nHE '(^|[^a-z_])(stat|lstat|access|faccessat|readlink|chmod|chown|lchown|unlink|rmdir|rename|mkdir|symlink|truncate|fopen|opendir|creat)\(' "lib/$f.c" |
		grep -vE 'chmod\(proc,|:/\*'
done >"$tmp/bypath"
[ -s "$tmp/bypath" ] && { cat "$tmp/bypath"; bad 'a path where a descriptor belongs (path.h)'; }
for f in lib/*.c lib/*.h src/*.c src/*.sh tests/unit/*.c tests/fuzz/*.c tests/lib/*.c; do
	[ -e "$f" ] && { head -n 2 "$f" | grep -q SPDX-License || bad "$f: no SPDX line"; }
done
grep -nP '[ \t]+$' lib/*.[ch] src/* tests/*.bats man/* && bad 'trailing white space'

# 7. The house: nothing else at the top.
git ls-files | cut -d/ -f1 | sort -u | grep -vxE 'Makefile|README\.md|LICENSE|src|lib|state-layout\.md|tests|man|\.ci|\.gitignore|\.clang-format|\.editorconfig' >"$tmp/top" &&
	{ cat "$tmp/top"; bad 'strangers at the top level'; }

if [ -s "$tmp/bad" ]; then
	cat "$tmp/bad"
	echo "lint: $(wc -l <"$tmp/bad") findings"
	exit 1
fi
echo 'lint: clean'
