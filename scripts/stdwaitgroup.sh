#!/usr/bin/env bash
# Runs the standard library's own tests of sync.WaitGroup against ours. They
# are taken from GOROOT at that moment and never committed.
#
#	scripts/stdwaitgroup.sh         a minute: sync and its fake-time tests
#	scripts/stdwaitgroup.sh -long   also packages that live on WaitGroup
#
# COUNT says how often the short tests run (default 20).

set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
goroot=$(go env GOROOT)
count=${COUNT:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOWORK=off

# First as a user meets it: another package with the same tests. Only the
# import, the prefix of the panics and a check for being able to exec differ.
mkdir "$work/user"
sed -e 's/^package sync_test/package waitgroup_test/' \
	-e 's/^\t\. "sync"/\t. "example.com\/skein"/' \
	-e 's/"sync: /"skein: /' \
	-e '/testenv/d' \
	"$goroot/src/sync/waitgroup_test.go" >"$work/user/waitgroup_test.go"
cat >"$work/user/go.mod" <<END
module waitgroup

go 1.25.0

require example.com/skein v0.0.0

replace example.com/skein => $root
END
cd "$work/user"
echo "# sync's tests of WaitGroup, importing ours"
go test -vet=off -count="$count" -cpu=1,2,8 .
go test -vet=off -race -count="$count" -cpu=1,2,8 .
go test -vet=off -run=NONE -bench=. -benchtime=1000x . >"$work/bench" || {
	cat "$work/bench"
	exit 1
}

# Then in its place: our files stand where sync's file was, so whatever in the
# standard library uses sync.WaitGroup uses ours.
cd "$root"
replacements=
for file in waitgroup*.go; do
	case $file in
	*_test.go | waitgroup_context.go) continue ;;
	esac
	sed -e 's/^package skein$/package sync/' -e 's/"skein: /"sync: /' "$file" >"$work/$file"
	replacements+="${replacements:+,} \"$goroot/src/sync/$file\": \"$work/$file\""
done
echo "{\"Replace\": {$replacements}}" >"$work/overlay.json"

# std PACKAGE... tests packages of the standard library over the overlay.
std() {
	(cd "$goroot/src" && go test -vet=off -overlay="$work/overlay.json" "$@")
}

echo "# the standard library over our WaitGroup"
std -short -count=1 sync sync/atomic
std -short -race -count=1 sync
# Four tests are of what only the runtime can know. Three demand its fatal
# errors for a WaitGroup that moves between bubbles. OutOfBubble adds outside
# and waits inside: ours blocks on a channel that its first waiter makes, so it
# belongs to the waiter's bubble.
std -short -count=5 -run='WaitGroup' \
	-skip='^TestWaitGroup(MovedIntoBubble|MovedOutOfBubble|MovedBetweenBubblesWithNonZeroCount|OutOfBubble)$' \
	internal/synctest

if [ "${1-}" = -long ]; then
	std -short -count=1 context net/http net/http/httputil os/exec testing \
		log/slog database/sql text/template go/types encoding/json runtime/pprof
	std -short -race -count=1 net/http context database/sql
fi
