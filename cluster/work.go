package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein"
	"example.com/skein/cluster/internal/protocol"
)

// handler is what runs the tasks of a type.
type handler struct {
	typ      string
	attempts int
	timeout  time.Duration
	run      func(ctx context.Context, args json.RawMessage) (json.RawMessage, error)
}

// crashes is how many workers may vanish with an attempt.
const crashes = 5

// Work runs tasks of the types that have been given a handler, at most n at a
// time, until ctx is done. Then it takes no more, gives back what has not
// started, waits for what runs, whose context is not done, and returns nil. An
// error says that it could not begin.
func (c *Client) Work(ctx context.Context, n int) error {
	if n < 1 {
		panic("cluster: Work with no worker at all")
	}
	c.mu.Lock()
	handlers := make([]*handler, 0, len(c.handlers))
	for _, h := range c.handlers {
		handlers = append(handlers, h)
	}
	c.mu.Unlock()
	w := &worker{c: c, slots: make(chan struct{}, n), held: map[jetstream.Msg]bool{}}
	w.group = skein.New(context.WithoutCancel(ctx), skein.KeepGoing(), skein.Name("cluster worker"))
	var pulls []*pull
	for _, h := range handlers {
		for _, suspects := range []bool{false, true} {
			p, err := w.open(ctx, h, suspects)
			if err != nil {
				return err
			}
			pulls = append(pulls, p)
		}
	}
	beats, stop := context.WithCancel(context.Background())
	var beating sync.WaitGroup
	beating.Go(func() { w.beat(beats) })
	defer beating.Wait()
	defer stop()
	var pulling sync.WaitGroup
	for _, p := range pulls {
		pulling.Go(func() { p.loop(ctx) })
	}
	pulling.Wait()
	return w.group.Wait()
}

// worker is a Work that goes on.
type worker struct {
	c     *Client
	group *skein.Group
	slots chan struct{} // a place for each task that runs

	mu   sync.Mutex
	held map[jetstream.Msg]bool
}

// pull takes batches of one type, or suspects of it.
type pull struct {
	w        *worker
	h        *handler
	suspects bool
	messages jetstream.MessagesContext
	places   chan struct{} // for each batch in hand
}

// ahead is how many batches of a type are in hand at a time: one is asked for
// while the others run.
const ahead = 16

func (w *worker) open(ctx context.Context, h *handler, suspects bool) (*pull, error) {
	cons, err := w.c.store.consumer(ctx, h.typ, suspects)
	if err != nil {
		return nil, err
	}
	places := min(ahead, cap(w.slots)+1)
	if suspects {
		places = 1 // one at a time: docs/states.md
	}
	m, err := cons.Messages(jetstream.PullMaxMessages(places), jetstream.PullHeartbeat(5*time.Second), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return nil, fmt.Errorf("cluster: take tasks of type %s: %w", h.typ, err)
	}
	return &pull{w, h, suspects, m, make(chan struct{}, places)}, nil
}

func (p *pull) loop(ctx context.Context) {
	defer p.messages.Stop()
	for {
		select {
		case p.places <- struct{}{}:
		case <-ctx.Done():
			return
		}
		m, err := p.messages.Next(jetstream.NextContext(ctx))
		switch {
		case err == nil:
			p.w.hold(m)
			p.w.group.Go(func(context.Context) error {
				defer func() { <-p.places }()
				p.work(ctx, m)
				return nil
			})
			continue
		case ctx.Err() != nil:
			return
		}
		<-p.places
		select {
		case <-time.After(soon):
		case <-ctx.Done():
		}
	}
}

func (w *worker) hold(m jetstream.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[m] = true
}

func (w *worker) drop(m jetstream.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.held, m)
}

// beat renews the leases of all that is held.
func (w *worker) beat(ctx context.Context) {
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.mu.Lock()
		for m := range w.held {
			m.InProgress() // an error is the connection's: the next beat may get through
		}
		w.mu.Unlock()
	}
}

// work does what a batch needs until it is acknowledged. drain is done when
// nothing is to start any more.
func (p *pull) work(drain context.Context, m jetstream.Msg) {
	defer p.w.drop(m)
	meta, err := m.Metadata()
	var b wireBatch
	if err == nil {
		err = json.Unmarshal(m.Data(), &b)
	}
	if run := runOf(m.Subject()); err == nil && run != "" && m.Headers().Get(versionHeader) == version {
		p.batch(drain, m, &b, run, int(meta.NumDelivered))
	}
	// Else it is no batch that we know. Somebody else may: it is left alone, and
	// comes again when its lease has ended.
}

// batch runs a batch.
func (p *pull) batch(drain context.Context, m jetstream.Msg, b *wireBatch, run string, deliveries int) {
	ctx := context.WithoutCancel(drain)
	plan := b.plan()
	var known []protocol.Record
	if protocol.MustLookUp(plan, deliveries) {
		var err error
		if known, err = p.w.c.store.known(ctx, run, b.Type, plan.Of); err != nil {
			return // it comes again
		}
	}
	x := &held{
		pull: p, args: b.args(), run: run,
		Held: protocol.Hold(plan, deliveries, known, protocol.Limits{Attempts: p.h.attempts, Crashes: crashes}),
	}
	for _, r := range x.Records {
		x.wire = append(x.wire, wireRecord{Submitter: r.ID.Submitter, N: r.ID.N, Attempt: r.Attempt, Outcome: r.Outcome,
			Ended: time.Now(), Cause: "the workers that had it vanished"})
	}
	x.all(drain)
	if len(x.wire) > 0 {
		if p.w.c.store.record(ctx, run, b.Type, plan.Of, wireRecords{Worker: p.w.c.name, Records: x.wire}) != nil {
			return
		}
	}
	for _, next := range x.Next {
		if p.w.c.store.again(ctx, run, b.Type, next, x.args) != nil {
			return
		}
	}
	m.Ack() // if that is lost the batch comes again, and is looked up
}

// held is a batch in hand.
type held struct {
	*pull
	*protocol.Held
	run  string
	args map[int]json.RawMessage

	mu   sync.Mutex
	wire []wireRecord
}

// patience is how long a batch may wait for a place to run in before what has
// not started is handed on.
const patience = time.Second

// all runs the tasks, and returns when each has ended or was handed on.
func (x *held) all(drain context.Context) {
	var running sync.WaitGroup
	late := time.NewTimer(patience)
	defer late.Stop()
	for i, t := range x.Run {
		select {
		case x.w.slots <- struct{}{}:
		default:
			select {
			case x.w.slots <- struct{}{}:
			case <-late.C:
				x.handOn(x.Run[i:])
				running.Wait()
				return
			case <-drain.Done():
				x.handOn(x.Run[i:])
				running.Wait()
				return
			}
		}
		running.Add(1)
		x.w.group.Go(func(ctx context.Context) error {
			defer running.Done()
			defer func() { <-x.w.slots }()
			x.one(ctx, t)
			return nil
		})
	}
	running.Wait()
}

func (x *held) handOn(tasks []protocol.Task) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.HandOn(tasks)
}

// one runs an attempt, and notes how it ended, whatever way that was.
func (x *held) one(ctx context.Context, t protocol.Task) {
	if x.h.timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, x.h.timeout)
		defer stop()
	}
	began := time.Now()
	r := wireRecord{Submitter: t.ID.Submitter, N: t.ID.N, Attempt: t.Attempt, Outcome: Goexited, Cause: skein.ErrGoexit.Error(), Started: began}
	retryable := true
	defer func() {
		if v := recover(); v != nil {
			r.Outcome, r.Cause = Panicked, fmt.Sprint(v)
		}
		x.end(t, r, retryable)
	}()
	result, err := x.h.run(ctx, x.args[t.ID.N])
	switch mark := (interface{ Permanent() bool })(nil); {
	case err == nil:
		r.Outcome, r.Cause, r.Result, retryable = Succeeded, "", result, false
	case ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		r.Outcome, r.Cause = TimedOut, err.Error()
	default:
		r.Outcome, r.Cause, r.CauseType = Failed, err.Error(), fmt.Sprintf("%T", err)
		retryable = !errors.As(err, &mark)
	}
}

func (x *held) end(t protocol.Task, r wireRecord, retryable bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.Records)
	x.End(t, r.Outcome, retryable)
	r.Outcome, r.Ended = x.Records[n].Outcome, time.Now()
	x.wire = append(x.wire, r)
}

// runOf is the run of a task's subject.
func runOf(subject string) string {
	var words [4]string
	n := 0
	for i, from := 0, 0; i <= len(subject) && n < len(words); i++ {
		if i == len(subject) || subject[i] == '.' {
			words[n] = subject[from:i]
			n++
			from = i + 1
		}
	}
	if n < len(words) {
		return ""
	}
	return words[2]
}

// known reads what the done log has of the tasks of a batch.
func (s *store) known(ctx context.Context, run, typ string, of protocol.Span) (all []protocol.Record, err error) {
	l, err := s.openLog(ctx, doneSubject(run, typ, of))
	if err != nil {
		return nil, err
	}
	defer l.stop()
	for l.pending > 0 {
		records, err := l.next(ctx, 0)
		if err != nil {
			return nil, err
		}
		for i := range records {
			all = append(all, records[i].plan())
		}
	}
	return all, nil
}

// again gives tasks back to the task stream.
func (s *store) again(ctx context.Context, run, typ string, b protocol.Batch, args map[int]json.RawMessage) error {
	w := wireBatch{Type: typ, Submitter: b.Of.Submitter, First: b.Of.First, Last: b.Of.Last, Again: true}
	for _, t := range b.Tasks {
		w.Tasks = append(w.Tasks, wireTask{N: t.ID.N, Attempt: t.Attempt, Deliveries: t.Deliveries, Args: args[t.ID.N]})
	}
	data, err := json.Marshal(w)
	if err == nil {
		_, err = s.publish(ctx, message(taskSubject(run, typ, b.Of, b.Suspect()), data))
	}
	return err
}
