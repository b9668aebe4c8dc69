//go:build race

package insight_test

// Under the race detector a goroutine costs thirty times as much.
const manyWorkers = 10_000
