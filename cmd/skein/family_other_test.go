//go:build !linux || skein_portable

package main

// family is a job that has a child and a grandchild in its group. What goes
// into a session of its own is out of reach here, and so not tried. %s is what
// all of them sleep, by which they are found.
const family = "sleep %[1]s & (sleep %[1]s; true) & wait"

// familySize is how many sleep.
const familySize = 2

// brief is a job that ends at once, and leaves two behind.
const brief = "(sleep %[1]s &); sleep %[1]s & sleep 0.0$1"

// innerAnyMoment says that the inner process may be killed at any moment: here
// the outer one cannot end a job that starts just then, of which it has not
// been told.
const innerAnyMoment = false

// elsewhere are the scripts that are not true of this system, each with the
// reason.
var elsewhere = map[string]string{
	"run_behind": "what tasks leave in sessions of their own is not found",
}
