package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/report"
	"example.com/skein/cmd/internal/task"
)

// open lets skein top look into the run, and gives what ends that. A run that
// nobody can look into is a run all the same: why is told only with --verbose.
func (f *flags) open(id string, board *attach.Board, control *local.Control, live *report.Live, stop context.CancelCauseFunc) (end func()) {
	wd, _ := os.Getwd() // where there is none, none is shown
	now := time.Now()
	if id == "" {
		id = journal.NewID() // there is no journal
	}
	server, err := attach.Listen(attach.Run{
		ID: id, PID: local.Leader(), Begun: now, Directory: wd, Args: append([]string{"run"}, f.recorded...),
	}, board, attach.Hands{
		Limit: control.Limit, SetLimit: control.SetLimit, Cancel: control.Cancel,
		Stop:   func() { stop(task.Interrupted(syscall.SIGTERM)) },
		Output: live.Tail,
	})
	if err != nil {
		if f.verbose {
			fmt.Fprintf(os.Stderr, "skein: skein top cannot look into this run: %v\n", err)
		}
		return func() {}
	}
	return server.Close
}
