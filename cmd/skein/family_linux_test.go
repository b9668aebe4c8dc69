//go:build linux && !skein_portable

package main

// family is a job that has a child, a grandchild in its group, one in a
// session of its own, and one there that has lost its environment, too. %s is
// what all of them sleep, by which they are found.
const family = "sleep %[1]s & (sleep %[1]s; true) & setsid sleep %[1]s & (setsid env -i sleep %[1]s &); wait"

// familySize is how many sleep.
const familySize = 4

// brief is a job that ends at once, and leaves two behind.
const brief = "(setsid sleep %[1]s &); sleep %[1]s & sleep 0.0$1"

// innerAnyMoment says that the inner process may be killed at any moment.
const innerAnyMoment = true

// elsewhere are the scripts that say what is true of this system only.
var elsewhere = map[string]string{}
