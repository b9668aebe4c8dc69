// Command scale measures what docs/scale.md is calculated from: what a task costs
// in bytes, CPU time and messages, what the server keeps in memory for each batch,
// and how fast a waiter reads it all again. It takes about a minute:
//
//	go run ./bench/cluster/cmd/scale
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
)

func main() {
	fmt.Printf("%s %s/%s, %d processors\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, part := range []func(context.Context) error{disk, fsynced, notSynced, alone, single, subjects} {
		if err := part(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// machine is a server, in this process, and a client of it over loopback.
type machine struct {
	dir string
	s   *server.Server
	c   *cluster.Client
	nc  *nats.Conn
}

func start(ctx context.Context, sync bool) (*machine, error) {
	dir, err := os.MkdirTemp("", "scale-")
	if err != nil {
		return nil, err
	}
	m := &machine{dir: dir}
	if err := m.serve(sync); err != nil {
		return nil, err
	}
	if m.c, err = cluster.Open(ctx, m.s.ClientURL(), cluster.MaxBytes(8<<30)); err == nil {
		m.nc, err = nats.Connect(m.s.ClientURL())
	}
	return m, err
}

func (m *machine) serve(sync bool) (err error) {
	m.s, err = server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: m.dir, SyncAlways: sync, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return err
	}
	m.s.Start()
	if !m.s.ReadyForConnections(time.Minute) {
		return fmt.Errorf("the server does not start")
	}
	return nil
}

func (m *machine) end() {
	m.nc.Close()
	m.c.Close()
	m.s.Shutdown()
	m.s.WaitForShutdown()
	os.RemoveAll(m.dir)
}

func (m *machine) state(ctx context.Context, stream string) (jetstream.StreamState, error) {
	js, err := jetstream.New(m.nc)
	if err != nil {
		return jetstream.StreamState{}, err
	}
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return jetstream.StreamState{}, err
	}
	return s.CachedInfo().State, nil
}

// cpu is the time of the processors that this program has had.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// disk measures one fsync.
func disk(context.Context) error {
	f, err := os.CreateTemp("", "scale-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	const n = 300
	block := make([]byte, 8<<10)
	began := time.Now()
	for range n {
		if _, err := f.Write(block); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	fmt.Printf("fsync of 8 KiB: %v\n", (time.Since(began) / n).Round(time.Microsecond))
	return nil
}

var typ = cluster.Define[[]byte, int]("t")

func fsynced(ctx context.Context) error   { return batched(ctx, "fsync", true, 100_000) }
func notSynced(ctx context.Context) error { return batched(ctx, "no fsync", false, 400_000) }

// batched measures a run of tasks of 100 bytes in whole batches: submitted, then
// run, then read again.
func batched(ctx context.Context, name string, sync bool, n int) error {
	m, err := start(ctx, sync)
	if err != nil {
		return err
	}
	defer m.end()
	run, err := m.c.Run(ctx, "r")
	if err != nil {
		return err
	}
	args := make([]byte, 75) // 100 in base64
	began, used := time.Now(), cpu()
	if _, err := typ.SubmitAll(ctx, run, func(yield func([]byte) bool) {
		for range n {
			if !yield(args) {
				return
			}
		}
	}); err != nil {
		return err
	}
	took, spent := time.Since(began), cpu()-used
	state, err := m.state(ctx, "SKEIN_TASKS")
	if err != nil {
		return err
	}
	fmt.Printf("%s: submit %d: %.0f tasks/s, CPU %.1f µs a task, %d messages, %d bytes a task\n",
		name, n, per(n, took), micros(spent, n), state.Msgs, state.Bytes/uint64(n))
	if took, spent, err = m.work(ctx, run, slots, nothing); err != nil {
		return err
	}
	if state, err = m.state(ctx, "SKEIN_DONE"); err != nil {
		return err
	}
	fmt.Printf("%s: run and wait: %.0f tasks/s, CPU %.1f µs a task, %d messages, %d bytes a task\n",
		name, per(n, took), micros(spent, n), state.Msgs, state.Bytes/uint64(n))
	began, used = time.Now(), cpu()
	for _, err := range run.Outcomes(ctx) {
		if err != nil {
			return err
		}
	}
	fmt.Printf("%s: read again: %.0f tasks/s, CPU %.1f µs a task\n", name, per(n, time.Since(began)), micros(cpu()-used, n))
	return nil
}

// slots are so many that what has ended and is not recorded never holds it up.
const slots = 256

func nothing(context.Context, []byte) (int, error) { return 1, nil }

// work has the tasks of a run done, and tells how long that took, and how much of
// the processors.
func (m *machine) work(ctx context.Context, run *cluster.Run, slots int, f func(context.Context, []byte) (int, error)) (took, spent time.Duration, err error) {
	typ.Handle(m.c, f)
	working, enough := context.WithCancel(ctx)
	over := make(chan error, 1)
	began, used := time.Now(), cpu()
	go func() { over <- m.c.Work(working, slots) }()
	err = run.Wait(ctx)
	took, spent = time.Since(began), cpu()-used
	if enough(); err == nil {
		err = <-over
	}
	return took, spent, err
}

func per(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

func micros(spent time.Duration, n int) float64 { return float64(spent.Microseconds()) / float64(n) }

// alone measures tasks of 100 bytes that travel alone.
func alone(ctx context.Context) error {
	m, err := start(ctx, false)
	if err != nil {
		return err
	}
	defer m.end()
	run, err := m.c.Run(ctx, "r")
	if err != nil {
		return err
	}
	const n = 20_000
	began, used := time.Now(), cpu()
	for range n {
		if _, err := typ.Submit(ctx, run, make([]byte, 75)); err != nil {
			return err
		}
	}
	took, spent := time.Since(began), cpu()-used
	state, err := m.state(ctx, "SKEIN_TASKS")
	if err != nil {
		return err
	}
	fmt.Printf("alone: submit %d: %.0f tasks/s, CPU %.1f µs a task, %d bytes a task\n", n, per(n, took), micros(spent, n), state.Bytes/n)
	if took, spent, err = m.work(ctx, run, slots, nothing); err != nil {
		return err
	}
	state, err = m.state(ctx, "SKEIN_DONE")
	fmt.Printf("alone: run and wait: %.0f tasks/s, CPU %.1f µs a task, %d bytes a task\n", per(n, took), micros(spent, n), state.Bytes/n)
	return err
}

// single measures tasks of a second that travel alone, as one submitter submits
// them that waits for each, on a worker with room for all.
func single(ctx context.Context) error {
	m, err := start(ctx, false)
	if err != nil {
		return err
	}
	defer m.end()
	run, err := m.c.Run(ctx, "r")
	if err != nil {
		return err
	}
	const n = 128
	for range n {
		if _, err := typ.Submit(ctx, run, nil); err != nil {
			return err
		}
	}
	took, _, err := m.work(ctx, run, 1000, func(ctx context.Context, _ []byte) (int, error) {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
		return 1, nil
	})
	fmt.Printf("%d tasks of 1 s that travel alone, a worker of 1000: %v\n", n, took.Round(10*time.Millisecond))
	return err
}

// subjects measures what the server keeps in memory for each message of the done
// log, of which each batch has a subject, and how long it takes to start again
// with them.
func subjects(ctx context.Context) error {
	m, err := start(ctx, false)
	if err != nil {
		return err
	}
	defer m.end()
	js, err := jetstream.New(m.nc, jetstream.WithPublishAsyncMaxPending(10_000), jetstream.WithPublishAsyncTimeout(time.Minute))
	if err != nil {
		return err
	}
	const n = 500_000
	data := make([]byte, 200)
	before := heap()
	for i := range n {
		if _, err := js.PublishAsync(fmt.Sprintf("skein.0.r.done.t.1.%d-%d", 64*i+1, 64*i+64), data, jetstream.WithStallWait(time.Minute)); err != nil {
			return err
		}
	}
	<-js.PublishAsyncComplete()
	fmt.Printf("a batch in the done log, of %d: %d bytes of memory\n", n, (heap()-before)/n)
	m.s.Shutdown()
	m.s.WaitForShutdown()
	began := time.Now()
	if err := m.serve(false); err != nil {
		return err
	}
	nc, err := nats.Connect(m.s.ClientURL())
	if err != nil {
		return err
	}
	m.nc.Close()
	m.nc = nc
	if _, err := m.state(ctx, "SKEIN_DONE"); err != nil {
		return err
	}
	fmt.Printf("to start again with them: %v\n", time.Since(began).Round(time.Millisecond))
	return nil
}

func heap() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
