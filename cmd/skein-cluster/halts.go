package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/usage"
)

// halts are the times when the server could write nothing. It is one after the
// other.
type halts struct{ since time.Time }

// tell says on stderr that one begins, or is over.
func (h *halts) tell(why error) {
	if why == nil {
		fmt.Fprintf(os.Stderr, "skein: serve: the server was started again after %v, and goes on\n",
			time.Since(h.since).Round(100*time.Millisecond))
		h.since = time.Time{}
		return
	}
	if h.since.IsZero() {
		h.since = time.Now()
	}
	hint := "who submits waits, and so do workers with what has ended; the server goes on by itself when it can write"
	if errors.Is(why, syscall.ENOSPC) {
		hint = "make room on that disk: the server goes on by itself then. Until then who submits waits, and so do workers with what has ended"
	}
	usage.Tell(os.Stderr, "skein: serve: ", usage.Errorf(hint, "%s", inert.Text(why.Error())))
}
