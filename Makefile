# Every command of the project, each as plain as it can be typed. The names
# with a ## are for people; the others are parts of them.

.DEFAULT_GOAL := help
.PHONY: help test conformance long lint bench chaos tidy tidy-check install-check \
	test-tools test-core test-leaks test-oldest test-platforms

# COUNT is how often the core's tests run under the race detector.
COUNT ?= 2

# What the tests start besides themselves, each with its Debian package.
TEST_TOOLS = gcc:gcc git:git xargs:findutils setsid:util-linux script:bsdutils ps:procps awk:mawk bash:bash zsh:zsh fish:fish mandoc:mandoc chromium:chromium

# go test, with a count that is summed up at the end.
GOTEST = go run scripts/gotest.go
export TALLY = $(CURDIR)/bin/tally

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

test: test-tools ## pass all tests; needs Go, git, make and gcc
	@rm -f $(TALLY)
	go vet work
	$(GOTEST) work
	$(GOTEST) -race ./cmd/internal/... ./cluster ./cluster/embed
	$(MAKE) --no-print-directory test-core test-leaks test-oldest test-platforms
	scripts/install_check.sh
	@go run scripts/gotest.go -sum $(TALLY)

test-tools:
	@scripts/need.sh $(TEST_TOOLS)

test-core:
	$(GOTEST) -race -shuffle=on -count=$(COUNT) -cpu=1,2,8 ./...

# Go's goroutine-leak profile is an experiment: the whole build must know of it.
test-leaks:
	GOEXPERIMENT=goroutineleakprofile $(GOTEST) -run='Leak|Future' .

# The core promises Go 1.25, the rest 1.26.
test-oldest:
	GOWORK=off GOTOOLCHAIN=go1.25.0 $(GOTEST) ./...

test-platforms:
	GOARCH=386 $(GOTEST) ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./... ./cmd/...
	go vet -tags skein_portable ./cmd/...
	$(GOTEST) -tags skein_portable ./cmd/internal/local ./cmd/internal/spawn
	for os in linux darwin; do for arch in amd64 arm64; do \
		GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 go build -o /dev/null ./cmd/skein || exit; \
		GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 go build -o /dev/null ./cmd/skein-top || exit; \
	done; done
	GOOS=darwin CGO_ENABLED=0 go build -o /dev/null ./cmd/skein-cluster

conformance: test-tools ## run tests of others over our code: Go's own of WaitGroup, errgroup's
	scripts/conformance.sh

long: COUNT = 50
long: test-tools ## what takes long: COUNT=50 rounds of the core's tests, the standard library over our WaitGroup, a million jobs
	@rm -f $(TALLY)
	$(GOTEST) -race -shuffle=on -count=$(COUNT) -cpu=1,2,4,8 -timeout=2h ./...
	$(GOTEST) -race -shuffle=on -count=3 -timeout=1h work
	GOEXPERIMENT=goroutineleakprofile $(GOTEST) -count=3 ./...
	$(GOTEST) -tags=long -run=TestLong -timeout=1h ./cmd/skein
	COUNT=200 scripts/conformance.sh -long
	@go run scripts/gotest.go -sum $(TALLY)

lint: ## vet, gofmt, go fix, staticcheck, errorlint, tidy-check
	scripts/lint.sh

chaos: ## break a cluster of real processes in a hundred runs, and count; up to 45 minutes, all of it as root on Linux
	go run ./cluster/internal/chaos/cmd/chaos $(CHAOS)

bench: ## compare with the rivals; BENCH=core, BENCH=run or BENCH=cluster for one part
	bash bench/run.sh $(BENCH)

tidy: ## go mod tidy for every module
	scripts/tidy.sh

tidy-check: ## fail if make tidy would change something
	scripts/tidy.sh -check

install-check: ## install from packed modules, without the workspace
	scripts/install_check.sh
