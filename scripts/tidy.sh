#!/usr/bin/env bash
# Tidies go.mod and go.sum of every module; with -check it only tells what it
# would change, and fails if there is something. `go mod tidy` itself cannot
# do it in a nested module, for no proxy in the world has our v0.0.0.

source "$(dirname "$0")/proxy.sh"

check=
[ "${1-}" = -check ] && check=yes
status=0

# put NEW OLD brings a file up to date. An empty NEW is one that must not exist.
put() {
	if [ -n "$check" ]; then
		if [ -s "$1" ]; then
			diff -uN --label "$2" "$2" --label "$2, tidy" "$1" || status=1
		elif [ -e "$2" ]; then
			echo "$2 should not exist"
			status=1
		fi
	elif [ ! -s "$1" ]; then
		rm -f "$2"
	elif ! cmp -s "$1" "$2"; then
		cp "$1" "$2"
		echo "changed $2"
	fi
}

for mod in $(git ls-files --cached --others --exclude-standard -- go.mod '*/go.mod'); do
	dir=$(dirname "$mod")
	tmp="$work/tidy/$dir"
	mkdir -p "$tmp"
	cp "$mod" "$tmp/go.mod"
	if [ -e "$dir/go.sum" ]; then cp "$dir/go.sum" "$tmp/go.sum"; fi
	(cd "$dir" && go mod tidy -modfile="$tmp/go.mod")
	# Sums of our own modules change with every commit.
	touch "$tmp/go.sum"
	sed -i '/^example\.com\/skein[ \/]/d' "$tmp/go.sum"
	put "$tmp/go.mod" "$mod"
	put "$tmp/go.sum" "$dir/go.sum"
done

if [ "$status" != 0 ]; then
	echo 'tidy: go.mod or go.sum is not tidy' >&2
	echo 'hint: make tidy' >&2
fi
exit "$status"
