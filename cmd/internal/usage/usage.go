// Package usage has the error of the one who called us: what is wrong, and a
// way out. It ends the program with exit status 2 before anything has started.
package usage

import (
	"errors"
	"fmt"
	"io"
)

// Error is a mistake in the command line or in what it names. Hint is a whole
// sentence that says what to write instead, without a full stop; it may be
// empty.
type Error struct {
	What string
	Hint string
}

func (e *Error) Error() string { return e.What }

// Errorf makes an Error; format and args give What.
func Errorf(hint, format string, args ...any) *Error {
	return &Error{What: fmt.Sprintf(format, args...), Hint: hint}
}

// Tell writes an error behind a prefix, and below it the hint if it has one.
func Tell(w io.Writer, prefix string, err error) {
	fmt.Fprintf(w, "%s%v\n", prefix, err)
	var e *Error
	if errors.As(err, &e) && e.Hint != "" {
		fmt.Fprintf(w, "hint: %s\n", e.Hint)
	}
}
