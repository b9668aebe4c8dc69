#!/usr/bin/env bash
# Takes the figures anew: bench/README.md is the whole table, and what stands
# between the two marks in the README is taken from it.
#
#	scripts/figures.sh [FILE]     FILE: a table that was taken before
set -euo pipefail
cd "$(dirname "$0")/.."
table=${1:-}
if [ -z "$table" ]; then
	table=$(mktemp)
	trap 'rm -f "$table"' EXIT
	bash bench/run.sh all -markdown >"$table"
fi
{
	printf '# Beside the rivals\n\nTaken by `scripts/figures.sh`, which is `make bench` with a file to write to.\n\n'
	cat "$table"
} >bench/README.md
# part prints the table whose heading begins with the given cell.
part() { awk -v head="| $1 |" 'index($0, head) == 1 { on = 1 } on && !/^\|/ { exit } on' "$table"; }
{
	sed '/<!-- figures -->/q' README.md
	printf '\n%s\n\n' "$(head -n 1 "$table")"
	part ns/task
	echo
	part jobs/s
	echo
	sed -n '/<!-- end of figures -->/,$p' README.md
} >README.new
mv README.new README.md
