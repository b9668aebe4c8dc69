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
	"strings"
	"time"

	"example.com/skein/cmd/internal/usage"
)

// Page is what is to be served.
type Page struct {
	net.Listener
	Server *http.Server
	URL    string // with the secret in it; it ends in a slash
}

// Listen listens at a loopback address. Who asks there without the secret that
// is in the URL, as other users of the machine can, is refused, and told that
// told has printed it. It blocks for no longer than that takes; Serve serves.
func Listen(address, told string, page http.Handler) (*Page, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	secret := rand.Text()
	return &Page{
		Listener: l,
		Server:   &http.Server{Handler: behind(secret, told, page), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute},
		URL:      fmt.Sprintf("http://%s/%s/", l.Addr(), secret),
	}, nil
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

// behind answers only at addresses that begin with the secret.
func behind(secret, told string, page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, under := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if !under || subtle.ConstantTimeCompare([]byte(first), []byte(secret)) != 1 {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, "%s: the address is not whole\nhint: %s has printed it\n", told, told)
			return
		}
		http.StripPrefix("/"+first, page).ServeHTTP(w, r)
	})
}

// Tell writes where the page is. If nobody can be told nothing is served.
func (p *Page) Tell(w io.Writer, format string) error {
	_, err := fmt.Fprintf(w, format, p.URL)
	if err != nil {
		p.Listener.Close()
	}
	return err
}
