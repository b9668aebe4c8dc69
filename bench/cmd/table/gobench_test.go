package main

import (
	"maps"
	"testing"
)

func TestTheLineOfABenchmarkIsRead(t *testing.T) {
	m, err := parse("goos: linux\nBenchmarkSpawn/tasks=10/impl=go-2 \t 20539\t 2980 ns/op\t 4.000 B/task\nPASS\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := (metrics{"ns/op": 2980, "B/task": 4}); !maps.Equal(m, want) {
		t.Errorf("got %v, want %v", m, want)
	}
}

func TestABenchmarkThatIsNotThereIsAnError(t *testing.T) {
	if m, err := parse("goos: linux\nPASS\n"); err == nil {
		t.Errorf("got %v", m)
	}
}

func TestAPatternMatchesOneBenchmark(t *testing.T) {
	if got, want := exactly("Spawn/tasks=10/impl=go"), "^BenchmarkSpawn$/^tasks=10$/^impl=go$"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
