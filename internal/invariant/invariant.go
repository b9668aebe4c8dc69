// Package invariant states what must be true, and checks it where tests look
// for races: a claim in a comment that nobody checks is soon only a hope. Call
// Check inside an if On, so that nothing of it is left in a program.
//
// It is not for what a user can get wrong: misuse panics with a message for
// him, always.
package invariant

// Check panics if what is claimed does not hold.
func Check(holds bool, claim string) {
	if !holds {
		panic("skein: invariant broken: " + claim)
	}
}
