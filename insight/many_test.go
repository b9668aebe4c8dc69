//go:build !race

package insight_test

const manyWorkers = 100_000
