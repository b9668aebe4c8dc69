// Package clusterweb serves a page that shows what the runs, queues and workers
// of a cluster do, and lets its owner cancel runs and submit dead tasks again. It
// is the page of package insight, with more on it.
//
// [Serve] is the way in. Nothing is read from the cluster while nobody looks.
package clusterweb

import (
	"context"
	"errors"
	"net/http"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/loopback"
)

// Page is a page that is served.
type Page struct {
	// With a secret in each: who does not know it is refused.
	URL     string
	LookURL string // of the same page, which changes nothing there

	page *loopback.Page
	stop context.CancelFunc
	done chan error
}

// Serve serves the page at a loopback address until Close is called. It returns
// once it listens. It refuses a client that only works.
func Serve(address, told string, c *cluster.Client) (*Page, error) {
	if _, err := c.Runs(context.Background()); err != nil {
		return nil, err
	}
	b := newBoard(c)
	changes, looks := newHandlers(b)
	page, err := loopback.Listen(address, told, changes, looks)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Page{URL: page.URLs[0], LookURL: page.URLs[1], page: page, stop: stop, done: make(chan error, 2)}
	go func() {
		b.follow(ctx)
		p.done <- nil
	}()
	go func() { p.done <- page.Serve() }()
	return p, nil
}

// Close ends the page, and waits until nothing of it runs.
func (p *Page) Close() error {
	p.stop()
	err := p.page.Server.Close()
	for range cap(p.done) {
		if served := <-p.done; served != nil && !errors.Is(served, http.ErrServerClosed) {
			err = served
		}
	}
	return err
}
