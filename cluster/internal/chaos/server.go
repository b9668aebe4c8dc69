package chaos

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/nats-io/nats-server/v2/server"
)

// serve is a server, until it is killed.
func serve(p part) error {
	o := &server.Options{
		ServerName: p.Name, Host: p.Host, Port: p.Port,
		JetStream: true, StoreDir: p.Dir, JetStreamMaxStore: p.Store,
		SyncAlways: len(p.Routes) == 0, // one of three has the others: docs/states.md, A1
		HTTPHost:   p.Host, HTTPPort: p.Monitor,
		LogFile: p.Logs + "/" + p.Name + ".log", Logtime: true,
	}
	if len(p.Routes) > 0 {
		o.Cluster = server.ClusterOpts{Name: "chaos", Host: p.Host, Port: p.RoutePort}
		for _, r := range p.Routes {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: r})
		}
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	if !s.ReadyForConnections(patience) {
		return errors.New("it does not start")
	}
	ready()
	s.WaitForShutdown()
	return nil
}

// address is where a node listens.
func address(host string, port int) string { return fmt.Sprintf("%s:%d", host, port) }
