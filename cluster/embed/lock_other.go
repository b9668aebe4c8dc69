//go:build !unix

package embed

import "errors"

// Nothing is locked here: who runs two servers in one directory loses it.

func lock(string) (unlock func(), err error) { return func() {}, nil }

func occupy(string) (ready func() error, leave func(), err error) {
	return func() error { return nil }, func() {}, nil
}

var errOccupied = errors.New("occupied")

// running says yes, as it cannot be known: a server that does not run is then
// told in vain, and that is an error.
func running(string) bool { return true }

func starting(string) bool { return false }
