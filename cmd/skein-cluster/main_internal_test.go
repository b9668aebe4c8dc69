package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/usage"
)

func TestHints(t *testing.T) {
	for _, row := range []struct {
		err  error
		hint string
	}{
		{fmt.Errorf("%w: %w", cluster.ErrNoServer, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), "--advertise"}, // nobody answers
		{fmt.Errorf("%w: %w", cluster.ErrNoServer, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}), "what answers there"},
		{startHint(&fs.PathError{Op: "mkdir", Path: "state", Err: syscall.ENOSPC}), "make room"},
		{startHint(&fs.PathError{Op: "mkdir", Path: "state", Err: syscall.EACCES}), "--dir D is a directory"},
	} {
		var e *usage.Error
		if !errors.As(withHint(row.err), &e) || !strings.Contains(e.Hint, row.hint) {
			t.Errorf("%v: %+v", row.err, e)
		}
	}
}
