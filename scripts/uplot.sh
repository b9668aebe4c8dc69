#!/usr/bin/env bash
# Brings the plotting library of the page in insight/assets/vendor to the
# version named here, from npm. Nothing else ever needs npm.

set -euo pipefail
cd "$(dirname "$0")/../insight/assets/vendor"

version=1.6.32

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "uplot@$version" >/dev/null
tar -xzf "$work/uplot-$version.tgz" -C "$work"
cp "$work/package/dist/uPlot.iife.min.js" uplot.js
cp "$work/package/dist/uPlot.min.css" uplot.css
cp "$work/package/LICENSE" uplot-LICENSE
