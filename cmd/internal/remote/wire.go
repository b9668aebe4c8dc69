// Package remote is a command as a task of a cluster: what goes over the wire,
// and a [Runner] that workers run it with.
package remote

import (
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/away"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/text"
)

// TypeName is what the type is called on the wire.
const TypeName = "command"

// Command is the type. That a command ran and failed is a result and no error:
// whoever submits it says what is to be tried again. An error is why it was not
// run, or that it was cancelled.
var Command = cluster.Define[Args, Result](TypeName, cluster.Attempts(1))

// Args are a command, as somebody on another machine wants it.
type Args struct {
	Mark    away.Mark     `json:"mark,omitzero"`     // comes back in the result
	Argv    text.Words    `json:"argv"`              // argv[0] is looked up in the worker's PATH unless it has a slash
	Dir     text.Text     `json:"dir,omitempty"`     // an absolute path on the worker's machine; empty: where the worker is
	Env     []string      `json:"env,omitempty"`     // NAME=value, beside the worker's environment
	Stdin   []byte        `json:"stdin,omitempty"`   // what it reads; none: nothing
	Timeout time.Duration `json:"timeout,omitempty"` // from its start; 0: none

	Background bool `json:"background,omitempty"` // what it leaves behind lives on, for as long as the worker does
}

// MostOutput is how many bytes of each of its two outputs a result has.
const MostOutput = 16 << 20

// Result is how a command ended, and the beginning of what it wrote.
type Result struct {
	Mark       away.Mark    `json:"mark,omitzero"`
	Outcome    task.Outcome `json:"outcome"`          // succeeded, failed, timed out or killed
	ExitStatus int          `json:"exit_status"`      // -1 unless it exited by itself
	Signal     int          `json:"signal,omitempty"` // 0 unless one ended it
	Cause      string       `json:"cause,omitempty"`  // why it could not be started, or timed out

	NotRunnable int `json:"not_runnable,omitempty"` // what a shell would exit with if argv[0] cannot be run, 126 or 127; else 0

	Stdout      []byte `json:"stdout,omitempty"`
	Stderr      []byte `json:"stderr,omitempty"`
	StdoutBytes int64  `json:"stdout_bytes,omitempty"` // that it wrote in all
	StderrBytes int64  `json:"stderr_bytes,omitempty"`

	Left      int      `json:"left,omitempty"`       // processes that it left behind, which were ended
	LeftNames []string `json:"left_names,omitempty"` // what the first of them are called

	Started    time.Time     `json:"started,omitzero"` // by the worker's clock
	Ended      time.Time     `json:"ended,omitzero"`
	User       time.Duration `json:"user,omitempty"` // CPU time
	System     time.Duration `json:"system,omitempty"`
	PeakMemory int64         `json:"peak_memory,omitempty"` // bytes; 0: not known
	Host       string        `json:"host,omitempty"`        // where it ran
}

// Cut reports whether there was more output than the result has.
func (r *Result) Cut() bool {
	return r.StdoutBytes > int64(len(r.Stdout)) || r.StderrBytes > int64(len(r.Stderr))
}
