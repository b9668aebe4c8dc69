// Package away runs commands on the workers of a cluster.
//
// [Dial] starts the program skein-cluster, which speaks with the cluster, so
// that skein itself need not be linked with it; the two speak over a pipe, in
// lines of JSON. [Conn.Run] is then what package local's Run is on this machine.
// The program reads a [Request] after the other and writes [Reply]s.
package away

import (
	"time"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/text"
)

// Open says which run of which cluster it is.
type Open struct {
	On     string   `json:"on"`               // an address, or the file of a key
	Run    string   `json:"run"`              // the name of the run
	Before []string `json:"before,omitempty"` // runs whose tasks' ends are wanted, too: it goes on with them
}

// Task is a command for a worker.
type Task struct {
	Mark
	Argv    text.Words    `json:"argv"`
	Dir     text.Text     `json:"dir,omitempty"` // on the worker's machine; empty: where the worker is
	Stdin   []byte        `json:"stdin,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"`

	Background bool `json:"background,omitempty"` // what it leaves behind lives on
}

// Mark says which task it is. It comes back with the task's end, whoever asks
// then.
type Mark struct {
	Seq int    `json:"seq"`
	Key string `json:"key"` // of what it does: that number may have been another task's, of a run before
}

// End is how a task ended.
type End struct {
	Mark
	Outcome    task.Outcome  `json:"outcome"`
	ExitStatus int           `json:"exit_status"` // -1 unless it exited by itself
	Signal     int           `json:"signal,omitempty"`
	Cause      string        `json:"cause,omitempty"`
	NotStarted bool          `json:"not_started,omitempty"` // the worker could not start it
	Word       int           `json:"word,omitempty"`        // because of its command word: what a shell would exit with
	Stdout     []byte        `json:"stdout,omitempty"`
	Stderr     []byte        `json:"stderr,omitempty"`
	Cut        int64         `json:"cut,omitempty"`  // bytes of output that the worker has not kept
	Left       int           `json:"left,omitempty"` // processes that it left behind, which were ended
	LeftNames  []string      `json:"left_names,omitempty"`
	Started    time.Time     `json:"started,omitzero"`
	Ended      time.Time     `json:"ended,omitzero"`
	User       time.Duration `json:"user,omitempty"`
	System     time.Duration `json:"system,omitempty"`
	PeakMemory int64         `json:"peak_memory,omitempty"`
	Host       string        `json:"host,omitempty"`
	Vanished   int           `json:"vanished,omitempty"` // workers that vanished with it
}

// Request is what skein says. One member is set.
type Request struct {
	Open   *Open  `json:"open,omitempty"`
	Task   *Task  `json:"task,omitempty"`
	Cancel string `json:"cancel,omitempty"` // the cause
	Close  bool   `json:"close,omitempty"`  // nothing more comes, and all has ended
}

// Reply is what skein-cluster says. One member is set.
type Reply struct {
	Opened  bool   `json:"opened,omitempty"`
	End     *End   `json:"end,omitempty"`
	Settled bool   `json:"settled,omitempty"` // how the tasks of the runs before ended has been said
	Note    string `json:"note,omitempty"`    // why nothing comes, while that is so
	Error   string `json:"error,omitempty"`   // it is over
	Hint    string `json:"hint,omitempty"`    // beside an error
}
