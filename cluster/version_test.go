package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

// speaker is a server with a client of ours, and one that may say what it likes.
type speaker struct {
	address string
	c       *cluster.Client
	nc      *nats.Conn
}

func openServer(t *testing.T, lease time.Duration) *speaker {
	t.Helper()
	s := &speaker{address: clustertest.Servers(t, 1)}
	s.c = s.open(t, lease)
	nc, err := nats.Connect(s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	s.nc = nc
	return s
}

func (s *speaker) open(t *testing.T, lease time.Duration) *cluster.Client {
	t.Helper()
	c, err := cluster.Open(t.Context(), s.address, cluster.Lease(lease))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// say publishes a message of some version, and returns when the server has it.
func (s *speaker) say(t *testing.T, version, subject, body string) {
	t.Helper()
	m := nats.NewMsg(subject)
	m.Header.Set("Skein-Version", version)
	m.Data = []byte(body)
	if answer, err := s.nc.RequestMsg(m, 10*time.Second); err != nil || strings.Contains(string(answer.Data), "error") {
		t.Fatal(err)
	}
}

const fromTheFuture = `{"worker":"w-9\u001b[31m","v2":"whatever"}`

// What a newer worker has written, or a hostile one, ends nobody's wait if each
// task has an outcome that can be read.
func TestRecordsOfANewerVersionArePassedOver(t *testing.T) {
	s := openServer(t, time.Second)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(s.c, func(_ context.Context, i int) (int, error) { return i, nil })
	run := openRun(t, s.c, "r")
	s.say(t, "2", "skein.0.r.done.none.1.1-1", fromTheFuture)
	for i := 1; i <= 3; i++ {
		s.say(t, fmt.Sprint(1+i), fmt.Sprintf("skein.0.r.done.odd.1.%d-%d", i, i), fromTheFuture)
	}
	if _, err := typ.SubmitAll(t.Context(), run, numbers(3)); err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, s.c, 2)
	seen, err := s.c.Run(t.Context(), "r", cluster.Observe())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	news := 0
	snapshot, err := seen.News(t.Context(), func(*cluster.News) { news++ })
	if err != nil || news != 3 || snapshot.Counts[cluster.Succeeded] != 3 {
		t.Errorf("%d news, %+v, %v", news, snapshot, err)
	}
	if u := snapshot.Unread; len(u) != 1 || u[0] != (cluster.VersionError{Version: 4, Type: "odd", Worker: "w-9\x1b[31m", Messages: 3}) {
		t.Errorf("unread is %+v", u)
	}
}

// A task of which only a newer program knows how it ended is not lost, and not
// cancelled: whoever says so contradicts those who know.
func TestNobodyGuessesHowATaskEnded(t *testing.T) {
	for name, end := range map[string]func(*cluster.Run) error{
		"a run that was closed":    func(r *cluster.Run) error { return r.Close(t.Context()) },
		"a run that was cancelled": func(r *cluster.Run) error { return r.Cancel(t.Context(), nil) },
		"a run that is taken over": func(*cluster.Run) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			const lease = 300 * time.Millisecond
			s := openServer(t, lease)
			typ, sure := cluster.Define[int, int]("odd"), cluster.Define[int, int]("even")
			run := openRun(t, s.c, "r")
			for i := range 2 {
				if _, err := typ.Submit(t.Context(), run, i); err != nil {
					t.Fatal(err)
				}
				if _, err := sure.Submit(t.Context(), run, i); err != nil {
					t.Fatal(err)
				}
			}
			s.say(t, "2", "skein.0.r.done.odd.1.2-2", fromTheFuture)
			if err := taskStream(t, s.address).Purge(t.Context(), jetstream.WithPurgeSubject("skein.*.*.task.>")); err != nil { // as if all were acknowledged
				t.Fatal(err)
			}
			if err := end(run); err != nil {
				t.Fatal(err)
			}
			again := openRun(t, s.open(t, lease), "r")
			err := again.Wait(t.Context())
			var newer *cluster.VersionError
			if !errors.As(err, &newer) || newer.Version != 2 || newer.Type != "odd" || !strings.Contains(err.Error(), `version 2 of the protocol, by worker "w-9\x1b[31m"`) {
				t.Fatal(err)
			}
			snapshot, err := again.Snapshot(t.Context())
			if err != nil || snapshot.Counts[cluster.Lost]+snapshot.Counts[cluster.Cancelled] != snapshot.Counts.Total() || len(snapshot.Unread) != 1 {
				t.Errorf("%+v, %v", snapshot, err)
			}
			if name == "a run that was closed" && snapshot.Counts[cluster.Lost] != 2 { // who counts afterwards meets no task of the other type
				t.Errorf("%+v", snapshot)
			}
		})
	}
}

// A worker leaves a batch to those who can read what became of it.
func TestABatchWithNewerRecordsIsLeftToOthers(t *testing.T) {
	s := openServer(t, 300*time.Millisecond)
	typ := cluster.Define[int, int]("odd")
	ran := make(chan int, 100)
	typ.Handle(s.c, func(_ context.Context, i int) (int, error) {
		ran <- i
		return i, nil
	})
	run := openRun(t, s.c, "r")
	if _, err := typ.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	s.say(t, "2", "skein.0.r.done.odd.1.9-9", fromTheFuture)
	s.say(t, "1", "skein.0.r.task.odd.1.9-9", `{"type":"odd","codec":"json","version":1,"submitter":1,"first":9,"last":9,"again":true,"tasks":[{"n":9,"attempt":1}]}`+"\n9")
	clustertest.Work(t, s.c, 2)
	for range 5 { // after which it has come again
		if i := <-ran; i == 9 {
			t.Fatal("it ran")
		}
		if _, err := typ.Submit(t.Context(), run, 1); err != nil {
			t.Fatal(err)
		}
		<-time.After(150 * time.Millisecond) // half a lease, of the server's clock
	}
}

// What a newer skein has to count of a queue is left for it.
func TestTidyingLeavesWhatOnlyANewerVersionCanCount(t *testing.T) {
	s := openServer(t, time.Second)
	typ := cluster.Define[int, int]("odd")
	typ.Handle(s.c, func(_ context.Context, i int) (int, error) { return i, nil })
	q := openQueue(t, s.c, cluster.Keep(time.Nanosecond))
	if _, err := typ.SubmitAll(t.Context(), q, numbers(3)); err != nil {
		t.Fatal(err)
	}
	s.say(t, "2", "skein.0.mail.done.odd.1.1-1", fromTheFuture)
	clustertest.Work(t, s.c, 2)
	for {
		snapshot, err := q.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if snapshot.Counts[cluster.Succeeded] == 3 {
			break
		}
	}
	for range 2 {
		if err := s.c.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := openQueue(t, s.c).Snapshot(t.Context())
	if err != nil || snapshot.Counts[cluster.Succeeded] != 3 || len(snapshot.Unread) != 1 || snapshot.Unread[0].Messages != 1 {
		t.Errorf("%+v, %v", snapshot, err)
	}
}
