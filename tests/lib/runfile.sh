#!/bin/sh
# SPDX-License-Identifier: MIT
# runfile.sh OUT FILE: one unit program or bats file, for run.sh. Its TAP goes to
# OUT/NAME.tap; printed are one line and, if any, what failed. What ends
# otherwise than its TAP says, or leaves a process behind, has failed.
out=$1 file=$2
short=${file#"$BUILD/"} short=${short#tests/}
name=$(echo "$short" | tr / -)
raw=$out/$name.raw tap=$out/$name.new
mkdir "$out/$name" || exit 111
start=$(date +%s)
case $file in
*.bats) set -- bats --tap --timing "$file" ;;
*) set -- "$file" ;;
esac
TMPDIR=$out/$name timeout -k 9 900 "$@" </dev/null >"$raw" 2>&1
st=$?
times >"$out/$name.times"
sed "s|^\(not \)\{0,1\}ok [0-9]* |&$short: |; /^1\.\.[0-9]*\$/d" "$raw" >"$tap"
planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$raw")
ran=$(grep -cE '^(not )?ok [0-9]' "$tap")
failed=$(grep -c '^not ok ' "$tap")
if [ $st != 0 ] && [ "$failed" = 0 ] || [ "$ran" != "${planned:-none}" ]; then
	echo "not ok $short: exit status $st, $ran of ${planned:-0} tests ran" >>"$tap"
fi

# Whoever works below the test's directory or has its name in the environment.
left() {
	{
		grep -lsaF -e "$out/$name/" /proc/[0-9]*/environ
		find /proc/[0-9]*/cwd -maxdepth 0 -lname "$out/$name/*" 2>/dev/null
	} | cut -d/ -f3 | sort -u
}
i=0
while pids=$(left | xargs) && [ -n "$pids" ]; do
	if [ $((i += 1)) = 100 ]; then
		for p in $pids; do
			printf '# %s: %s\n' "$p" "$(tr '\0' ' ' <"/proc/$p/cmdline")"
		done 2>/dev/null | head -n 20 >"$raw"
		{ echo "not ok $short: left $(echo "$pids" | wc -w) processes behind"; cat "$raw"; } >>"$tap"
		# shellcheck disable=SC2086 # a list of numbers
		kill -KILL $pids 2>/dev/null
		break
	fi
	sleep 0.05	# a job that a test ended takes a moment to go
done
rm -rf "${out:?}/$name"
# The second line of times is what our children used.
cpu=$(awk -F '[ms ]+' 'NR == 2 { print int(($1 + $3) * 60 + $2 + $4 + 0.5) }' "$out/$name.times")
echo "$short: $ran tests, $(($(date +%s) - start)) s, CPU $cpu s" >"$raw"
! grep -q '^not ok ' "$tap" || grep -vE '^ok [0-9]' "$tap" >>"$raw"
mv "$tap" "${tap%.new}.tap"
cat "$raw"
