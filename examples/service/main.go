// Command service is a small service in which a worker gets stuck, and the page
// that finds it: see package insight.
//
//	go run ./examples/service
//
// Open the address that it prints. After some seconds the page names a worker
// that waits in a send for somebody who has left; a click shows where. Ctrl-C
// ends the service.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"example.com/skein"
	"example.com/skein/insight"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "where to listen; keep it on this machine, for nobody is asked who he is")
	stuck := flag.Duration("stuck", 5*time.Second, "how long a worker has run when it counts as stuck")
	flag.Parse()
	skein.Main(func(ctx context.Context) error { return serve(ctx, os.Stdout, *addr, *stuck) })
}

// serve runs the service until ctx is done, or a part of it fails.
func serve(ctx context.Context, out io.Writer, addr string, stuck time.Duration) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "http://%s/debug/skein/\n", listener.Addr())
	fmt.Fprintf(out, "In about %v worker \"weekly\" of group \"reports\" is stuck: find out where.\n", stuck+time.Second)
	return skein.Run(ctx, func(g *skein.Group) error {
		g.GoNamed("http", func(ctx context.Context) error { return answer(ctx, listener, stuck) })
		skein.Supervise(g, "prices", prices, skein.Restart{Period: 10 * time.Second})
		g.GoNamed("orders", takeOrders)
		mails := g.Group(skein.Name("mails"), skein.Limit(2))
		g.GoNamed("newsletter", func(ctx context.Context) error { return newsletter(ctx, mails) })
		report(g.Group(skein.Name("reports")))
		return nil // Run waits for all of them
	}, skein.Name("service"))
}

// answer serves the page until ctx is done.
func answer(ctx context.Context, listener net.Listener, stuck time.Duration) error {
	mux := http.NewServeMux()
	mux.Handle("/debug/skein/", &insight.Handler{Stuck: stuck})
	mux.Handle("/{$}", http.RedirectHandler("/debug/skein/", http.StatusSeeOther))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1) // whoever stops the server must not wait for us
	context.AfterFunc(ctx, func() { stopped <- server.Close() })
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return <-stopped
}
