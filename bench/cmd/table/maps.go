package main

// mapFigures are what Map, Each and EachSeq promise. The limit is code by hand that
// calls a plain function, without a context and an error, in a chunk per
// processor; it loses where the items do not cost the same.
var mapFigures = []figure{
	{about: "Map of a million items, 1 ns body (aim: 1.4)", workload: "Map/items=1000000/body=1ns", unit: "ns/task", impl: "skein", than: "chunks", bound: 1.7, digits: 2},
	{about: "Map of a million items, 100 ns body", workload: "Map/items=1000000/body=100ns", unit: "ns/task", impl: "skein", than: "chunks", bound: 1.1, digits: 2},
	{about: "Map of a million items, half of them dear", workload: "Map/items=1000000/body=skewed", unit: "ns/task", impl: "skein", than: "chunks", bound: 0.6, digits: 2},
	{about: "Map of 2 items, 100 ns body", workload: "Map/items=2/body=100ns", unit: "ns/task", impl: "skein", than: "loop", bound: 2.5, digits: 2},
	{about: "  of 100 items", workload: "Map/items=100/body=100ns", unit: "ns/task", impl: "skein", than: "loop", bound: none, digits: 2},
	{about: "  of 100,000 items, 10 µs body", workload: "Map/items=100000/body=10µs", unit: "ns/task", impl: "skein", than: "chunks", bound: none, digits: 2},
	{about: "Each over a million items, 1 ns body", workload: "Each/items=1000000/body=1ns", unit: "ns/task", impl: "skein", than: "loop", bound: none, digits: 2},
	{about: "  with a 100 ns body", workload: "Each/items=1000000/body=100ns", unit: "ns/task", impl: "skein", than: "chunks", bound: none, digits: 2},
	{about: "EachSeq over a million items, 1 ns body", workload: "EachSeq/items=1000000/body=1ns", unit: "ns/task", impl: "skein", than: "loop", bound: none, digits: 2},
	{about: "  over 100,000, 1 µs body", workload: "EachSeq/items=100000/body=1µs", unit: "ns/task", impl: "skein", than: "loop", bound: none, digits: 2},
	{about: "  over 10,000, 10 µs body", workload: "EachSeq/items=10000/body=10µs", unit: "ns/task", impl: "skein", than: "loop", bound: none, digits: 2},
}

var mappers = []string{"rill", "errgroup", "pond", "conc", "loop", "chunks", "skein"}

var feeders = []string{"rill", "pond", "conc", "errgroup", "loop", "skein"}

func (g *gobench) mapWorkloads() []workload {
	return []workload{
		g.workload("Map/items=1000000/body=1ns", g.benchtime, 0, mappers...),
		g.workload("Map/items=1000000/body=100ns", g.benchtime, 0, mappers...),
		g.workload("Map/items=1000000/body=skewed", g.benchtime, 0, mappers...),
		g.workload("Map/items=2/body=100ns", g.benchtime, 0, "rill", "errgroup", "pond", "conc", "chunks", "loop", "skein"),
		g.workload("Map/items=100/body=100ns", g.benchtime, 0, "conc", "chunks", "loop", "skein"),
		g.workload("Map/items=100000/body=10µs", "1x", 3, "conc", "loop", "chunks", "skein"),
		g.workload("Each/items=1000000/body=1ns", g.benchtime, 0, "rill", "errgroup", "pond", "conc", "chunks", "loop", "skein"),
		g.workload("Each/items=1000000/body=100ns", g.benchtime, 0, "conc", "loop", "chunks", "skein"),
		g.workload("EachSeq/items=1000000/body=1ns", g.benchtime, 0, feeders...),
		g.workload("EachSeq/items=100000/body=1µs", g.benchtime, 0, feeders...),
		g.workload("EachSeq/items=10000/body=10µs", g.benchtime, 0, feeders...),
	}
}
