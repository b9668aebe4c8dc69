#!/usr/bin/env bash
# Runs tests that others wrote over our code: Go's own of sync.WaitGroup and of
# packages that live on it, and errgroup's. They are taken from GOROOT and from
# the module cache at that moment and never committed. docs/conformance.md says
# what is run, and what cannot pass.
#
#	scripts/conformance.sh          some minutes
#	scripts/conformance.sh -long    all packages of the standard library that
#	                                name WaitGroup
#
# COUNT says how often the short tests run (default 20).

set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
count=${COUNT:-20}
goroot=$(go env GOROOT)
cache=$(go env GOMODCACHE)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
exec </dev/null

go build -o "$work/suite" scripts/suite.go
export GOWORK=off

# suite TITLE FLAG... -- GO-TEST-ARGUMENT...
suite() {
	echo "# $1"
	"$work/suite" -tally="$work/tally" "${@:2}"
}

# module DIRECTORY NAME makes a module that requires ours.
module() {
	mkdir -p "$1"
	cat >"$1/go.mod" <<-END
		module $2

		go 1.25.0

		require example.com/skein v0.0.0

		replace example.com/skein => $root
	END
}

# First as a user meets it: another package with the same tests. Only the
# import, the prefix of the panics and a check for being able to exec differ.
user=$work/user
module "$user" waitgroup
sed -e 's/^package sync_test/package waitgroup_test/' \
	-e 's/^\t\. "sync"/\t. "example.com\/skein"/' \
	-e 's/"sync: /"skein: /' \
	-e '/testenv/d' \
	"$goroot/src/sync/waitgroup_test.go" >"$user/waitgroup_test.go"
if ! grep -q '"example.com/skein"' "$user/waitgroup_test.go" || grep -q '"sync"' "$user/waitgroup_test.go"; then
	echo "conformance: sync's tests of WaitGroup have changed their imports" >&2
	exit 1
fi
suite "sync's tests and benchmarks of WaitGroup, importing ours" -C="$user" -- \
	-vet=off -count="$count" -cpu=1,2,8 -bench=. -benchtime=100x .
suite 'the same, with the race detector' -C="$user" -- -vet=off -race -count="$count" -cpu=1,2,8 .
GOARCH=386 suite 'the same, on 32 bits' -C="$user" -- -vet=off -count="$count" -cpu=1,2,8 .

# Then errgroup's, over a package of its name that hands the work to a Group.
# The sums make sure that it is the same text everywhere.
sums=$work/sums
mkdir "$sums"
echo 'module sums' >"$sums/go.mod"
cat >"$sums/go.sum" <<'END'
golang.org/x/sync v0.15.0 h1:KWH3jNZsfyT6xfAfKiz6MRNmd46ByHDYaZ7KSkCtdW8=
golang.org/x/sync v0.15.0/go.mod h1:1dzgHSNfp02xaA81J2MS99Qcpr2w7fw1gpm99rleRqA=
golang.org/x/sync v0.24.0 h1:iqiDrGoDgyuvAKrhLQthUEzU/R378N78gXbBjxed7oA=
golang.org/x/sync v0.24.0/go.mod h1:sUUOizhqBxiL6pEWpqNLUiaJn1ShEbZ6BBqskPbjZm0=
END

# errgroup VERSION FLAG... runs the tests of that version.
errgroup() {
	local version=$1 dir=$work/errgroup/$1
	shift
	(cd "$sums" && go mod download "golang.org/x/sync@$version")
	module "$dir" golang.org/x/sync
	mkdir "$dir/errgroup"
	cp "$cache/golang.org/x/sync@$version/errgroup"/*_test.go "$dir/errgroup"
	cp scripts/conformance/errgroup/errgroup.go.txt "$dir/errgroup/errgroup.go"
	cp "scripts/conformance/errgroup/$version.go.txt" "$dir/errgroup/ends.go"
	suite "errgroup's tests of $version, over a Group" -C="$dir" "$@" -- -count="$count" -cpu=1,2,8 ./errgroup
	suite 'the same, with the race detector' -C="$dir" "$@" -- -race -count="$count" -cpu=1,2,8 ./errgroup
}
errgroup v0.24.0
# Its TestGoexit lets a function skip the test, which Wait must pass on.
errgroup v0.15.0 -skips=TestGoexit

# Last in the place of sync's: our files stand where its file was, so whatever
# in the standard library uses sync.WaitGroup uses ours.
case $goroot in "$cache"/*)
	echo 'conformance: this Go lives in the module cache, where -overlay may replace nothing' >&2
	echo 'hint: install Go itself, and set GOTOOLCHAIN=local' >&2
	exit 1
	;;
esac
replacements=
for file in waitgroup*.go; do
	case $file in
	*_test.go | waitgroup_context.go) continue ;;
	esac
	sed -e 's/^package skein$/package sync/' -e 's/"skein: /"sync: /' "$file" >"$work/$file"
	replacements+="${replacements:+,} \"$goroot/src/sync/$file\": \"$work/$file\""
done
echo "{\"Replace\": {$replacements}}" >"$work/overlay.json"

# std TITLE FLAG... -- GO-TEST-ARGUMENT... tests packages of the standard library.
std() {
	suite "$1" -C="$goroot/src" -overlay="$work/overlay.json" "${@:2}"
}
arguments=(-- -vet=off -short -count=1)

# These live on it; most of the others only use it in tests.
users=(sync sync/atomic context internal/singleflight testing testing/synctest os/exec
	net/http net/http/httptest net/http/httputil net/rpc database/sql log/slog)
if [ "${1-}" = -long ]; then
	cd "$goroot/src"
	mapfile -t all < <(grep -rl --include='*.go' 'WaitGroup' . |
		grep -Ev '^\./(cmd|vendor|internal/synctest)/|/testdata/' | sed 's,/[^/]*$,,' | sort -u)
	cd "$root"
	std 'all of the standard library that names WaitGroup, over ours' "${arguments[@]}" -timeout=20m "${all[@]}"
else
	std 'the standard library over our WaitGroup' "${arguments[@]}" "${users[@]}"
fi
std 'what lives on it, with the race detector' "${arguments[@]}" -race "${users[@]}"
bubbles=(-page="$root/docs/conformance.md" -cannot=internal/synctest "${arguments[@]}")
std 'bubbles over our WaitGroup' "${bubbles[@]}" -count=5 internal/synctest
std 'the same, with the race detector' "${bubbles[@]}" -race internal/synctest

# A row of the table that no suite has looked at would stay for ever.
awk -v rows="$(grep -c '^| `[^`]*` | `Test' docs/conformance.md)" '
	{ passed += $1; skipped += $2; here += $4 }
	$3 > cannot { cannot = $3 } # they are looked at twice
	END {
		printf "%d passed, %d skipped, %d cannot pass\n", passed, skipped, cannot
		if (here) printf "%d fail because of this machine\n", here
		if (rows != cannot) {
			printf "conformance: %d rows in docs/conformance.md, of which %d were looked at\n", rows, cannot
			exit 1
		}
	}' "$work/tally"
