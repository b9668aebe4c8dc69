package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
	"example.com/skein/cluster/embed"
)

func identity(_ context.Context, i int) (int, error) { return i, nil }

func openAt(t *testing.T, address string, opts ...cluster.OpenOption) *cluster.Client {
	t.Helper()
	c, err := cluster.Open(t.Context(), address, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// stranger is a client of the server that knows nothing of ours.
func stranger(t *testing.T, address string) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func TestANameThatWasForgottenCanBeUsedAgain(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	openRun(t, c, "r")
	kv, err := stranger(t, address).KeyValue(t.Context(), "SKEIN_RUNS")
	if err == nil {
		err = kv.Delete(t.Context(), "r") // as Tidy does after a month
	}
	if err != nil {
		t.Fatal(err)
	}
	openRun(t, c, "r")
}

// A task of a run that was discarded ends when there is another run of its name.
func TestWhatARemovedRunsTaskSaysIsNotOfTheNextRunOfItsName(t *testing.T) {
	c := clustertest.Open(t, embed.Client(cluster.Lease(500*time.Millisecond)))
	typ := cluster.Define[int, int]("stubborn")
	began, end := make(chan bool, 1), make(chan bool)
	typ.Handle(c, func(ctx context.Context, i int) (int, error) {
		if i == 1 {
			began <- true
			<-end
		}
		return i, nil
	})
	old := openRun(t, c, "r")
	if _, err := typ.Submit(t.Context(), old, 1); err != nil {
		t.Fatal(err)
	}
	stop := clustertest.Work(t, c, 1)
	<-began
	if err := old.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	run, err := c.Run(t.Context(), "r", cluster.FirstSuccess())
	if err != nil {
		t.Fatal(err)
	}
	close(end)
	stop() // what it has run is recorded
	if s, err := run.Snapshot(t.Context()); err != nil || s.Counts.Total() > 0 || s.Cancelled != nil {
		t.Errorf("%+v, %v", s, err)
	}
	id, err := typ.Submit(t.Context(), run, 2)
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 1)
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil || o.Task != id {
			t.Errorf("%+v, %v", o, err)
		}
		break
	}
	if err := old.Wait(t.Context()); !errors.Is(err, cluster.ErrRemoved) {
		t.Errorf("who waits for the old one: %v", err)
	}
	if err := old.Cancel(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if err := old.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	if s, err := run.Snapshot(t.Context()); err != nil || s.Cancelled == nil && s.Closed || s.Counts.Total() != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Who waited has a clock that is a year behind.
func TestARunIsKeptByTheServersClock(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	run := openRun(t, c, "r")
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	kv, err := stranger(t, address).KeyValue(t.Context(), "SKEIN_RUNS")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := kv.Get(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	finished := regexp.MustCompile(`"finished":"\d{4}`)
	behind := finished.ReplaceAll(entry.Value(), []byte(`"finished":"2001`))
	if bytes.Equal(behind, entry.Value()) {
		t.Fatalf("%s", behind)
	}
	if _, err = kv.Put(t.Context(), "r", behind); err == nil {
		err = c.Tidy(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context(), "r", cluster.Observe()); err != nil {
		t.Error(err)
	}
}

// One removes runs that are over, while another opens the next one of the name.
func TestWhoTidiesUpRemovesNothingOfTheNextRunOfTheName(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c, other := openAt(t, address), openAt(t, address)
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	clustertest.Work(t, c, 8)
	var over atomic.Bool
	var all sync.WaitGroup
	defer all.Wait()
	defer over.Store(true)
	all.Go(func() {
		for !over.Load() {
			if err := other.Tidy(context.Background()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 30 {
		run, err := c.Run(t.Context(), "r", cluster.Keep(time.Nanosecond))
		if err != nil {
			t.Fatal(err)
		}
		n, err := typ.SubmitAll(t.Context(), run, numbers(100))
		if err != nil {
			t.Fatal(i, n, err)
		}
		if err := run.Wait(t.Context()); err != nil && !errors.Is(err, cluster.ErrRemoved) {
			t.Fatal(i, err)
		}
		if err := run.Delete(t.Context()); err != nil {
			t.Fatal(i, err)
		}
	}
}

func TestWhoeverTidiesUpAQueueNoOutcomeGoesUncounted(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, int]("echo")
	typ.Handle(c, identity)
	q, err := c.Queue(t.Context(), "q", cluster.Keep(30*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 8)
	var over atomic.Bool
	var all sync.WaitGroup
	for range 3 {
		other := openAt(t, address)
		all.Go(func() {
			for !over.Load() {
				if err := other.Tidy(context.Background()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	n := 0
	for began := time.Now(); time.Since(began) < 2*time.Second; {
		m, err := typ.SubmitAll(t.Context(), q, numbers(10))
		if n += m; err != nil {
			t.Error(err)
			break
		}
	}
	clear := func() bool { s, err := q.Snapshot(t.Context()); return err == nil && s.Waiting == 0 }
	for !clear() { // also while they do
	}
	over.Store(true)
	all.Wait()
	for began := time.Now(); ; {
		s, err := q.Snapshot(t.Context())
		if err == nil && s.Counts.Total() == n {
			return
		}
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatalf("of %d tasks: %+v, %v", n, s, err)
		}
	}
}

// A queue has no end: large results would be there for ever.
func TestAQueuesLargeResultsGoWithItsOutcomes(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	typ := cluster.Define[int, string]("large")
	typ.Handle(c, func(context.Context, int) (string, error) { return strings.Repeat("x", 1<<20), nil })
	q, err := c.Queue(t.Context(), "q", cluster.Keep(time.Millisecond))
	if err == nil {
		_, err = typ.SubmitAll(t.Context(), q, numbers(3))
	}
	if err != nil {
		t.Fatal(err)
	}
	clustertest.Work(t, c, 3)
	done, err := stranger(t, address).Stream(t.Context(), "SKEIN_DONE")
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; {
		if err := c.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := q.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		info, err := done.Info(t.Context())
		if err == nil && s.Counts.Total() == 3 && info.State.Msgs == 0 {
			return
		}
		if err != nil || time.Since(began) > 20*time.Second {
			t.Fatalf("%d messages are left, %+v, %v", info.State.Msgs, s.Counts, err)
		}
	}
}

// Runs that were removed are looked at for a month, each time that somebody tidies up.
func TestTidyRemovesNothingWhereNothingIs(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	run := openRun(t, c, "r")
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	purges, err := stranger(t, address).Conn().SubscribeSync("$JS.API.STREAM.PURGE.>")
	if err == nil {
		err = run.Delete(t.Context()) // there is a gate
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := purges.NextMsg(10 * time.Second); err != nil {
		t.Fatalf("what is removed to remove a run: %v", err)
	}
	for err == nil {
		_, err = purges.NextMsg(100 * time.Millisecond)
	}
	if err := c.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, err := purges.NextMsg(100 * time.Millisecond); err == nil {
		t.Errorf("asked to remove %s of what was removed", m.Data)
	}
}

// What no message takes is an error, and not tried again for ever.
func TestAnEntryThatIsTooLargeIsAnError(t *testing.T) {
	address := clustertest.Servers(t, 1)
	c := openAt(t, address)
	kv, err := stranger(t, address).KeyValue(t.Context(), "SKEIN_RUNS")
	if err == nil {
		_, err = kv.Put(t.Context(), "r", []byte(`{"types":["`+strings.Repeat("x", 1<<20-20)+`"]}`))
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := c.Run(ctx, "r"); !errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
