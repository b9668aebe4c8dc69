#!/usr/bin/env bash
# Installs every command as a stranger would, from packed modules and without
# the workspace, and runs it. It finds what go.work hides: a replace in a
# nested module, a requirement that is missing, a file outside its module.

source "$(dirname "$0")/proxy.sh"

export GOBIN="$work/bin"
cd "$work" # outside of every module

go install example.com/skein/cmd/skein@v0.0.0
go install example.com/skein/cmd/skein-cluster@v0.0.0
"$GOBIN/skein" --version
"$GOBIN/skein" worker --help | head -n 1
out=$("$GOBIN/skein" run -k echo ::: installed works)
if [ "$out" != $'installed\nworks' ]; then
	echo "install-check: the installed skein printed: $out" >&2
	exit 1
fi

# The library, in a module of its own.
mkdir user
cd user
cat >go.mod <<'END'
module user.example/user

go 1.25.0

require example.com/skein v0.0.0
END
cat >main.go <<'END'
package main

import (
	"context"
	"fmt"

	"example.com/skein"
)

func main() {
	err := skein.Run(context.Background(), func(g *skein.Group) error {
		g.Go(func(context.Context) error { return nil })
		return nil
	})
	fmt.Println("imported works:", err)
}
END
go run -mod=mod .
if [ "$(go list -mod=mod -m all | wc -l)" != 2 ]; then
	echo 'install-check: the library pulls in other modules:' >&2
	go list -mod=mod -m all >&2
	exit 1
fi
