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

const starting = 10 * time.Second

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

// Three starts three servers that know each other: n0, n1 and n2.
func Three(t testing.TB) []*server.Server {
	t.Helper()
	var routes []*url.URL
	for range 3 { // the servers must know each other's ports before they have them
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		l.Close()
	}
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
	return all
}
