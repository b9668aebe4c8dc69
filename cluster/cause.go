package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/skein"
)

// Cause is why a task ended as it did: what has crossed the wire of an error.
// [errors.Is] finds context.Canceled, context.DeadlineExceeded, skein.ErrGoexit
// and this package's own errors in it, and no others.
type Cause struct {
	Text string
	Type string // the name of the error's Go type, or of one of those errors
}

// Error is the error's text.
func (c *Cause) Error() string { return c.Text }

// Is reports whether the error was one of those that are known everywhere.
func (c *Cause) Is(target error) bool {
	err, ok := sentinels[c.Type]
	return ok && err == target
}

// sentinels are the errors that are the same in all programs.
var sentinels = map[string]error{
	"context.Canceled":         context.Canceled,
	"context.DeadlineExceeded": context.DeadlineExceeded,
	"skein.ErrGoexit":          skein.ErrGoexit,
	"cluster.ErrFailFast":      ErrFailFast,
	"cluster.ErrFirstSuccess":  ErrFirstSuccess,
}

// mostCause is how many bytes of a cause cross the wire.
const mostCause = 4 << 10

// causeOf is what crosses the wire of an error.
func causeOf(err error) (text, typ string) {
	text = cut(err.Error())
	var far *Cause
	if errors.As(err, &far) {
		return text, cut(far.Type)
	}
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			return text, name
		}
	}
	return text, cut(fmt.Sprintf("%T", err))
}

// cut leaves as much of a text as crosses the wire.
func cut(text string) string {
	if len(text) > mostCause {
		text = strings.ToValidUTF8(text[:mostCause], "") + "..."
	}
	return text
}

// ErrFailFast is why the rest of a run was cancelled: a task did not succeed, and
// the run was opened with [FailFast].
var ErrFailFast = errors.New("a task did not succeed")

// ErrFirstSuccess is why the rest of a run was cancelled: a task succeeded, and
// the run was opened with [FirstSuccess].
var ErrFirstSuccess = errors.New("a task succeeded")
