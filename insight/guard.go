package insight

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// policy lets the page load its own files and nothing else, run no text as
// code, and be framed by nobody.
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

func (e *refusal) write(w http.ResponseWriter) {
	if e.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, HEAD")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(e.status)
	_, _ = fmt.Fprintf(w, "insight: %s\nhint: %s\n", e.what, e.hint)
}

func badRequest(parameter, want string) *refusal {
	return &refusal{http.StatusBadRequest, "cannot read the parameter " + parameter, "it is " + want}
}

// refuse says why a request gets nothing, or nil.
func (h *Handler) refuse(r *http.Request) *refusal {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return &refusal{http.StatusMethodNotAllowed, "there is nothing to change here", "GET and HEAD"}
	case !h.knows(r.Host):
		return &refusal{http.StatusForbidden, fmt.Sprintf("the host %.200q is not known", r.Host),
			"ask for localhost, or put the name into insight.Handler.Hosts"}
	case foreign(r.Header):
		return &refusal{http.StatusForbidden, "another site asks", "open this address itself, not from a page elsewhere"}
	}
	return nil
}

// knows says whether the handler answers to a Host header. A page of a
// stranger whose name he lets point to us comes with his name.
func (h *Handler) knows(host string) bool {
	host = plainHost(host)
	if host == "" {
		return false
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return true
	}
	return host == "localhost" || slices.ContainsFunc(h.Hosts, func(name string) bool { return plainHost(name) == host })
}

// plainHost takes off a port, brackets, capitals and the dot at the end, and
// gives an address its usual spelling.
func plainHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	return host
}

// foreign says whether a browser makes the request for another origin's page
// (W3C Fetch Metadata). A link may lead here from anywhere: what it opens is a
// page of its own, which the other cannot read, and nothing changes by it.
func foreign(h http.Header) bool {
	switch h.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	case "same-site", "cross-site":
		return h.Get("Sec-Fetch-Mode") != "navigate" || h.Get("Sec-Fetch-Dest") != "document"
	}
	return true
}
