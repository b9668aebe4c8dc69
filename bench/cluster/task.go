package bench

import (
	"iter"
	"strings"

	"example.com/skein/cluster"
)

// Nothing is the task of every workload. Its result says which process ran it.
var Nothing = cluster.Define[string, int]("nothing")

// Bytes is how long a task's arguments are where they are stored.
const Bytes = 100

// Args are Nothing's: with their quotes they have 100 bytes.
var Args = strings.Repeat("x", Bytes-len(`""`))

// Tasks gives the arguments of n tasks.
func Tasks(n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range n {
			if !yield(Args) {
				return
			}
		}
	}
}
