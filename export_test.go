package skein

import "time"

// RaceEnabled tells tests that count in thousands that each costs more now.
const RaceEnabled = raceEnabled

// SetGrace shortens the grace of panics, for a process of its own. It returns
// what the grace is for everybody else.
func SetGrace(d time.Duration) time.Duration {
	old := grace
	grace = d
	return old
}
