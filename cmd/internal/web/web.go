// Package web serves the page of package insight for runs that go on.
//
// [Serve] is the way in. Like package top it is linked into skein-top alone.
package web

import (
	"io"

	"example.com/skein/cmd/internal/loopback"
	"example.com/skein/insight"
)

// Serve serves the page at a loopback address, for the runs of these ids, or
// for all that go on if there are none, until serving fails. It writes the
// page's address, which has a secret in it: who does not know that is refused,
// other users of the machine too. The page changes nothing.
func Serve(address string, ids []string, w io.Writer) error {
	page, err := loopback.Listen(address, "skein top", &insight.Handler{Source: &runs{only: ids}, Stuck: -1})
	if err != nil {
		return err
	}
	if err := page.Tell(w, "%s\n"); err != nil {
		return err
	}
	return page.Serve()
}
