package skein_test

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// importOrder says who may import whom, in the notation of Go's own
// go/build/deps_test.go: in "a, b < c" package c may import a and b, and
// whatever they may import; with "a !< b" package b may not import a even so.
// Data goes one way: input, group, worker, outcome, report.
//
//   - skein is example.com/skein, and skein/x a package below it.
//   - STD is the standard library, and any name in capitals a set made here.
//   - A name in ".go" is one file of the core.
//   - "p/..." is every package below p that has no line of its own.
//   - "p test" is what the tests of p import beyond p and its own imports;
//     STD is open to them all.
//
// Every package of the repository stands here.
const importOrder = `
	# The core has the standard library and nothing else.
	NONE < STD;
	STD < CORE;
	CORE < skein/internal/...;
	skein/internal/... < skein;
	skein < skein/examples/...;
	skein/internal/invariant < skein; # claims, checked under the race detector
	STD < skein/internal/bubble < skein test; # a harness for tests alone

	# The page meets the core only through its exported API, and requires
	# nothing either. A browser to test it with is a module of its own.
	skein < skein/insight < skein/examples/service, skein/insight/browsertest;
	github.com/chromedp/... < skein/insight/browsertest test;
	skein/cluster, github.com/nats-io/nats-server/v2/server, github.com/nats-io/nats.go < skein/insight/browsertest test;
	skein/internal/bubble < skein/insight test;

	# The overlay compiles this file as a part of package sync.
	unsafe < sync/atomic < waitgroup.go;

	# The command. A task is the noun that flows, spool the bytes it wrote;
	# the stages share them and nothing else, and skein ties the stages up.
	STD < skein/cmd/internal/spool;
	skein/cmd/internal/spool, skein < skein/cmd/internal/task;
	STD < skein/cmd/internal/usage;
	STD < skein/cmd/internal/text < skein/cmd/internal/journal, skein/cmd/internal/away, skein/cmd/internal/remote;
	STD < skein/cmd/internal/inert < skein/cmd/internal/report, skein/cmd/skein-cluster;
	skein/cmd/internal/task < skein/cmd/internal/policy;
	skein/cmd/internal/policy < skein/cmd/internal/local, skein/cmd/skein;
	skein/cmd/internal/policy, skein/cmd/internal/spool, skein/cmd/internal/usage
	< skein/cmd/internal/away < skein/cmd/skein;
	skein/cmd/internal/away < skein/cmd/internal/remote < skein/cmd/skein-cluster;
	skein/cmd/internal/task, skein/cmd/internal/usage, skein
	< skein/cmd/internal/input,
	  skein/cmd/internal/command,
	  skein/cmd/internal/local,
	  skein/cmd/internal/journal,
	  skein/cmd/internal/report
	< skein/cmd/skein;
	skein/cmd/internal/task < skein/cmd/internal/attach < skein/cmd/skein;
	golang.org/x/sys/unix < skein/cmd/internal/attach;
	skein/cmd/internal/usage < skein/cmd/internal/loopback < skein/cmd/internal/web, skein/cmd/internal/clusterweb;
	skein/cmd/internal/attach
	< skein/cmd/internal/top, skein/cmd/internal/web
	< skein/cmd/skein-top;
	skein/cmd/internal/report < skein/cmd/skein-top; # whether it has a terminal
	skein/insight, skein/cmd/internal/usage < skein/cmd/internal/web;
	charm.land/bubbletea/v2, github.com/charmbracelet/x/ansi < skein/cmd/internal/top;
	github.com/charmbracelet/x/ansi < skein/cmd/internal/web;
	charm.land/bubbletea/v2, golang.org/x/sys/unix, skein/cmd/internal/task < skein/cmd/internal/top test;
	mvdan.cc/sh/v3/syntax < skein/cmd/internal/command;
	github.com/spf13/pflag < skein/cmd/skein;
	unsafe < skein/cmd/internal/vfork; # nothing else: it is to be initialized before all
	STD, golang.org/x/sys/unix, skein/cmd/internal/vfork < skein/cmd/internal/spawn < skein/cmd/internal/local;
	golang.org/x/sys/unix < skein/cmd/internal/local;
	golang.org/x/sys/unix < skein/cmd/internal/spool;
	golang.org/x/sys/unix < skein/cmd/internal/journal;
	github.com/mattn/go-runewidth < skein/cmd/internal/report;
	github.com/creack/pty, github.com/hinshun/vt10x < skein/cmd/internal/report test;
	STD, github.com/rogpeppe/go-internal/testscript < skein/cmd/internal/script < skein/cmd/skein test, skein/cmd/skein-cluster test;
	github.com/rogpeppe/go-internal/testscript < skein/cmd/skein test, skein/cmd/skein-cluster test, skein/cmd/skein-top test;

	# Those who make up a cluster. The command itself only knows what they are
	# told; skein-cluster is a program of its own.
	STD, github.com/spf13/pflag < skein/cmd/internal/member < skein/cmd/skein;
	skein/cluster, skein/cmd/internal/local, skein/cmd/internal/usage < skein/cmd/internal/remote;
	skein/cmd/internal/remote, skein/cmd/internal/member, skein/cluster/embed < skein/cmd/skein-cluster;
	skein/cluster < skein/cmd/internal/retry < skein/cmd/internal/clusterweb, skein/cmd/skein-cluster;
	skein/cluster, skein/insight < skein/cmd/internal/clusterweb < skein/cmd/skein-cluster; # its page
	skein/cluster/clustertest, skein/cluster/embed < skein/cmd/internal/clusterweb test;
	skein/cmd/internal/report < skein/cmd/skein-cluster; # whether and how wide a terminal is

	# The cluster: what is decided, and a model that attacks it.
	STD < skein/cluster/internal/protocol < skein/cluster/internal/model;
	# Who may what, and how one shows who one is.
	STD < skein/cluster/internal/permit;
	STD, github.com/nats-io/nats.go, github.com/nats-io/nkeys < skein/cluster/internal/join;
	skein, skein/cluster/internal/protocol, skein/cluster/internal/permit, skein/cluster/internal/join,
	github.com/nats-io/nats.go, github.com/nats-io/nats.go/jetstream, github.com/nats-io/nkeys
	< skein/cluster;
	skein/cluster, github.com/nats-io/nats-server/v2/server < skein/cluster/embed;
	# What a server promises; it looks, by itself, and only tests have one.
	skein/cluster/internal/permit, github.com/nats-io/nats.go, github.com/nats-io/nats.go/jetstream < skein/cluster/doctor < skein/cmd/skein-cluster;
	skein/cluster, skein/cluster/embed, skein/cluster/internal/servers < skein/cluster/doctor test;
	github.com/nats-io/nats-server/v2/server < skein/cluster/doctor test, skein/cmd/skein-cluster test;
	STD, github.com/nats-io/nats-server/v2/server < skein/cluster/internal/servers < skein/cluster/clustertest;
	skein/cluster/embed, skein/cluster/internal/servers < skein/cluster/clustertest;
	skein/cluster/embed < skein/cluster/examples/thumbs, skein/cluster/examples/outbox;
	skein/cluster/clustertest < skein/cluster/examples/outbox test, skein/cmd/skein-cluster test;
	skein/cluster/clustertest, github.com/nats-io/nats-server/v2/server < skein/cluster test;
	skein/cluster/embed, github.com/nats-io/nats-server/v2/server, github.com/nats-io/nats.go, github.com/nats-io/nats.go/jetstream
	< skein/cluster/internal/chaos # real processes, broken
	< skein/cluster/internal/chaos/cmd/chaos;

	# No line above can undo these. The command meets the core only through
	# its exported API, and no stage meets another.
	OTHERS, skein/cmd/..., skein/bench/..., skein/insight !< skein;
	OTHERS, skein/internal/... !< skein/insight;
	skein/internal/... !< skein/cmd/...;
	skein/cmd/internal/top !< skein/cmd/skein;
	skein/cluster/..., skein/cluster, skein/cmd/internal/remote !< skein/cmd/skein;
	skein/cmd/internal/input !< skein/cmd/internal/command;
	skein/cmd/internal/input, skein/cmd/internal/command !< skein/cmd/internal/local;
	skein/cmd/internal/input, skein/cmd/internal/command, skein/cmd/internal/local
	!< skein/cmd/internal/journal;
	skein/cmd/internal/input, skein/cmd/internal/command, skein/cmd/internal/local, skein/cmd/internal/journal
	!< skein/cmd/internal/report;
	skein/cmd/internal/report !< skein/cmd/internal/local;
	skein/cmd/internal/report, skein/cmd/internal/local !< skein/cmd/internal/journal;
	skein/cluster/... !< skein/cmd/internal/local;

	# The rivals meet us here and nowhere else.
	skein, OTHERS < skein/bench, skein/bench/...;
	skein/cluster, skein/cluster/embed, OTHERS < skein/bench/cluster < skein/bench/cluster/cmd/node, skein/bench/cluster/cmd/scale;
`

func TestImportsFollowTheOrder(t *testing.T) {
	order, err := parseOrder(importOrder)
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range readPackages(t) {
		importer := order.node(pkg.path)
		if importer == "" {
			t.Errorf("%s has no line in importOrder", pkg.path)
			continue
		}
		for _, file := range pkg.files {
			checkFile(t, order, importer, file)
		}
	}
}

func checkFile(t *testing.T, order *order, importer string, file sourceFile) {
	t.Helper()
	for _, imported := range file.imports() {
		allowed := order.allows(imported, importer)
		if file.isTest() {
			allowed = allowed || isStandard(imported) || imported == importer ||
				order.allows(imported, importer+" test")
		}
		if name := path.Base(file.name); importer == "skein" && order.knows(name) {
			allowed = order.allows(imported, name)
		}
		if !allowed {
			t.Errorf("%s may not import %s", file.name, imported)
		}
	}
}

func TestTheImportOrderNamesNothingThatIsGone(t *testing.T) {
	order, err := parseOrder(importOrder)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, pkg := range readPackages(t) {
		there = append(there, pkg.path)
	}
	for node := range order.before {
		ours := strings.HasPrefix(node, "skein/") && !strings.HasSuffix(node, "/...")
		if ours && !slices.Contains(there, strings.TrimSuffix(node, " test")) {
			t.Errorf("importOrder has a line for %s, and there is no such package", node)
		}
	}
}
