// Package attach lets other programs of the same user look into a run, and
// change it, while it goes on.
//
// A run calls [Listen] with its [Board], which [Board.Watch] keeps up to date.
// Whoever looks calls [Runs] and [Dial]. It is not a record: what has ended is
// counted, and nothing more is known of it.
//
// # Protocol
//
// Each run listens on a Unix socket of mode 0600, RUN.sock, in [Home], which
// has mode 0700. Programs of other users are hung up on. A connection carries
// JSON, one value per line: a [Request] goes in, a [Reply] comes back, as often
// as wanted.
//
//	{"do":"state"}             how the run stands
//	{"do":"limit","limit":4}   at most 4 tasks at a time; 0: as many as the system allows
//	{"do":"cancel","task":7}   end task 7, if it runs
//	{"do":"stop"}              start no further task and end those that run
//
// Each is answered by the state after it, or by an error with the state left
// out. A request that cannot be read is answered so too, and ends the
// connection. What a reader does not know it passes over.
package attach

import (
	"time"

	"example.com/skein/cmd/internal/task"
)

// Request is what a run is asked to do.
type Request struct {
	Do    string `json:"do"`
	Limit *int   `json:"limit,omitempty"`
	Task  int    `json:"task,omitempty"`
}

// Reply is the answer to a Request: one of the two.
type Reply struct {
	State *State `json:"state,omitempty"`
	Error string `json:"error,omitempty"`
}

// Run is what does not change while a run goes on.
type Run struct {
	ID        string    `json:"run"`
	PID       int       `json:"pid"`
	Begun     time.Time `json:"begun"`
	Directory string    `json:"directory"`
	Args      []string  `json:"args"`
}

// State is how a run stands.
type State struct {
	Run
	Time    time.Time            `json:"time"`
	Limit   int                  `json:"limit"`
	Counts  map[task.Outcome]int `json:"counts"`  // of the tasks that have ended
	Retried int                  `json:"retried"` // attempts that another followed
	Halted  string               `json:"halted,omitempty"`
	Active  int                  `json:"active"`  // how many run
	Running []Running            `json:"running"` // the eldest of them, at most a thousand
}

// Running is a task that runs.
type Running struct {
	Task    int       `json:"task"`
	Name    string    `json:"name"`
	Slot    int       `json:"slot"`
	Attempt int       `json:"attempt"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
}

// Hands are what reaches into the run. They are called by any goroutine. What
// is nil cannot be done, but for Limit, which has to be there.
type Hands struct {
	Limit    func() int
	SetLimit func(n int)        // n is not negative
	Cancel   func(seq int) bool // whether that task runs
	Stop     func()
}
