// Package attach lets other programs of the same user look into a run, and
// change it, while it goes on.
//
// A run calls [Listen] with its [Board], which [Board.Watch] keeps up to date.
// Whoever looks calls [Runs] and [Dial]. It is not a record: of what has ended
// the last is known, and the rest is counted.
//
// # Protocol
//
// Each run listens on a Unix socket of mode 0600, RUN.sock, in [Home], which
// has mode 0700. Programs of other users are hung up on. A connection carries
// JSON, one value per line: a [Request] goes in, a [Reply] comes back, as often
// as wanted.
//
//	{"do":"state"}             how the run stands
//	{"do":"state","task":7}    and the end of what task 7 has written
//	{"do":"state","after":90}  and the tasks that have ended since 90 had
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
	After *int   `json:"after,omitempty"`
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

	// What is only there if it is asked for: the end of what a task that runs
	// has written, as it is; and those that have ended since so many had, at
	// most the last thousand, with the number of all so far.
	Output []byte  `json:"output,omitempty"`
	Ended  []Ended `json:"ended,omitempty"`
	Next   int     `json:"next,omitempty"`
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

// Ended is a task that has ended: one that was started.
type Ended struct {
	Task    int           `json:"task"`
	Name    string        `json:"name"` // the beginning of it
	Attempt int           `json:"attempt"`
	PID     int           `json:"pid"`
	Outcome task.Outcome  `json:"outcome"`
	Why     string        `json:"why,omitempty"`
	Time    time.Time     `json:"time"`
	Took    time.Duration `json:"took"` // its last attempt, in nanoseconds
}

// Hands are what reaches into the run. They are called by any goroutine. What
// is nil cannot be done, but for Limit, which has to be there.
type Hands struct {
	Limit    func() int
	SetLimit func(n int)        // n is not negative
	Cancel   func(seq int) bool // whether that task runs
	Stop     func()
	Output   func(seq int) []byte
}
