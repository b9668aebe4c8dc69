package main

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"time"
)

// health is what /healthz says.
type health struct {
	State   string `json:"state"`   // working, or why it is not well
	Running int32  `json:"running"` // commands
}

// serveHealth answers GET /healthz until stop is called; a bare port is one of
// loopback.
func (w *crew) serveHealth(address string) (at string, stop func(), err error) {
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(out http.ResponseWriter, _ *http.Request) {
		h := health{State: "working", Running: w.running.Load()}
		status := http.StatusOK
		if err := w.healthy(); err != nil {
			h.State, status = err.Error(), http.StatusServiceUnavailable
		}
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(status)
		json.NewEncoder(out).Encode(h)
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 1 << 14}
	go s.Serve(l)
	return l.Addr().String(), func() { s.Close() }, nil
}
