package chaos

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
)

// node is a server, and where it is.
type node struct {
	*process
	part      part
	namespace string
}

// plan says where each server is.
func (s *stage) plan(f Fault) error {
	if f.embedded {
		s.base.Embedded, s.base.Dir = true, filepath.Join(s.dir, "n0")
		return nil
	}
	n := max(1, f.nodes)
	var urls, routes []string
	for i := range n {
		p := s.base
		p.Role, p.Name, p.Dir = "server", fmt.Sprint("n", i), filepath.Join(s.dir, fmt.Sprint("n", i))
		x := &node{part: p}
		x.part.Host = "127.0.0.1"
		if s.net != nil {
			x.namespace, x.part.Host = s.net.node(i), fmt.Sprint(inNetwork, i+1)
			x.part.Port, x.part.RoutePort, x.part.Monitor = 4222, 6222, 8222
		} else {
			for _, port := range []*int{&x.part.Port, &x.part.RoutePort, &x.part.Monitor} {
				var err error
				if *port, err = freePort(); err != nil {
					return err
				}
			}
		}
		urls = append(urls, "nats://"+address(x.part.Host, x.part.Port))
		routes = append(routes, address(x.part.Host, x.part.RoutePort))
		s.nodes = append(s.nodes, x)
	}
	if f.nodes > 1 {
		for _, x := range s.nodes {
			x.part.Routes = routes
		}
	}
	s.base.URL = strings.Join(urls, ",")
	return nil
}

// freePort is one of which nobody makes use now. A server must have the same
// when it comes back, and others must know it before it is there.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *stage) populate() error {
	var all sync.WaitGroup
	errs := make([]error, len(s.nodes))
	for i, n := range s.nodes {
		all.Go(func() { errs[i] = s.startNode(n) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if s.base.Embedded {
		return nil
	}
	s.workers = make([]*process, 3)
	for i := range s.workers { // the first makes the streams
		if err := s.startWorker(i); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) startNode(n *node) (err error) {
	n.process, err = start(n.namespace, n.part, s.stderr)
	return err
}
