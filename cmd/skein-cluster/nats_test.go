package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// nats is a server of somebody else's, without keys: it prints its address, and
// that of its monitoring, and ends at SIGTERM.
func nats() {
	dir, err := os.MkdirTemp("", "nats-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, HTTPHost: "127.0.0.1", HTTPPort: -1, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true,
	})
	if err != nil {
		panic(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		panic("the server does not start")
	}
	fmt.Printf("http://%s\n%s\n", s.MonitorAddr(), s.ClientURL())
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM)
	<-over
	s.Shutdown()
}
