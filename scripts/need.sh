#!/usr/bin/env bash
# Makes sure that commands exist: scripts/need.sh COMMAND:PACKAGE...
# As root on Debian it installs the packages of those that are missing,
# otherwise it says which.

set -euo pipefail

packages=()
for pair in "$@"; do
	command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
done
[ ${#packages[@]} -eq 0 ] && exit

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "need: these packages are missing: ${packages[*]}" >&2
	echo "hint: sudo apt-get install ${packages[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null
apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null
