package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"example.com/skein/cluster"
)

// startOne starts a server that listens on loopback, without keys.
func startOne(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

// startThree starts three servers that know each other, and gives the address
// of one.
func startThree(t *testing.T) string {
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
	for _, s := range all {
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("a server does not start")
		}
	}
	return all[0].ClientURL()
}

// openThree opens a client of it, once there is a leader.
func openThree(t *testing.T, address string) *cluster.Client {
	t.Helper()
	var err error
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		var c *cluster.Client
		c, err = cluster.Open(ctx, address, cluster.Replicas(3))
		cancel()
		if err == nil {
			t.Cleanup(c.Close)
			return c
		}
	}
	t.Fatal(err)
	return nil
}

func TestThreeServersDecideAsOne(t *testing.T) {
	c := openThree(t, startThree(t))
	echo := cluster.Define[int, int]("echo")
	echo.Handle(c, func(_ context.Context, i int) (int, error) { return i, nil })
	work(t, c, 8)
	first := openRun(t, c, "r")
	if n, err := echo.SubmitAll(t.Context(), first, numbers(500)); n != 500 || err != nil {
		t.Fatal(n, err)
	}
	second := openRun(t, c, "r")
	if _, err := echo.Submit(t.Context(), first, 1000); !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("the first still submits: %v", err)
	}
	if n, err := echo.SubmitAll(t.Context(), second, numbers(100)); n != 100 || err != nil {
		t.Fatal(n, err)
	}
	if err := second.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range echo.Results(t.Context(), first) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 600 {
		t.Errorf("%d outcomes", n)
	}
}
