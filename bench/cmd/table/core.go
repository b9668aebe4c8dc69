package main

import "context"

// coreFigures are the library's promises.
var coreFigures = []figure{
	{about: "spawn and wait, 1000 trivial tasks", workload: "Spawn/tasks=1000", unit: "ns/task", impl: "skein", than: "go", bound: 0.25, digits: 2},
	{about: "spawn and wait, 10 trivial tasks", workload: "Spawn/tasks=10", unit: "ns/task", impl: "skein", than: "go", bound: 1.1, digits: 2},
	{about: "1000 tasks of 1 µs", workload: "Short/tasks=1000", unit: "ns/task", impl: "skein", than: "go", bound: 0.95, digits: 2},
	{about: "1000 tasks, all in flight at once (aim: 1.2)", workload: "Barrier/tasks=1000", unit: "ns/task", impl: "skein", than: "go", bound: 1.5, digits: 2},
	{about: "limited group, 2", workload: "Limit/limit=2/tasks=1000", unit: "ns/task", impl: "skein", than: "pond", bound: 0.66, digits: 2},
	{about: "limited group, 10", workload: "Limit/limit=10/tasks=1000", unit: "ns/task", impl: "skein", than: "pond", bound: 0.66, digits: 2},
	{about: "pool of a million tasks, 2 workers", workload: "Pool/workers=2/closure=no", unit: "ns/task", impl: "skein", than: "pond", bound: 0.7, digits: 2},
	{about: "pool of a million tasks, 64 workers", workload: "Pool/workers=64/closure=no", unit: "ns/task", impl: "skein", than: "pond", bound: 0.7, digits: 2},
	{about: "  a closure for each task, 2 workers", workload: "Pool/workers=2/closure=yes", unit: "ns/task", impl: "skein", than: "pond", bound: none, digits: 2},
	{about: "  a closure for each task, 64 workers", workload: "Pool/workers=64/closure=yes", unit: "ns/task", impl: "skein", than: "pond", bound: none, digits: 2},
	{about: "100,000 blocked workers, resident bytes each", workload: "Blocked/workers=100000", unit: "rss-B/worker", impl: "skein", bound: 2800, round: true},
	{about: "1,000,000 blocked workers, resident bytes each", workload: "Blocked/workers=1000000", unit: "rss-B/worker", impl: "skein", bound: 2800, round: true},
	{about: "WaitGroup Add+Done, 1 goroutine per processor", workload: "Counter/perproc=1", unit: "ns/pair", impl: "skein", than: "sync", bound: 1.1, digits: 2},
	{about: "WaitGroup Add+Done, 4 goroutines per processor", workload: "Counter/perproc=4", unit: "ns/pair", impl: "skein", than: "sync", bound: 1.1, digits: 2},
	{about: "WaitGroup Add+Done, 32 goroutines per processor", workload: "Counter/perproc=32", unit: "ns/pair", impl: "skein", than: "sync", bound: 1.1, digits: 2},
	{about: "WaitGroup.Go, 1000 trivial tasks", workload: "WaitGroupGo/tasks=1000", unit: "ns/task", impl: "skein", than: "sync", bound: 1.15, digits: 2},
	{about: "a future for each of 1000 tasks, and its value", workload: "Future/tasks=1000", unit: "ns/task", impl: "skein", than: "slice", bound: 1.5, digits: 2},
	{about: "allocations per task beyond the caller's closure", workload: "Spawn/tasks=1000", unit: "allocs/task", impl: "skein", bound: 0, digits: 2, round: true},
	{about: "bytes per queued task", workload: "Queued/tasks=1000000", unit: "B/queued", impl: "skein", bound: 32, round: true},
}

// coreUnits are those of which the medians of all rivals are printed. The
// benchmarks tell more; benchstat shows it.
var coreUnits = []string{"ns/task", "cpu-ns/task", "ns/pair", "rss-B/worker", "B/queued"}

// unlimited and bounded are the rivals by what they can do; the one that a
// promise names stands beside skein.
var (
	unlimited = []string{"workerpool", "ants", "pond", "concpool", "conc", "errgroup", "wggo", "go", "skein"}
	bounded   = []string{"workerpool", "ants", "conc", "errgroup", "go", "pond", "skein"}
	closures  = []string{"errgroup", "go", "pond", "skein"}
	blocking  = []string{"errgroup", "pond", "go", "skein"}
)

// coreWorkloads are the benchmarks of package bench. A pool of a million tasks
// is long enough as one; memory wants a fresh process for each single try, and
// hardly varies.
func (g *gobench) coreWorkloads() []workload {
	const once = "1x"
	return []workload{
		g.workload("Spawn/tasks=1000", g.benchtime, 0, unlimited...),
		g.workload("Spawn/tasks=10", g.benchtime, 0, unlimited...),
		g.workload("Short/tasks=1000", g.benchtime, 0, unlimited...),
		g.workload("Barrier/tasks=1000", g.benchtime, 0, unlimited...),
		g.workload("Limit/limit=2/tasks=1000", g.benchtime, 0, bounded...),
		g.workload("Limit/limit=10/tasks=1000", g.benchtime, 0, bounded...),
		g.workload("Pool/workers=2/closure=no", once, 0, bounded...),
		g.workload("Pool/workers=64/closure=no", once, 0, bounded...),
		g.workload("Pool/workers=2/closure=yes", once, 0, closures...),
		g.workload("Pool/workers=64/closure=yes", once, 0, closures...),
		g.workload("Counter/perproc=1", g.longer, 0, "sync", "skein"),
		g.workload("Counter/perproc=4", g.longer, 0, "sync", "skein"),
		g.workload("Counter/perproc=32", g.longer, 0, "sync", "skein"),
		g.workload("WaitGroupGo/tasks=1000", g.benchtime, 0, "sync", "skein"),
		g.workload("Future/tasks=1000", g.benchtime, 0, "slice", "skein"),
		g.workload("Queued/tasks=1000000", once, 3, "workerpool", "pond", "skein"),
		g.workload("Blocked/workers=100000", once, 3, blocking...),
		g.workload("Blocked/workers=1000000", once, 2, "go", "skein"),
	}
}

func (g *gobench) workload(name, benchtime string, rounds int, impls ...string) workload {
	w := workload{name: name, rounds: rounds}
	for _, impl := range impls {
		w.subjects = append(w.subjects, subject{impl, func(ctx context.Context) (metrics, error) {
			return g.run(ctx, name+"/impl="+impl, benchtime)
		}})
	}
	return w
}
