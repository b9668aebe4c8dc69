#!/usr/bin/env bash
# Draws docs/run.svg anew: the README's picture of a run, from a real terminal
# (Debian's tmux), taken while the run is under way and once more at its end.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh tmux:tmux
dir=$(mktemp -d)
server=(tmux -L "skein$$")
trap '"${server[@]}" kill-server 2>/dev/null || true; rm -rf "$dir"' EXIT
go build -o "$dir/skein" ./cmd/skein
mkdir "$dir/pictures"
for name in ant bee cat dog eel fox gnu hen; do
	head -c 1500000 /dev/urandom >"$dir/pictures/$name.raw"
done
rm "$dir/pictures/eel.raw"
ln -s nowhere "$dir/pictures/eel.raw"

"${server[@]}" new-session -d -x 78 -y 24 "cd '$dir/pictures' && PATH='$dir':\$PATH PS1='\$ ' sh"
screen() { "${server[@]}" capture-pane -ep; }
until screen | grep -q '^\$'; do :; done
"${server[@]}" send-keys "skein run -j 2 'xz -9ek {} && ls -sh {}.xz' ::: *.raw" Enter
until grep -q '[3-6]/8 done' "$dir/during" 2>/dev/null; do screen | sed '/^$/d' >"$dir/during"; done
until grep -q 'tasks:' "$dir/after" 2>/dev/null; do screen | sed '/^$/d' >"$dir/after"; done
sed -i '$d' "$dir/after" # the prompt
{ cat "$dir/during"; echo '        (a few seconds later)'; tail -n 7 "$dir/after"; } | go run scripts/picture.go >docs/run.svg
