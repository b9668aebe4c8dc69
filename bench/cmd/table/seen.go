package main

// seenFigures are what it may cost that workers can be seen.
var seenFigures = []figure{
	{about: "to be seen, with nobody looking: ns a task over a bare queue", workload: "Seen/tasks=1000", unit: "ns/task", impl: "skein", than: "bare", minus: true, bound: 25, digits: 0},
	{about: "  with a History that is kept", workload: "Seen/tasks=1000", unit: "ns/task", impl: "watched", than: "bare", minus: true, bound: none, digits: 0},
	{about: "  with StuckAfter", workload: "Seen/tasks=1000", unit: "ns/task", impl: "stuckafter", than: "bare", minus: true, bound: none, digits: 0},
	{about: "snapshots of 100,000 workers: a spinning worker's gaps, 99.9th percentile, ms", workload: "Snapshot/workers=100000", unit: "p999-ms", impl: "skein", bound: 5, digits: 3},
	{about: "  its longest gap in a snapshot, median, ms", workload: "Snapshot/workers=100000", unit: "longest-ms", impl: "skein", bound: 5, digits: 3},
	{about: "  the same without snapshots", workload: "Snapshot/workers=100000", unit: "longest-ms", impl: "none", bound: none, digits: 3},
}

func (g *gobench) seenWorkloads() []workload {
	return []workload{
		g.workload("Seen/tasks=1000", g.benchtime, 0, "bare", "skein", "watched", "stuckafter"),
		g.workload("Snapshot/workers=100000", "1x", 3, "none", "skein"),
	}
}
