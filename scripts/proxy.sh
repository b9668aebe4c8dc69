# Sourced by the scripts that need our modules as a stranger gets them: packs
# the working tree into a file-system GOPROXY and points go at it. The module
# cache is a new one, for v0.0.0 must never come from an older tree; what the
# real cache holds of other modules is used as a proxy, to spare downloads.
#
# Leaves $work, a directory that vanishes when the script ends.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cache=$(go env GOMODCACHE)
go run scripts/pack.go "$work/proxy"

GOPROXY="file://$work/proxy,file://$cache/cache/download,$(go env GOPROXY)"
GOFLAGS="$(go env GOFLAGS) -modcacherw" # else rm cannot delete the cache
GONOSUMDB='example.com/*'               # not GOPRIVATE, which would bypass a file proxy
GOMODCACHE="$work/mod"
GOWORK=off
export GOPROXY GOFLAGS GONOSUMDB GOMODCACHE GOWORK
