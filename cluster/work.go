package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
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
	w := &worker{c: c, slots: make(chan struct{}, n), drain: ctx, held: map[jetstream.Msg]bool{}}
	watcher, err := c.store.runs.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("cluster: look for runs that are cancelled: %w", err)
	}
	defer watcher.Stop()
	w.runs = contexts{base: context.WithoutCancel(ctx), runs: map[string]*runContext{}}
	go w.runs.follow(watcher)
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
	_ = w.group.Wait() // only that handlers called Goexit, which their tasks' outcomes say
	return nil
}

// worker is a Work that goes on.
type worker struct {
	c     *Client
	group *skein.Group
	slots chan struct{}   // a place for each task that runs
	drain context.Context // done when nothing is to start any more
	runs  contexts

	mu   sync.Mutex
	held map[jetstream.Msg]bool
}

// pull takes batches of one type, or suspects of it.
type pull struct {
	w        *worker
	h        *handler
	consumer jetstream.Consumer
	places   chan struct{} // for each batch in hand
}

// ahead is how many batches of a type are in hand at a time: some are asked for
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
	return &pull{w, h, cons, make(chan struct{}, places)}, nil
}

// pullFor is how long the server keeps an unanswered question for tasks.
const pullFor = 5 * time.Second

// loop asks for as many batches as there is place for: what a client holds
// without knowing of it has a lease that nobody renews.
func (p *pull) loop(ctx context.Context) {
	for n := 0; ; {
		if n == 0 {
			select {
			case p.places <- struct{}{}:
				n++
			case <-ctx.Done():
				return
			}
		}
		for more := true; more; {
			select {
			case p.places <- struct{}{}:
				n++
			default:
				more = false
			}
		}
		n -= p.fetch(ctx, n)
		if ctx.Err() != nil {
			return
		}
	}
}

// fetch asks for up to n batches and gives those that come to the workers.
func (p *pull) fetch(ctx context.Context, n int) (got int) {
	ctx, cancel := context.WithTimeout(ctx, pullFor)
	defer cancel()
	batch, err := p.consumer.Fetch(n, jetstream.FetchContext(ctx))
	if err != nil {
		select {
		case <-time.After(soon):
		case <-ctx.Done():
		}
		return 0
	}
	for m := range batch.Messages() {
		got++
		p.w.hold(m)
		p.w.group.Go(func(context.Context) error {
			defer func() { <-p.places }()
			p.work(p.w.drain, m)
			return nil
		})
	}
	return got
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
	tick := time.NewTicker(w.c.store.lease / 3)
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
	run := runOf(m.Subject())
	switch {
	case err != nil || run == "" || m.Headers().Get(versionHeader) != version:
	case len(b.Tasks) == 0:
		m.Ack() // there is nothing to lose
	default:
		b.Type = p.h.typ // as the subject says
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
		if known, err = p.w.c.store.known(ctx, run, b.Type, plan); err != nil {
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
	if err := x.all(ctx, drain); err != nil {
		return
	}
	for records := range inMessages(x.wire) {
		if p.w.c.store.record(ctx, run, b.Type, plan, wireRecords{Worker: p.w.c.name, Records: records}) != nil {
			return
		}
	}
	if x.giveOn(ctx) != nil {
		return
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
func (x *held) all(ctx, drain context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	late := time.NewTimer(patience)
	defer late.Stop()
	of := x.w.runs.of(x.run)
	for i, t := range x.Run {
		if of.Err() != nil {
			x.calledOff(of, t)
			continue
		}
		select {
		case x.w.slots <- struct{}{}:
		default:
			select {
			case x.w.slots <- struct{}{}:
			case <-late.C:
				return x.handOn(ctx, x.Run[i:])
			case <-drain.Done():
				return x.handOn(ctx, x.Run[i:])
			}
		}
		running.Add(1)
		x.w.group.Go(func(context.Context) error {
			defer running.Done()
			defer func() { <-x.w.slots }()
			x.one(of, t)
			return nil
		})
	}
	return nil
}

// calledOff is the end of a task that does not run, as its run is cancelled.
func (x *held) calledOff(of context.Context, t protocol.Task) {
	x.end(t, wireRecord{Submitter: t.ID.Submitter, N: t.ID.N, Attempt: t.Attempt, Outcome: Cancelled, Cause: context.Cause(of).Error()}, false)
}

// handOn gives tasks that have not started to others, at once: those that run
// may take long.
func (x *held) handOn(ctx context.Context, tasks []protocol.Task) error {
	x.mu.Lock()
	x.HandOn(tasks)
	x.mu.Unlock()
	return x.giveOn(ctx)
}

// giveOn publishes the successors that there are.
func (x *held) giveOn(ctx context.Context) error {
	x.mu.Lock()
	next := x.Next
	x.Next = nil
	x.mu.Unlock()
	for _, b := range next {
		if err := x.w.c.store.again(ctx, x.run, x.h.typ, b, x.args); err != nil {
			return err
		}
	}
	return nil
}

// one runs an attempt, and notes how it ended, whatever way that was.
func (x *held) one(of context.Context, t protocol.Task) {
	ctx := of
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
		retryable = retryable && of.Err() == nil
		x.end(t, r, retryable)
	}()
	result, err := x.h.run(ctx, x.args[t.ID.N])
	switch mark := (interface{ Permanent() bool })(nil); {
	case err == nil:
		r.Outcome, r.Cause, r.Result, retryable = Succeeded, "", result, false
	case of.Err() != nil:
		r.Outcome, r.Cause, retryable = Cancelled, context.Cause(of).Error(), false
	case ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		r.Outcome, r.Cause = TimedOut, err.Error()
	default:
		r.Outcome, r.Cause, r.CauseType = Failed, err.Error(), fmt.Sprintf("%T", err)
		retryable = !errors.As(err, &mark)
	}
}

func (x *held) end(t protocol.Task, r wireRecord, retryable bool) {
	if len(r.Cause) > mostCause {
		r.Cause = strings.ToValidUTF8(r.Cause[:mostCause], "") + "..."
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.Records)
	x.End(t, r.Outcome, retryable)
	r.Outcome, r.Ended = x.Records[n].Outcome, time.Now()
	x.wire = append(x.wire, r)
}

// mostCause is how many bytes of a cause cross the wire.
const mostCause = 4 << 10

// inMessages cuts records such that a server takes each part: mostly it is one.
func inMessages(all []wireRecord) iter.Seq[[]wireRecord] {
	return func(yield func([]wireRecord) bool) {
		from, size := 0, 0
		for i, r := range all {
			n := len(r.Result) + 2*len(r.Cause) + 300
			if size += n; size > 2*mostBytes && i > from {
				if !yield(all[from:i]) {
					return
				}
				from, size = i, n
			}
		}
		if from < len(all) {
			yield(all[from:])
		}
	}
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

// known reads what the done log has of the tasks of a batch: what its last
// holder said, and who had it when it was new. Others may have said more; then a
// task runs once more than it need.
func (s *store) known(ctx context.Context, run, typ string, b protocol.Batch) (all []protocol.Record, err error) {
	subjects := []string{doneSubject(run, typ, b)}
	if b.Again {
		subjects = append(subjects, doneSubject(run, typ, protocol.Batch{Of: b.Of}))
	}
	for _, subject := range subjects {
		m, err := s.done.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var w wireRecords
		if err := json.Unmarshal(m.Data, &w); err != nil {
			return nil, err
		}
		for i := range w.Records {
			all = append(all, w.Records[i].plan())
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
