package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// serve is a server alone, or one of several. It prints its address once it
// answers.
func serve(ctx context.Context, g *given) error {
	opts := &server.Options{
		ServerName: g.name, Host: "127.0.0.1", Port: -1,
		JetStream: true, StoreDir: g.dir, SyncAlways: g.sync, NoSigs: true, NoLog: true,
	}
	if g.routes != "" {
		opts.Cluster = server.ClusterOpts{Name: "bench", Host: "127.0.0.1", Port: g.port}
		for route := range strings.SplitSeq(g.routes, ",") {
			u, err := url.Parse(route)
			if err != nil {
				return err
			}
			opts.Routes = append(opts.Routes, u)
		}
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		return errors.New("the server does not start")
	}
	fmt.Println(s.ClientURL())
	<-ctx.Done()
	return nil
}
