//go:build !unix

package embed

import "errors"

// Nothing is locked here: who runs two servers in one directory loses it.

func lock(string) (unlock func(), err error) { return func() {}, nil }

func occupy(string) (leave func(), err error) { return func() {}, nil }

var errOccupied = errors.New("occupied")

// running says yes, as it cannot be known: a server that does not run is then
// told in vain, and that is an error.
func running(string) bool { return true }
