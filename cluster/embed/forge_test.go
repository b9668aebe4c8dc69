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

// forger has a worker's key for tasks of the type a, and writes what it may as if
// it could say something of those of the type b.
type forger struct {
	t    *testing.T
	nc   *nats.Conn
	said <-chan error
}

func (f *forger) publish(version, subject, format string, a ...any) {
	f.t.Helper()
	m := nats.NewMsg(subject)
	m.Header.Set("Skein-Version", version)
	m.Data = fmt.Appendf(nil, format, a...)
	if err := f.nc.PublishMsg(m); err != nil {
		f.t.Fatal(err)
	}
}

// forge tells lies of tasks 1 to n of each submitter of a run.
func (f *forger) forge(run string, n int) {
	f.t.Helper()
	place := "skein.0." + run
	for submitter := 1; submitter <= 3; submitter++ {
		for first := 1; first <= n; first += 64 {
			last := min(first+63, n)
			span := fmt.Sprintf("a.%d.%d-%d", submitter, first, last)
			var records, tasks, gone, values []string
			for k := first; k <= last; k++ {
				// The type is in no record; a reader that asks for it there finds it.
				records = append(records, fmt.Sprintf(`{"type":"b","submitter":%d,"n":%d,"attempt":1,"outcome":"succeeded","version":1}`, submitter, k))
				tasks = append(tasks, fmt.Sprintf(`{"n":%d,"attempt":1}`, k))
				gone = append(gone, fmt.Sprint(k))
				values = append(values, "-1")
			}
			lines := "\n" + strings.Join(values, "\n")
			all := strings.Join(records, ",")
			for _, subject := range []string{span, fmt.Sprintf("%s.%d-%d", span, first, last)} {
				f.publish("1", place+".done."+subject, `{"worker":"b.w","records":[%s],"gone":[%s]}%s`, all, strings.Join(gone, ","), lines)
				f.publish("1", place+".done."+subject, `{"worker":"b.w","records":[],"gone":[%s]}`, strings.Join(gone, ","))
				f.publish("1", place+".done."+subject, `{"worker":"b.w","records":[%s]}%s`, strings.ReplaceAll(all, "succeeded", "failed"), lines)
				f.publish("1", place+".done."+subject, `{"worker":"b.w","records":[%s]}%s`, strings.ReplaceAll(all, "succeeded", "resubmitted"), lines)
				f.publish("7", place+".done."+subject, `{"worker":"the future","records":[%s]}%s`, all, lines)
			}
			for _, kind := range []string{"task", "later", "suspect"} {
				f.publish("1", place+"."+kind+"."+span, `{"type":"b","codec":"json","version":1,"submitter":%d,"first":%d,"last":%d,"again":true,"tasks":[%s]}%s`,
					submitter, first, last, strings.Join(tasks, ","), lines)
			}
			f.publish("1", fmt.Sprintf("%s.piece.a.%d.%d.1.0", place, submitter, first), `-1`)
		}
	}
	if err := f.nc.Flush(); err != nil {
		f.t.Fatal(err)
	}
	if len(f.said) > 0 {
		f.t.Fatalf("this it may: %v", <-f.said)
	}
}

// truth holds outcomes to what tasks of the type b gave: each its argument, once.
type truth map[int]int

func (seen truth) take(t *testing.T, o *cluster.Ended) {
	t.Helper()
	b, err := o.Result(t.Context())
	var v int
	if _, scanned := fmt.Sscan(string(b), &v); err != nil || scanned != nil || o.Outcome != cluster.Succeeded || o.Task.Type != "b" || o.Worker == "b.w" {
		t.Errorf("%+v: %s, %v", o, b, err)
	}
	seen[v]++
}

func (seen truth) check(t *testing.T, who string, n int) {
	t.Helper()
	for i := range n {
		if seen[i] != 1 {
			t.Errorf("%s: task %d is accounted %d times", who, i, seen[i])
		}
	}
	if len(seen) != n {
		t.Errorf("%s: %d tasks", who, len(seen))
	}
}

// TestAWorkerOfATypeSaysNothingOfAnother has a worker whose key is for tasks of
// type a forge outcomes of those of type b, of a run that has none of type a:
// before they are submitted, while they run, and afterwards.
func TestAWorkerOfATypeSaysNothingOfAnother(t *testing.T) {
	lease := cluster.Lease(time.Second)
	c, keys := listen(t, embed.Client(lease))
	nc, said := raw(t, makeKey(t, keys, "w", "a"))
	f := &forger{t, nc, said}
	const tasks = 150
	f.forge("r", tasks)
	run := openRun(t, c, "r")
	w := enter(t, makeKey(t, keys, "honest", "b"), lease)
	begin := make(chan struct{})
	b.Handle(w, func(_ context.Context, i int) (int, error) {
		if i >= tasks/2 {
			<-begin
		}
		return i, nil
	})
	work(t, w, tasks)

	watched := make(chan truth, 1)
	seen, err := c.Run(t.Context(), "r", cluster.Observe())
	if err != nil {
		t.Fatal(err)
	}
	go func() { // from before there is a task until the run has ended
		all := truth{}
		for o, err := range seen.Outcomes(t.Context()) {
			if err != nil {
				t.Error(err)
				break
			}
			all.take(t, &o)
		}
		watched <- all
	}()
	if n, err := b.SubmitAll(t.Context(), run, func(yield func(int) bool) {
		for i := range tasks {
			if !yield(i) {
				return
			}
		}
	}); n != tasks || err != nil {
		t.Fatal(n, err)
	}
	f.forge("r", tasks)
	close(begin)

	// Who takes the run over knows nothing of it but what the streams have.
	again, err := cluster.Open(t.Context(), "", cluster.WithKey(owner(t, keys)), lease)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	run = openRun(t, again, "r")
	ended := make(chan error, 1)
	go func() { ended <- run.Wait(t.Context()) }()
	if err := await(t, "the run to end", ended); err != nil {
		t.Fatal(err)
	}
	f.forge("r", tasks)
	await(t, "who watched", watched).check(t, "who watched", tasks)
	after := truth{}
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		after.take(t, &o)
	}
	after.check(t, "who came later", tasks)
	told := truth{}
	s, err := seen.News(t.Context(), func(n *cluster.News) { told.take(t, &n.Ended) })
	if err != nil {
		t.Fatal(err)
	}
	told.check(t, "who was told news", tasks)
	if s.Submitted != tasks || s.Counts.Total() != tasks || s.Late > 0 || s.Unread != nil {
		t.Errorf("%+v", s)
	}
	if dead, err := run.Dead(t.Context()); len(dead) > 0 || err != nil {
		t.Errorf("dead are %v (%v)", dead, err)
	}
}

// No policy of a run's is for a type of which it has no tasks.
func TestAForgedEndDoesNotCancelARun(t *testing.T) {
	c, keys := listen(t, embed.Client(cluster.Lease(time.Second)))
	nc, said := raw(t, makeKey(t, keys, "w", "a"))
	f := &forger{t, nc, said}
	once := cluster.Define[int, int]("b", cluster.Attempts(1))
	once.Handle(c, func(_ context.Context, i int) (int, error) {
		if i < 0 {
			return 0, errors.New("it does not work")
		}
		return i, nil
	})
	work(t, c, 1)
	for name, row := range map[string]struct {
		policy cluster.RunOption
		task   int
		want   cluster.Outcome
	}{
		"fast":  {cluster.FailFast(), 1, cluster.Succeeded},
		"first": {cluster.FirstSuccess(), -1, cluster.Failed},
	} {
		run, err := c.Run(t.Context(), name, row.policy)
		if err != nil {
			t.Fatal(err)
		}
		heard := make(chan cluster.Ended)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // and keeps the policy
			for o, err := range run.Outcomes(ctx) {
				if err == nil {
					heard <- o
				}
			}
		}()
		for range 3 { // when the second is heard, what was forged after the first has been
			id, err := once.Submit(t.Context(), run, row.task)
			if err != nil {
				t.Fatal(name, err)
			}
			if o := await(t, "a task to end", heard); o.Task != id || o.Outcome != row.want {
				t.Errorf("%s: %+v", name, o)
			}
			f.forge(name, 3)
		}
		cancel()
		s, err := run.Snapshot(t.Context())
		if err != nil || s.Cancelled != nil || s.Counts.Total() != 3 || s.Counts[row.want] != 3 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// A run that has tasks of both types is what the one says of its own, and the
// other of its own.
func TestEachWorkerSpeaksForItsOwnType(t *testing.T) {
	c, keys := listen(t, embed.Client(cluster.Lease(time.Second)))
	key := makeKey(t, keys, "w", "a")
	nc, said := raw(t, key)
	f := &forger{t, nc, said}
	run := openRun(t, c, "r")
	const tasks = 20
	ids := map[cluster.ID]int{}
	for i := range tasks {
		of := b
		if i%2 == 1 {
			of = a
		}
		id, err := of.Submit(t.Context(), run, i)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := ids[id]; twice {
			t.Errorf("two tasks are %s", id)
		}
		ids[id] = i
	}
	f.forge("r", tasks)
	liar := enter(t, key)
	a.Handle(liar, same)
	work(t, liar, 4)
	b.Handle(c, same)
	work(t, c, 4)
	ended := make(chan error, 1)
	go func() { ended <- run.Wait(t.Context()) }()
	if err := await(t, "the run to end", ended); err != nil {
		t.Fatal(err) // it said first that its own succeeded
	}
	seen := truth{}
	n := 0
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; o.Task.Type == "b" {
			seen.take(t, &o)
			if r, _ := o.Result(t.Context()); string(r) != fmt.Sprint(ids[o.Task]) {
				t.Errorf("task %s gave %s", o.Task, r)
			}
		}
	}
	if n != tasks || len(seen) != tasks/2 {
		t.Errorf("%d outcomes, of b %v", n, seen)
	}
}

// A record says where a large result is, and may name no other task's.
func TestAResultIsInPiecesOfItsOwnTask(t *testing.T) {
	c, keys := listen(t, embed.Client(cluster.Lease(time.Second)))
	nc, said := raw(t, makeKey(t, keys, "w", "a"))
	f := &forger{t, nc, said}
	large := cluster.Define[int, string]("b")
	run := openRun(t, c, "r")
	if _, err := large.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("secret ", 100_000)
	large.Handle(c, func(context.Context, int) (string, error) { return text, nil })
	work(t, c, 1)
	for v, err := range large.Results(t.Context(), run) {
		if err != nil || v != text {
			t.Fatal(len(v), err)
		}
		break
	}
	boss, _ := raw(t, owner(t, keys))
	js, err := jetstream.New(boss)
	if err != nil {
		t.Fatal(err)
	}
	done, err := js.Stream(t.Context(), "SKEIN_DONE")
	if err != nil {
		t.Fatal(err)
	}
	piece, err := done.GetLastMsgForSubject(t.Context(), "skein.0.r.piece.b.>")
	if err != nil {
		t.Fatal(err)
	}
	object := piece.Subject[:strings.LastIndex(piece.Subject, ".")] + ":1"
	f.publish("1", "skein.0.r.done.a.1.1-1", `{"worker":"w","records":[{"submitter":1,"n":1,"attempt":1,"outcome":"succeeded","object":%q,"version":1}]}`+"\n", object)
	for o, err := range run.Outcomes(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Task.Type != "a" {
			continue
		}
		if b, err := o.Result(t.Context()); err == nil {
			t.Errorf("its result is %d bytes of another task's", len(b))
		}
		break
	}
}
