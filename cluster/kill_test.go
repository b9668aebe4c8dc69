package cluster_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"example.com/skein/cluster"
)

// workerVariable makes this program a worker of the server that it names.
const workerVariable = "SKEIN_TEST_WORKER"

const testLease = time.Second

var brief = cluster.Define[int, int]("brief")

func TestMain(m *testing.M) {
	if url := os.Getenv(workerVariable); url != "" {
		beWorker(url)
		return
	}
	os.Exit(m.Run())
}

func beWorker(url string) {
	ctx := context.Background()
	c, err := cluster.Open(ctx, url, cluster.Lease(testLease))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	brief.Handle(c, func(_ context.Context, i int) (int, error) {
		<-time.After(2 * time.Millisecond) // what the task does
		return i, nil
	})
	go func() { // it must not outlive the test, whatever ends that
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	fmt.Fprintln(os.Stderr, c.Work(ctx, 16))
}

// startWorker starts a process.
func startWorker(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerVariable+"="+url)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func endWorker(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait()
}

// TestWorkersThatAreKilledLoseNothing kills one of three every now and then. The
// server listens, as it does when somebody joins.
func TestWorkersThatAreKilledLoseNothing(t *testing.T) {
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, NoSigs: true, NoLog: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	c, err := cluster.Open(t.Context(), s.ClientURL(), cluster.Lease(testLease))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var workers [3]*exec.Cmd
	for i := range workers {
		workers[i] = startWorker(t, s.ClientURL())
	}
	defer func() {
		for _, w := range workers {
			endWorker(w)
		}
	}()
	const tasks = 5000
	run := openRun(t, c, "r")
	submitted := make(chan error, 1)
	go func() {
		_, err := brief.SubmitAll(t.Context(), run, numbers(tasks))
		submitted <- err
	}()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 6 {
		<-time.After(time.Duration(50+r.IntN(150)) * time.Millisecond)
		i := r.IntN(len(workers))
		endWorker(workers[i])
		workers[i] = startWorker(t, s.ClientURL())
	}
	if err := <-submitted; err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	seen := map[int]int{}
	for v, err := range brief.Results(t.Context(), run) {
		if err != nil {
			t.Error(err)
		}
		seen[v]++
	}
	for i := range tasks {
		if seen[i] != 1 {
			t.Errorf("task %d is accounted %d times", i, seen[i])
		}
	}
}
