package clusterweb

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// policy is that of package insight.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// protect sets the headers that every answer has, refusals too.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// refusal is an answer that gives nothing.
type refusal struct {
	status     int
	what, hint string
}

func (e *refusal) Error() string { return e.what }

func (e *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(e.status)
	_, _ = fmt.Fprintf(w, "skein: %s\nhint: %s\n", e.what, e.hint)
}

// refuse says why a request gets nothing, or nil. What changes something is
// asked for by our own page alone, and by none if there is no token.
func refuse(r *http.Request, token string) *refusal {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case !reads && r.Method != http.MethodPost:
		return &refusal{http.StatusMethodNotAllowed, r.Method + ": not so", "GET to read, POST to change"}
	case !reads && token == "":
		return &refusal{http.StatusForbidden, "this address is only to look at", "the other one that was printed may change things"}
	case !isLoopback(r.Host):
		return &refusal{http.StatusForbidden, fmt.Sprintf("the host %.200q is not known", r.Host), "ask for localhost; from elsewhere ssh -L leads there"}
	case isForeign(r.Header, reads) || !reads && !isOwn(r.Header.Get("Origin"), r.Host):
		return &refusal{http.StatusForbidden, "another site asks", "open this address itself, not from a page elsewhere"}
	case !reads && !same(r.Header.Get(tokenHeader), token):
		return &refusal{http.StatusForbidden, "the token is not the page's", "load the page again: its server is another one now"}
	}
	return nil
}

// isLoopback reports whether a Host header names this machine. A page of a
// stranger whose name he lets point to us comes with his name.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// isForeign reports whether a browser makes the request for another origin's
// page (W3C Fetch Metadata). A link may lead to what is read, from anywhere.
func isForeign(h http.Header, reads bool) bool {
	switch h.Get("Sec-Fetch-Site") {
	case "", "same-origin":
		return false
	case "none":
		return !reads
	case "same-site", "cross-site":
		return !reads || h.Get("Sec-Fetch-Mode") != "navigate" || h.Get("Sec-Fetch-Dest") != "document"
	}
	return true
}

// isOwn reports whether an Origin header names the host that was asked; programs
// that are no browsers send none.
func isOwn(origin, host string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && u.Host == host
}

func writeJSON(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v) // escapes what HTML would take for its own
	if err != nil {
		panic(fmt.Sprintf("clusterweb: encode %T: %v", v, err)) // plain data
	}
	write(w, "application/json; charset=utf-8", b)
}

// write ends an answer. Whether it arrives is the client's affair.
func write(w http.ResponseWriter, contentType string, data []byte) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(data)
}
