#!/usr/bin/env bash
# Takes the figures of some parts anew, or of all: bench/figures has a table for
# each part, bench/README.md all of them, and what stands between the two marks in
# the README is taken from these.
#
#	scripts/figures.sh [core] [run] [cluster] [chaos]     none: put them together only
#	ROUNDS=3 scripts/figures.sh run
set -euo pipefail
cd "$(dirname "$0")/.."
new=$(mktemp) # not in the tree, which the table says is as the commit has it
trap 'rm -f "$new"' EXIT
for part in "$@"; do
	if [ "$part" = chaos ]; then
		{
			printf 'Commit %s.\n\n' "$(git rev-parse --short HEAD)"
			go run ./cluster/internal/chaos/cmd/chaos
		} >"$new" || grep -q '^| fault' "$new" # a bound that was missed is a figure too
	else
		bash bench/run.sh "$part" -markdown ${ROUNDS:+-rounds "$ROUNDS"} >"$new"
	fi
	cp "$new" "bench/figures/$part.md"
done
{
	printf '# Beside the rivals\n\nTaken by `scripts/figures.sh`, which is `make bench` and `make chaos`\nwith files to write to.\n'
	for part in core run cluster chaos; do
		[ -f "bench/figures/$part.md" ] || continue
		printf '\n## %s\n\n' "$part"
		cat "bench/figures/$part.md"
	done
} >bench/README.md
# table prints the table of a part whose heading begins with the given cell, and
# where it comes from.
table() {
	printf '\n%s\n\n' "$(head -n 1 "bench/figures/$1.md")"
	awk -v head="| $2 |" 'index($0, head) == 1 { on = 1 } on && !/^\|/ { exit } on' "bench/figures/$1.md"
}
{
	sed '/<!-- figures -->/q' README.md
	table core ns/task
	table run jobs/s
	echo
	sed -n '/<!-- end of figures -->/,$p' README.md
} >README.new
mv README.new README.md
