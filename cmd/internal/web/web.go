// Package web serves the page of package insight for runs that go on.
//
// [Serve] is the way in. Like package top it is linked into skein-top alone.
package web

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
	"example.com/skein/insight"
)

// Serve serves the page at a loopback address, for the runs of these ids, or
// for all that go on if there are none, until serving fails. It writes the
// page's address, which has a secret in it: who does not know that is refused,
// other users of the machine too. The page changes nothing.
func Serve(address string, ids []string, w io.Writer) error {
	if err := checkLoopback(address); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	secret := rand.Text()
	if _, err := fmt.Fprintf(w, "http://%s/%s/\n", listener.Addr(), secret); err != nil {
		listener.Close()
		return err
	}
	page := &insight.Handler{Source: &runs{only: ids}, Stuck: -1}
	server := &http.Server{Handler: behind(secret, page), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	return server.Serve(listener)
}

func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usage.Errorf("--web alone chooses a free port, or say 127.0.0.1:8080", "--web %s: %v", address, err)
	}
	ip, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return usage.Errorf("127.0.0.1:8080; from elsewhere ssh -L leads there", "--web %s: not a loopback address", address)
	}
	return nil
}

// behind answers only at addresses that begin with the secret.
func behind(secret string, page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, under := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if !under || subtle.ConstantTimeCompare([]byte(first), []byte(secret)) != 1 {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, "skein top: the address is not whole\nhint: skein top has printed it\n")
			return
		}
		page.ServeHTTP(w, r)
	})
}
