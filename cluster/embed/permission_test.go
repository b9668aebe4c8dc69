package embed_test

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
	"example.com/skein/cluster/embed"
)

var (
	a = cluster.Define[int, int]("a")
	b = cluster.Define[int, int]("b")
)

func same(_ context.Context, i int) (int, error) { return i, nil }

// denied are subjects to which a worker for tasks of type a may not publish, by
// what it would get by it.
var denied = map[string]string{
	"submit a task of another type":        "skein.0.r.task.b.1.1-1",
	"make a suspect of another type":       "skein.0.r.suspect.b.1.1-1",
	"record an outcome of another type":    "skein.0.r.done.b.1.1-1",
	"record an outcome as an auditor":      "skein.0.r.done._.1.1-1",
	"open or close a gate":                 "skein.0.r.gate.1",
	"hint at a cancelled run":              "skein.0.r.control",
	"have the keys read again":             "skein.keys.changed",
	"take tasks of another type":           "$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.task-b",
	"take suspects of another type":        "$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.suspect-b",
	"take what waits of another type":      "$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.later-b",
	"take tasks of a run with a limit":     "$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.limited+r+a",
	"write a piece of another's result":    "skein.0.r.piece.b.1.1.1.0",
	"speak as another worker":              "$KV.SKEIN_WORKERS.w2.x",
	"remove tasks of another type":         "$JS.ACK.SKEIN_TASKS.task-b.1.1.1.1.0",
	"read outcomes of another type":        "$JS.API.DIRECT.GET.SKEIN_DONE.skein.0.r.done.b.1.1-1",
	"read outcomes by number":              "$JS.API.DIRECT.GET.SKEIN_DONE",
	"read tasks":                           "$JS.API.DIRECT.GET.SKEIN_TASKS.skein.0.r.task.a.1.1-1",
	"read a stream":                        "$JS.API.STREAM.MSG.GET.SKEIN_DONE",
	"cancel, close or seal a run":          "$KV.SKEIN_RUNS.r",
	"make a consumer":                      "$JS.API.CONSUMER.CREATE.SKEIN_TASKS.task-a.skein.*.*.task.a.>",
	"make a consumer of the done log":      "$JS.API.CONSUMER.CREATE.SKEIN_DONE",
	"make a durable consumer":              "$JS.API.CONSUMER.DURABLE.CREATE.SKEIN_TASKS.x",
	"watch the runs":                       "$JS.API.CONSUMER.CREATE.KV_SKEIN_RUNS.x.$KV.SKEIN_RUNS.>",
	"delete the consumer":                  "$JS.API.CONSUMER.DELETE.SKEIN_TASKS.task-a",
	"pause the consumer":                   "$JS.API.CONSUMER.PAUSE.SKEIN_TASKS.task-a",
	"look at a stream":                     "$JS.API.STREAM.INFO.SKEIN_TASKS",
	"look at the account":                  "$JS.API.INFO",
	"list the streams":                     "$JS.API.STREAM.NAMES",
	"make a stream":                        "$JS.API.STREAM.CREATE.MINE",
	"change a stream":                      "$JS.API.STREAM.UPDATE.SKEIN_TASKS",
	"purge a stream":                       "$JS.API.STREAM.PURGE.SKEIN_DONE",
	"delete a message":                     "$JS.API.STREAM.MSG.DELETE.SKEIN_TASKS",
	"delete a stream":                      "$JS.API.STREAM.DELETE.SKEIN_TASKS",
	"copy a stream away":                   "$JS.API.STREAM.SNAPSHOT.SKEIN_DONE",
	"put a stream back":                    "$JS.API.STREAM.RESTORE.SKEIN_DONE",
	"ask the server who is there":          "$SYS.REQ.SERVER.PING",
	"answer another worker":                "_INBOX.x.y",
	"write into a key-value store":         "$KV.other.x",
	"write into an object store":           "$O.SKEIN_RESULTS.C.x",
	"say anything else":                    "hello",
	"name the type with a longer name":     "skein.0.r.task.ab.1.1-1",
	"take tasks of the type a-suspect":     "$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.task-a-suspect",
	"record outcomes of a type after that": "skein.0.r.done.a",
}

func TestWhatAWorkerMayNotDoTheServerDenies(t *testing.T) {
	_, keys := listen(t)
	nc, said := raw(t, makeKey(t, keys, "w", "a"))
	for what, subject := range denied {
		t.Run(what, func(t *testing.T) {
			if err := nc.PublishRequest(subject, "_INBOX.z", []byte("{}")); err != nil {
				t.Fatal(err)
			}
			err := await(t, "the server to deny it", said)
			if !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), fmt.Sprintf("%q", subject)) {
				t.Error(err)
			}
		})
	}
	for _, subject := range []string{">", "skein.>", "skein.*.*.task.a.>", "skein.*.*.done.>", "$KV.>", "$JS.API.>", "$SYS.>", "*"} {
		t.Run("listening to "+subject, func(t *testing.T) {
			if _, err := nc.SubscribeSync(subject); err != nil {
				t.Fatal(err)
			}
			if err := await(t, "the server to deny it", said); !errors.Is(err, nats.ErrPermissionViolation) {
				t.Error(err)
			}
		})
	}
}

// contents are how many messages each subject of a stream has.
func contents(t *testing.T, js jetstream.JetStream, stream string) string {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(info.State.Subjects)
}

// TestAnAnswerGetsNowhere has the server answer a worker's requests to subjects
// to which the worker may not publish. Within one account the answers arrive
// there, and some have in them what the worker has written.
func TestAnAnswerGetsNowhere(t *testing.T) {
	c, keys := listen(t)
	run := openRun(t, c, "r")
	for i := range 3 {
		if _, err := a.Submit(t.Context(), run, i); err != nil {
			t.Fatal(err)
		}
	}
	boss, _ := raw(t, owner(t, keys))
	js, err := jetstream.New(boss)
	if err != nil {
		t.Fatal(err)
	}
	nc, said := raw(t, makeKey(t, keys, "w", "a"))
	other, _ := raw(t, makeKey(t, keys, "other", "b"))
	inbox, err := other.SubscribeSync("_INBOX.known")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Flush(); err != nil {
		t.Fatal(err)
	}
	evil := nats.NewMsg("skein.0.r.done.a.9.9-9")
	evil.Header.Set("Skein-Version", "1")
	evil.Data = []byte(`{"type":"b","sealed":{"1":0},"tasks":[{"n":1}],"records":[{"submitter":1,"n":1,"outcome":"succeeded"}]}` + "\n")
	if _, err := nc.RequestMsg(evil, late); err != nil { // this it may
		t.Fatal(err)
	}
	before := []string{contents(t, js, "SKEIN_TASKS"), contents(t, js, "KV_SKEIN_RUNS")}
	done := contents(t, js, "SKEIN_DONE")
	for _, reply := range []string{
		"skein.0.r.task.b.1.1-1", "skein.0.r.done.b.1.1-1", "skein.0.r.gate.1", "$KV.SKEIN_RUNS.r",
		"$JS.API.STREAM.PURGE.SKEIN_TASKS", "$JS.API.STREAM.DELETE.SKEIN_DONE", "skein.keys.changed", "_INBOX.known",
	} {
		for subject, body := range map[string]string{
			"$JS.API.DIRECT.GET.SKEIN_DONE.skein.0.r.done.a.9.9-9":   "",
			"$JS.API.DIRECT.GET.KV_SKEIN_RUNS.$KV.SKEIN_RUNS.r":      "",
			"$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.task-a":           `{"batch":1,"no_wait":true}`,
			"$JS.API.CONSUMER.MSG.NEXT.SKEIN_TASKS.suspect-a":        `{"batch":1,"expires":1000000}`,
			"$JS.ACK.SKEIN_TASKS.task-a.1.99.99.1795659909358080885": "+ACK",
		} {
			if err := nc.PublishRequest(subject, reply, []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		publish := nats.NewMsg("skein.0.r.done.a.9.9-9")
		publish.Reply, publish.Header, publish.Data = reply, evil.Header, evil.Data
		if err := nc.PublishMsg(publish); err != nil {
			t.Fatal(err)
		}
	}
	// All of it has been done when an honest request that came after it is.
	m, err := nc.RequestMsg(evil, late)
	if err != nil || !strings.Contains(string(m.Data), `"seq":10`) {
		t.Fatalf("%v %v: want the tenth record", m, err)
	}
	if after := []string{contents(t, js, "SKEIN_TASKS"), contents(t, js, "KV_SKEIN_RUNS")}; fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the streams had %v, and have %v", before, after)
	}
	if after := contents(t, js, "SKEIN_DONE"); after != strings.Replace(done, "9.9-9:1", "9.9-9:10", 1) {
		t.Errorf("the done log had %v, and has %v", done, after)
	}
	if n, _, err := inbox.Pending(); n > 0 || err != nil {
		t.Errorf("another worker got %d messages (%v)", n, err)
	}
	if len(said) > 0 {
		t.Errorf("the server denied what a worker may do: %v", <-said)
	}
}

func TestAWorkerIsToldWhatItMayNot(t *testing.T) {
	c, keys := listen(t)
	for name, typ := range map[string]string{"w1": "a", "w2": "c"} {
		w := enter(t, makeKey(t, keys, name, typ))
		a.Handle(w, same)
		b.Handle(w, same)
		ended, _ := work(t, w, 1)
		var no *cluster.DeniedError
		if err := await(t, "Work to end", ended); !errors.As(err, &no) || !strings.Contains(no.Subject, ".CONSUMER.MSG.NEXT.") {
			t.Errorf("%v", err)
		}
		if _, err := w.Run(t.Context(), "r"); err == nil || !strings.Contains(err.Error(), "worker's") {
			t.Errorf("a worker opens a run: %v", err)
		}
	}
	// Who pretends to be an owner is told too, and at once.
	k := makeKey(t, keys, "w3")
	k.Owner = true
	var no *cluster.DeniedError
	if _, err := cluster.Open(t.Context(), "", cluster.WithKey(k)); !errors.As(err, &no) {
		t.Errorf("%v", err)
	}
	_ = c
}

func TestAnOwnersKeyMayDoAll(t *testing.T) {
	_, keys := listen(t)
	boss := enter(t, owner(t, keys))
	a.Handle(boss, same)
	_, stop := work(t, boss, 4)
	run := openRun(t, boss, "r")
	if n, err := a.SubmitAll(t.Context(), run, func(yield func(int) bool) {
		for i := range 100 {
			if !yield(i) {
				return
			}
		}
	}); n != 100 || err != nil {
		t.Fatal(n, err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	off := openRun(t, boss, "off")
	if _, err := a.Submit(t.Context(), off, 1); err != nil {
		t.Fatal(err)
	}
	if err := off.Cancel(t.Context(), errors.New("not needed")); err != nil {
		t.Fatal(err)
	}
	nc, said := raw(t, owner(t, keys))
	for _, subject := range []string{"$SYS.REQ.SERVER.PING", "hello", "_INBOX.x"} {
		if err := nc.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
		if err := await(t, "the server to deny it", said); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

func TestACancelReachesAWorkerThatJoined(t *testing.T) {
	c, keys := listen(t, embed.Client())
	begun := make(chan struct{}, 10)
	w := enter(t, makeKey(t, keys, "w", "a"))
	a.Handle(w, func(ctx context.Context, i int) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	work(t, w, 2)
	run := openRun(t, c, "r")
	for i := range 5 {
		if _, err := a.Submit(t.Context(), run, i); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "a task to begin", begun)
	if err := run.Cancel(t.Context(), errors.New("nobody wants it")); err != nil {
		t.Fatal(err)
	}
	var bad *cluster.RunError
	if err := run.Wait(t.Context()); !errors.As(err, &bad) || bad.Counts[cluster.Cancelled] != 5 || bad.First[0].Cause.Error() != "nobody wants it" {
		t.Fatal(err)
	}
}

// TestAWorkerHeedsTheLeaseOfARun has a task that takes longer than the run's
// lease, which the worker was not told of.
func TestAWorkerHeedsTheLeaseOfARun(t *testing.T) {
	c, keys := listen(t, embed.Client(cluster.Lease(600*time.Millisecond)))
	began := make(chan struct{}, 10)
	w := enter(t, makeKey(t, keys, "w", "a"))
	a.Handle(w, func(_ context.Context, i int) (int, error) {
		began <- struct{}{}
		<-time.After(3 * time.Second) // what the task does, in five leases
		return i, nil
	})
	work(t, w, 4)
	run := openRun(t, c, "r")
	if _, err := a.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(began) != 1 {
		t.Errorf("it ran %d times", len(began))
	}
}
