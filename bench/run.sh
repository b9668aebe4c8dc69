#!/bin/bash
# Prints the table of skein beside its rivals: all of it, or one part: core,
# run or cluster. What follows is for the command; -h lists it. See bench/doc.go.
set -eu
cd "$(dirname "$0")/.."
exec go run ./bench/cmd/table -part "${1:-all}" "${@:2}"
