package clustertest

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// start is how long servers may take to start, and to agree who leads.
const start = 30 * time.Second

// Servers starts n real servers in the test's process that make up one cluster
// and listen on loopback, without keys, and returns their addresses, with commas
// between them, for cluster.Open, once one of them leads. They end with the test.
// If they do not start the test fails.
func Servers(t testing.TB, n int) (addresses string) {
	t.Helper()
	routes := freeRoutes(t, n)
	var all []*server.Server
	for i, route := range routes {
		port, err := strconv.Atoi(route.Port())
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(),
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port}, Routes: routes, NoSigs: true, NoLog: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		all = append(all, s)
	}
	var urls []string
	for _, s := range all {
		if !s.ReadyForConnections(start) {
			t.Fatal("a server does not start")
		}
		urls = append(urls, s.ClientURL())
	}
	for late := time.Now().Add(start); !led(all); <-time.After(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("none of the servers leads")
		}
	}
	return strings.Join(urls, ",")
}

func led(all []*server.Server) bool {
	for _, s := range all {
		if s.JetStreamIsLeader() {
			return true
		}
	}
	return false
}

// freeRoutes are addresses for the servers to find each other, which each must
// know before the others are there.
func freeRoutes(t testing.TB, n int) (routes []*url.URL) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	return routes
}
