// Package loopback serves a page to the user of this machine who has been told
// its address, and to nobody else.
package loopback

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.com/skein/cmd/internal/usage"
)

// Page is what is to be served.
type Page struct {
	net.Listener
	Server *http.Server
	URLs   []string // of each handler, with its secret in it; they end in a slash
}

// Listen listens at a loopback address. Who asks there without a secret that is in
// one of the URLs, as other users of the machine can, is refused, and told that told
// has printed it. Each handler has a secret of its own. It blocks for no longer than
// that takes; Serve serves.
func Listen(address, told string, handlers ...http.Handler) (*Page, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	p := &Page{Listener: l}
	doors := make([]door, len(handlers))
	for i, h := range handlers {
		doors[i] = door{rand.Text(), h}
		p.URLs = append(p.URLs, fmt.Sprintf("http://%s/%s/", l.Addr(), doors[i].secret))
	}
	p.Server = &http.Server{Handler: behind(doors, told), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	return p, nil
}

// Serve serves until that fails; after [http.Server.Close] the error is
// [http.ErrServerClosed].
func (p *Page) Serve() error { return p.Server.Serve(p.Listener) }

// Check refuses what is no loopback address.
func Check(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usage.Errorf("127.0.0.1:8080; without it the port is a free one", "the page at %s: not HOST:PORT", address)
	}
	ip, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return usage.Errorf("127.0.0.1:8080; from elsewhere ssh -L leads there", "the page at %s: not a loopback address", address)
	}
	return nil
}

// door is what opens a handler.
type door struct {
	secret string
	http.Handler
}

// behind answers only at addresses that begin with a secret.
func behind(doors []door, told string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, under := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		i := slices.IndexFunc(doors, func(d door) bool { return subtle.ConstantTimeCompare([]byte(first), []byte(d.secret)) == 1 })
		if !under || i < 0 {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "%s: the address is not whole\nhint: %s has printed it\n", told, told)
			return
		}
		http.StripPrefix("/"+first, doors[i]).ServeHTTP(w, r)
	})
}

// Tell writes where the first handler's page is. If nobody can be told nothing is served.
func (p *Page) Tell(w io.Writer, format string) error {
	_, err := fmt.Fprintf(w, format, p.URLs[0])
	if err != nil {
		p.Listener.Close()
	}
	return err
}
