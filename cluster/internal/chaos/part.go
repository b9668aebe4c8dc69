package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cluster/embed"
)

// variable makes this program a part of a cluster that is broken.
const variable = "SKEIN_CHAOS_PART"

// part is what a process is to be.
type part struct {
	Role string

	// Of a server.
	Name, Host, Dir string
	Port, RoutePort int
	Monitor         int      // a port that tells how it is
	Routes          []string // of three; none: it is alone
	Store           int64    // most bytes on its disk; 0: as many as it likes

	// Of its clients.
	URL      string
	Replicas int
	MaxBytes int64
	Lease    time.Duration
	Embedded bool   // the server is within the owner, in Dir; there is no URL
	Logs     string // where they write what they did

	Slots int           // of a worker
	Task  time.Duration // what a task takes

	Tasks, Rate int // of who submits: how many, and how many each second
	Seed        uint64
}

// roles are what a process may be.
var roles = map[string]func(part) error{
	"server": serve, "worker": work, "owner": own, "reader": read,
}

// Main makes this process a part of the cluster if a harness has started it as
// one, and does not return then. A program that calls [Run] calls it first.
func Main() {
	text := os.Getenv(variable)
	if text == "" {
		return
	}
	var p part
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		end(part{Role: "part"}, err)
	}
	go func() { // whatever ends the harness ends its parts
		io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	end(p, roles[p.Role](p))
}

func end(p part, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s %s: %s: %v\n", p.Role, p.Name, time.Now().Format("05.000"), err)
		os.Exit(1)
	}
	os.Exit(0)
}

// ready tells the harness.
func ready() { fmt.Println("ready") }

// again does what may fail while something is broken until it succeeds.
func again(what string, f func(context.Context) error) error {
	late := time.Now().Add(2 * patience)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err := f(ctx)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(late) {
			return fmt.Errorf("%s: %w", what, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %s again: %v\n", time.Now().Format("05.000"), what, err)
		<-time.After(50 * time.Millisecond)
	}
}

// open connects to the cluster.
func open(p part) (c *cluster.Client, err error) {
	opts := []cluster.OpenOption{cluster.Lease(p.Lease), cluster.Replicas(p.Replicas)}
	if p.MaxBytes > 0 {
		opts = append(opts, cluster.MaxBytes(p.MaxBytes))
	}
	err = again("open", func(ctx context.Context) error {
		if p.Embedded {
			c, err = embed.Open(ctx, p.Dir, embed.Client(opts...))
			return err
		}
		c, err = cluster.Open(ctx, p.URL, opts...)
		return err
	})
	return c, err
}
