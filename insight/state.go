package insight

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"example.com/skein"
)

// State is what the page shows, as JSON. Names and texts are cut at 200 bytes.
type State struct {
	// The live tree. Of larger ones a thousand groups and a thousand workers
	// are listed, the eldest of each group; the counts are those of all.
	skein.Snapshot

	Program Program `json:"program"`

	// Stuck are the workers that have run for StuckAfter, at most a hundred of
	// them: first those that are most likely stuck, the eldest first.
	// Suspects counts them all, as far as the snapshot lists workers: the
	// hundred eldest of each group. StuckAfter is 0 if none counts as stuck.
	Stuck      []Suspect     `json:"stuck"`
	Suspects   int           `json:"suspects"`
	StuckAfter time.Duration `json:"stuckAfter"` // in nanoseconds

	// Ended are workers that have ended, at most the last 500, in the order of
	// their ends; and Next the number of all that have ended while somebody
	// looked. It never goes back: as the parameter "after" of the next
	// request it asks for those that are new.
	Ended []skein.Ended `json:"ended"`
	Next  uint64        `json:"next"`

	// Seconds are the last 300, as far as somebody has looked; the last one
	// is not over. With the parameter "since" only those from that time on.
	Seconds []Second `json:"seconds"`
}

// Program says whose groups and workers they are.
type Program struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	Go   string `json:"go,omitempty"` // the version

	// Details is what the page calls that which the address stacks tells of a
	// worker; empty: its stack.
	Details string `json:"details,omitempty"`

	// Worker and Group are what the page calls one of these; empty: that.
	Worker string `json:"worker,omitempty"`
	Group  string `json:"group,omitempty"`
}

// state looks at the program for a page that knows the ended workers up to
// number after, and the seconds before since.
func (h *Handler) state(after uint64, since int64) State {
	h.look()
	s := State{Snapshot: h.now(), Program: h.program(), StuckAfter: h.stuck()}
	if s.Groups == nil {
		s.Groups = []skein.GroupState{} // JSON has a list even so
	}
	s.Stuck, s.Suspects = h.suspects(&s.Snapshot)
	prune(&s.Snapshot)
	s.Ended, s.Seconds, s.Next = h.watch.since(after, since)
	return s
}

func (h *Handler) program() Program {
	if h.Source != nil {
		return h.Source.Program()
	}
	return Program{Name: filepath.Base(os.Args[0]), PID: os.Getpid(), Go: runtime.Version()}
}
