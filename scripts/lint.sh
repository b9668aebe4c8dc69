#!/usr/bin/env bash
# Runs every linter and tells all of them before it fails. The tools are built
# from the versions named here and stand in no go.mod, so no user of a module
# ever downloads them.
#
# Not among them, golangci-lint: building it takes longer on two processors
# than all of this. What of its standard set is useful here is vet,
# staticcheck and errorlint.

set -uo pipefail
cd "$(dirname "$0")/.." || exit

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
errorlint=github.com/polyfloyd/go-errorlint@v1.8.0

status=0

# silent NAME COMMAND... fails when the command fails or prints anything; what
# it says on stderr, of downloads for one, is no finding.
silent() {
	local name=$1 said
	shift
	if said=$("$@") && [ -z "$said" ]; then
		echo "ok	$name"
	else
		printf '%s\nFAIL	%s\n' "$said" "$name"
		status=1
	fi
}

# passes NAME COMMAND... shows what the command says only when it fails.
passes() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok	$name"
	else
		printf '%s\nFAIL	%s\n' "$said" "$name"
		status=1
	fi
}

# errors_wrapped runs errorlint, which knows no exceptions of its own. Tests
# are one, for they hold us to the very error that was returned; a line that
# ends in "//errorlint: REASON" is another.
errors_wrapped() {
	local finding file line rest found=0
	while IFS= read -r finding; do
		IFS=: read -r file line rest <<<"$finding"
		if ! [[ $line =~ ^[0-9]+$ && -f $file ]]; then
			[[ $finding = 'exit status'* || $finding = 'go: downloading'* ]] && continue
		elif [[ $file = *_test.go ]] || sed -n "${line}p" "$file" | grep -q '//errorlint: .'; then
			continue
		fi
		echo "$finding"
		found=1
	done < <(go run "$errorlint" work 2>&1)
	return "$found"
}

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.go')
silent gofmt gofmt -s -l "${files[@]}"
passes 'go vet' go vet work
for script in scripts/*.go; do # each a program of its own, seen by no pattern
	passes "go vet $script" go vet "$script"
done
silent 'go fix' go fix -diff work
passes tidy-check scripts/tidy.sh -check
passes staticcheck go run "$staticcheck" work
passes errorlint errors_wrapped

exit "$status"
