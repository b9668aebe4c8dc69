//go:build race

package invariant

// On says whether invariants are checked: under the race detector.
const On = true
