// Package servers starts servers of others for tests: without keys, on loopback,
// as an operator of one's own NATS would have them. Only tests import it.
package servers

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// starting is how long servers may take to start, and to agree who leads.
const starting = 30 * time.Second

// One starts a server, which ends with the test. The options may be changed
// first.
func One(t testing.TB, change ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true}
	for _, f := range change {
		f(o)
	}
	s := begin(t, o)
	if !s.ReadyForConnections(starting) {
		t.Fatal("the server does not start")
	}
	return s
}

func begin(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// Cluster starts n servers that make up one cluster, n0, n1 and so on, and
// returns them once one of them leads.
func Cluster(t testing.TB, n int) []*server.Server {
	t.Helper()
	routes := freeRoutes(t, n)
	var all []*server.Server
	for i, route := range routes {
		port, err := strconv.Atoi(route.Port())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, begin(t, &server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(),
			HTTPHost: "127.0.0.1", HTTPPort: -1,
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port}, Routes: routes, NoSigs: true, NoLog: true,
		}))
	}
	for _, s := range all {
		if !s.ReadyForConnections(starting) {
			t.Fatal("a server does not start")
		}
	}
	for late := time.Now().Add(starting); !led(all); <-time.After(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("none of the servers leads")
		}
	}
	return all
}

func led(all []*server.Server) bool {
	for _, s := range all {
		if s.JetStreamIsLeader() {
			return true
		}
	}
	return false
}

// freeRoutes are addresses by which the servers find each other, which each must
// know before the others are there.
func freeRoutes(t testing.TB, n int) (routes []*url.URL) {
	t.Helper()
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
