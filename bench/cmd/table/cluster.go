package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// clusterFigures are the promises of the cluster.
var clusterFigures = []figure{
	{about: "many tasks, on the disk before they are acknowledged", workload: "Bulk/sync=always", unit: "tasks/s", impl: "skein", than: "river", bound: 4, atLeast: true, digits: 1},
	{about: "  tasks per second", workload: "Bulk/sync=always", unit: "tasks/s", impl: "skein", bound: 20_000, atLeast: true},
	{about: "many tasks, on the disk later", workload: "Bulk/sync=later", unit: "tasks/s", impl: "skein", than: "asynq", bound: 50, atLeast: true, digits: 1},
	{about: "  tasks per second", workload: "Bulk/sync=later", unit: "tasks/s", impl: "skein", bound: 130_000, atLeast: true},
	{about: "64 callers submit, on the disk: per second", workload: "Submit/callers=64", unit: "submits/s", impl: "skein", bound: 20_000, atLeast: true},
	{about: "  mean wait of a caller, ms", workload: "Submit/callers=64", unit: "wait-ms", impl: "skein", bound: 5, digits: 1},
	{about: "idle, on the disk: submit to start, p50, ms", workload: "Idle", unit: "p50-ms", impl: "skein", bound: 2, digits: 1},
	{about: "tasks of 10 ms, 4 workers of 64: % of the ideal", workload: "Slow/sync=always", unit: "%ideal", impl: "skein", bound: 95, atLeast: true, digits: 1},
	{about: "  on the disk later", workload: "Slow/sync=later", unit: "%ideal", impl: "skein", bound: none, digits: 1},
	{about: "three servers that all have each message", workload: "Nodes", unit: "tasks/s", impl: "three", than: "one", bound: 0.5, atLeast: true, digits: 2},
	{about: "  their leader is killed: silence at the waiter, s", workload: "Leader", unit: "silence-s", impl: "skein", bound: 15, never: true, digits: 1},
	{about: "  errors that the waiter gets meanwhile", workload: "Leader", unit: "errors", impl: "skein", bound: 0, never: true},
	{about: "10 million tasks: peak of the waiter, MB", workload: "Millions", unit: "waiter-MB", impl: "skein", bound: 256},
	{about: "  of the worker, MB", workload: "Millions", unit: "worker-MB", impl: "skein", bound: 256},
	{about: "  waited for once more, from the start, s", workload: "Millions", unit: "again-s", impl: "skein", bound: 30, digits: 1},
	{about: "embedding: until it can be used, ms", workload: "Open", unit: "ms", impl: "skein", bound: 15, digits: 1},
	{about: "  the whole program, idle, MB", workload: "Open", unit: "idle-MB", impl: "skein", bound: 20, digits: 1},
}

var clusterUnits = []string{"tasks/s", "submits/s", "wait-ms", "p50-ms", "max-ms", "%ideal", "silence-s"}

// clusterWorkloads are the benchmarks of package bench/cluster. Each measures
// itself once. Millions takes minutes.
func (g *gobench) clusterWorkloads() []workload {
	const once = "1x"
	return []workload{
		g.workload("Bulk/sync=always", once, 0, "asynq", "river", "skein"),
		g.workload("Bulk/sync=later", once, 0, "asynq", "skein"),
		g.workload("Submit/callers=64", once, 0, "asynq", "river", "skein"),
		g.workload("Slow/sync=always", once, 0, "skein"),
		g.workload("Slow/sync=later", once, 0, "skein"),
		g.workload("Nodes", once, 0, "one", "three"),
		g.workload("Open", once, 0, "skein"),
		g.workload("Leader", once, 3, "skein"),
		g.workload("Idle", once, 3, "asynq", "asynq_tuned", "river", "river_tuned", "skein"),
		g.workload("Millions", once, 1, "skein"),
	}
}

// compileCluster builds the benchmarks and the processes that they start.
func compileCluster(ctx context.Context, root, dir string) (*gobench, error) {
	node := filepath.Join(dir, "node")
	// What a benchmark that is killed leaves behind goes with dir. PostgreSQL,
	// as a user of its own, must come in.
	if err := errors.Join(os.Setenv("TMPDIR", dir), os.Chmod(dir, 0o711)); err != nil {
		return nil, err
	}
	g := &gobench{binary: filepath.Join(dir, "cluster.test"), flags: []string{"-node=" + node}}
	for _, line := range [][]string{
		{"build", "-o", node, "example.com/skein/bench/cluster/cmd/node"},
		{"test", "-c", "-o", g.binary, "example.com/skein/bench/cluster"},
	} {
		if _, err := output(ctx, root, "go", line...); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// clusterPackages are Debian's of the rivals' servers. Those of PostgreSQL are
// in no one's path; this one, of its package, is.
var clusterPackages = map[string]string{
	"redis-server":     "redis-server",
	"pg_createcluster": "postgresql",
}

// servers are what a rival cannot be without, by the beginning of its name.
var servers = map[string]string{"asynq": "redis-server", "river": "pg_createcluster"}

// withServers leaves out the rivals whose server is not here, and says so.
func withServers(work []workload) (notices []string) {
	for rival, server := range servers {
		if _, err := exec.LookPath(server); err == nil {
			continue
		}
		notices = append(notices, rival+" is left out: its server is not installed")
		for i := range work {
			work[i].subjects = slices.DeleteFunc(work[i].subjects, func(s subject) bool { return strings.HasPrefix(s.impl, rival) })
		}
	}
	return notices
}
