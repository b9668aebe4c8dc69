package local

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"example.com/skein/cmd/internal/task"
)

// Signals gives a context that is done, with a [task.Interrupted] as its
// cause, at the first SIGINT, SIGTERM or SIGHUP. At the second kill is closed,
// which is for [Options]; at the third the program exits at once. Signals that
// were ignored when the program started stay so. release goes back to the
// system's ways.
//
// Writing to a closed pipe is an ordinary error from now on.
func Signals(parent context.Context) (ctx context.Context, kill <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancelCause(parent)
	killed := make(chan struct{})
	got := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(got, s)
		}
	}
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		defer close(done)
		heed(got, cancel, killed)
	}()
	return ctx, killed, func() {
		signal.Stop(got)
		signal.Stop(broken)
		close(got)
		<-done
		cancel(nil)
	}
}

// heed acts on one signal after the other until got is closed.
func heed(got <-chan os.Signal, cancel context.CancelCauseFunc, killed chan struct{}) {
	n := 0
	for s := range got {
		n++
		switch s := s.(syscall.Signal); n {
		case 1:
			cancel(task.Interrupted(s))
		case 2:
			close(killed)
		default:
			os.Exit(128 + int(s))
		}
	}
}
