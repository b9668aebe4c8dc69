package insight

import "example.com/skein"

// Source is what a [Handler] shows in place of the process that it is in:
// groups and workers elsewhere, whatever they are there. Its methods may be
// called concurrently. What they return is the handler's, which cuts it to what
// a page can hold.
type Source interface {
	// Program says whose groups and workers they are.
	Program() Program

	// Snapshot returns what runs now. It is called about once a second while
	// somebody looks.
	Snapshot() skein.Snapshot

	// After returns the workers that have ended since n had, as
	// [skein.History.After] does.
	After(n uint64) ([]skein.Ended, uint64)

	// Details returns a running worker of a group, or all that it is worth
	// showing together if the number is 0. Their Stack is what [Program.Details]
	// calls it.
	Details(group uint64, number int64) []skein.Worker
}

// ended is where a watch reads what has ended: a Source or a History.
type ended interface {
	After(n uint64) ([]skein.Ended, uint64)
}
