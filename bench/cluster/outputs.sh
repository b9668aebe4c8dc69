#!/usr/bin/env bash
# What memory a server and a worker take at most while N commands give SIZE bytes of
# output each, J at a time, and skein run --on reads them all. On Linux.
#
#	bash bench/cluster/outputs.sh [N [SIZE [J]]]
#
# GOMEMLIMIT=1TiB beside it has skein serve leave its memory to Go, as before.
set -euo pipefail
n=${1:-16} size=${2:-16000000} jobs=${3:-16}
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
started=()
export XDG_STATE_HOME=$dir # no journal of this among those of the user
trap 'kill "${started[@]}" 2>/dev/null || true; wait; rm -rf "$dir"' EXIT

(cd "$root/cmd" && go build -o "$dir/bin/" ./skein ./skein-cluster)
PATH=$dir/bin:$PATH
cd "$dir"

# until_says FILE PATTERN waits for a line.
until_says() { until grep -q "$2" "$1" 2>/dev/null; do read -rt 0.05 <> <(:) || true; done; }

skein-cluster serve --listen 127.0.0.1:0 --dir state >serve.out & server=$!
started+=("$server")
until_says serve.out '^serving at'
skein-cluster serve token --dir state --out w.key w
env -u GOMEMLIMIT skein-cluster worker --join w.key --allow-commands any -j "$jobs" >worker.out & worker=$!
started+=("$worker")
until_says worker.out '^joined'

start=$SECONDS
env -u GOMEMLIMIT skein run --on state/owner.key -- sh -c "head -c $size /dev/zero | tr '\0' x" x{} ::: $(seq "$n") | wc -c >bytes
echo "$n outputs, $(cat bytes) bytes in all, $jobs at a time, $((SECONDS - start)) s"
peak() { awk -v who="$1" '/^VmHWM/ { printf "%s: at most %d MB\n", who, $2 / 1000 }' "/proc/$2/status"; }
peak server "$server"
for child in $(ps -o pid= --ppid "$worker"); do # the worker is below the process that guards it
	peak worker "$child"
done
