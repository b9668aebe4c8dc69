package bench

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/skein/cluster"
)

var nodeProgram = flag.String("node", "", "command node, compiled; if none is given each benchmark compiles it")

// node is the compiled command.
func node(b testing.TB) string {
	if *nodeProgram != "" {
		return *nodeProgram
	}
	program := filepath.Join(b.TempDir(), "node")
	if out, err := exec.Command("go", "build", "-o", program, "example.com/skein/bench/cluster/cmd/node").CombinedOutput(); err != nil {
		b.Fatalf("compile node: %v: %s", err, out)
	}
	return program
}

// fleet is servers and workers, each a process of its own.
type fleet struct {
	b       testing.TB
	node    string
	url     string // of all servers
	servers map[string]*exec.Cmd
	workers []*exec.Cmd
	client  *cluster.Client
	runs    int // how many there were
}

// startFleet starts so many servers that know each other. With sync they
// acknowledge what is on the disk; without, what the system has.
func startFleet(b testing.TB, servers int, sync bool) *fleet {
	f := &fleet{b: b, node: node(b), servers: map[string]*exec.Cmd{}}
	ports, routes := freePorts(b, servers)
	var urls []string
	for i, port := range ports {
		name := fmt.Sprint("n", i)
		args := []string{"serve", "-dir", b.TempDir(), "-name", name, fmt.Sprint("-sync=", sync)}
		if servers > 1 {
			args = append(args, "-port", fmt.Sprint(port), "-routes", strings.Join(routes, ","))
		}
		cmd := exec.Command(f.node, args...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		start(b, cmd, syscall.SIGKILL)
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			b.Fatalf("server %s does not answer: %v", name, err)
		}
		f.servers[name], urls = cmd, append(urls, strings.TrimSpace(line))
	}
	f.url = strings.Join(urls, ",")
	var err error
	if f.client, err = Open(b.Context(), f.url, servers); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(f.client.Close)
	return f
}

// freePorts finds some: servers must know each other's before they have them.
func freePorts(b testing.TB, n int) (ports []int, routes []string) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		routes = append(routes, "nats://"+l.Addr().String())
	}
	return ports, routes
}

// work starts workers, which run j tasks at a time each.
func (f *fleet) work(workers, j int, args ...string) {
	for range workers {
		cmd := f.command(append([]string{"work", "-j", fmt.Sprint(j)}, args...)...)
		start(f.b, cmd, syscall.SIGTERM)
		f.workers = append(f.workers, cmd)
	}
}

// command is a node that is a client.
func (f *fleet) command(args ...string) *exec.Cmd {
	return exec.Command(f.node, append(args, "-url", f.url, "-replicas", fmt.Sprint(len(f.servers)))...)
}

// numbers runs a node to its end, and gives the two numbers that it prints.
func (f *fleet) numbers(cmd *exec.Cmd) (first, second float64) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		f.b.Fatal(err)
	}
	start(f.b, cmd, syscall.SIGKILL)
	if _, err := fmt.Fscan(out, &first, &second); err != nil {
		f.b.Fatalf("%s: %v", cmd, err)
	}
	return first, second
}

// passed is what is known of a run that has ended.
type passed struct {
	by   []string      // the workers that ran tasks, as the results say it
	busy time.Duration // how long tasks ran, together
}

// pass has n tasks run.
func (f *fleet) pass(n int) (p passed) {
	ctx := context.Background()
	f.runs++
	run, err := f.client.Run(ctx, fmt.Sprint("run-", f.runs))
	if err != nil {
		f.b.Fatal(err)
	}
	if _, err := Nothing.SubmitAll(ctx, run, Tasks(n)); err != nil {
		f.b.Fatal(err)
	}
	if err := run.Close(ctx); err != nil {
		f.b.Fatal(err)
	}
	ended := 0
	for o, err := range run.Outcomes(ctx) {
		if err != nil || o.Outcome != cluster.Succeeded {
			f.b.Fatal(o, err)
		}
		ended++
		p.busy += o.Ended.Sub(o.Started)
		result, err := o.Result(ctx)
		if err != nil {
			f.b.Fatal(err)
		}
		if pid := string(result); !slices.Contains(p.by, pid) {
			p.by = append(p.by, pid)
		}
	}
	if ended != n {
		f.b.Fatalf("%d tasks have ended, of %d", ended, n)
	}
	return p
}

// warmUp has tasks run until each worker takes some.
func (f *fleet) warmUp() {
	eventually(f.b, "have all workers work", func() error {
		if p := f.pass(2000); len(p.by) != len(f.workers) {
			return fmt.Errorf("%d of %d do", len(p.by), len(f.workers))
		}
		return nil
	})
}
