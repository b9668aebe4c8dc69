package main

// streamFigures are what Stream promises, in order, over a sequence whose length
// nobody knows. On two processors no more than half of a loop's time can be
// saved.
var streamFigures = []figure{
	{about: "Stream, 1 ns body", workload: "Stream/body=1ns", unit: "ns/task", impl: "skein", than: "loop", bound: 4.0, digits: 2},
	{about: "Stream, 100 ns body", workload: "Stream/body=100ns", unit: "ns/task", impl: "skein", than: "loop", bound: 0.95, digits: 2},
	{about: "Stream, 10 µs body", workload: "Stream/body=10µs", unit: "ns/task", impl: "skein", than: "loop", bound: 0.7, digits: 2},
	{about: "Stream, 100 µs body", workload: "Stream/body=100µs", unit: "ns/task", impl: "skein", than: "loop", bound: 0.6, digits: 2},
}

func (g *gobench) streamWorkloads() []workload {
	return []workload{
		g.workload("Stream/body=1ns", g.benchtime, 0, "rill", "conc", "chans", "unordered", "loop", "skein"),
		g.workload("Stream/body=100ns", g.benchtime, 0, "rill", "conc", "chans", "unordered", "loop", "skein"),
		g.workload("Stream/body=10µs", g.benchtime, 0, "rill", "conc", "chans", "loop", "skein"),
		g.workload("Stream/body=100µs", g.benchtime, 0, "rill", "conc", "chans", "loop", "skein"),
	}
}
