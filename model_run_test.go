package skein_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"example.com/skein"
)

var (
	modelSeed  = flag.Uint64("model.seed", 0, "run TestModel with this seed only")
	modelCount = flag.Int("model.count", 300, "how many schedules TestModel draws")
)

// TestModel takes a Group and its sequential twin through random schedules of
// everything that can be done to them. Between two steps the bubble comes to
// rest, so that what has started, ended, been refused or is blocked can be
// compared exactly.
func TestModel(t *testing.T) {
	if *modelSeed != 0 {
		synctest.Test(t, func(t *testing.T) { newDriver(t, *modelSeed).run() })
		return
	}
	base := rand.Uint64()
	for i := range *modelCount {
		seed := base + uint64(i)
		synctest.Test(t, func(t *testing.T) { newDriver(t, seed).run() })
		if t.Failed() {
			t.Fatalf("again with: go test -run TestModel -model.seed %d", seed)
		}
	}
}

// pair is a group with its twin.
type pair struct {
	*twin
	real  *skein.Group
	waits []*wait
}

type wait struct {
	returned chan struct{}
	err      error
	thrown   *skein.PanicError
}

type submission struct {
	*step
	returned chan bool
	over     chan struct{} // closed when the test is
}

type driver struct {
	t     *testing.T
	rand  *rand.Rand
	pairs []*pair
	tasks map[*step]*submission
	log   []string
	over  chan struct{}
	ids   int
}

func newDriver(t *testing.T, seed uint64) *driver {
	d := &driver{t: t, rand: rand.New(rand.NewPCG(seed, 1)), tasks: map[*step]*submission{}, over: make(chan struct{})}
	d.pairs = []*pair{d.make(nil)}
	return d
}

// make makes a group with random options, a child if parent is not nil.
func (d *driver) make(parent *pair) *pair {
	m := &twin{backlog: -1, limit: d.rand.IntN(4)}
	opts := []skein.Option{skein.Limit(m.limit)}
	switch d.rand.IntN(3) {
	case 0:
		m.policy, opts = "KeepGoing", append(opts, skein.KeepGoing())
	case 1:
		m.policy, opts = "FirstSuccess", append(opts, skein.FirstSuccess())
	}
	if d.rand.IntN(4) == 0 {
		m.backlog = d.rand.IntN(3)
		opts = append(opts, skein.Backlog(m.backlog))
	}
	if d.rand.IntN(4) == 0 {
		opts = append(opts, skein.Dedicated())
	}
	if d.rand.IntN(4) == 0 {
		opts = append(opts, skein.Observe(func(skein.Event) {}))
	}
	if parent == nil {
		return &pair{twin: m, real: skein.New(context.Background(), opts...)}
	}
	m.parent, m.born = parent.twin, parent.submitted
	parent.children = append(parent.children, m)
	return &pair{twin: m, real: parent.real.Group(opts...)}
}

func (d *driver) run() {
	defer close(d.over)
	for range 60 {
		d.step()
		d.compare()
		if d.t.Failed() {
			return
		}
	}
	d.finish()
}

func (d *driver) note(p *pair, format string, args ...any) {
	d.log = append(d.log, fmt.Sprintf("%d: ", slices.Index(d.pairs, p))+fmt.Sprintf(format, args...))
}

func (d *driver) errorf(format string, args ...any) {
	d.t.Helper()
	for _, line := range d.log {
		d.t.Log(line)
	}
	for i, p := range d.pairs {
		d.t.Logf("%d is %v", i, p.twin)
	}
	d.t.Errorf(format, args...)
}

// step does one random thing to a random group.
func (d *driver) step() {
	p := d.pairs[d.rand.IntN(len(d.pairs))]
	switch d.rand.IntN(16) {
	default:
		d.submit(p)
	case 1:
		d.tryGo(p)
	case 2:
		n := d.rand.IntN(4)
		d.note(p, "SetLimit(%d)", n)
		p.real.SetLimit(n)
		if !p.closed {
			p.limit = n
			p.settle()
		}
	case 3:
		if d.rand.IntN(4) == 0 {
			d.cancel(p)
		}
	case 4:
		if !p.closed && len(d.pairs) < 5 {
			d.pairs = append(d.pairs, d.make(p))
			d.note(p, "child %d: %v", len(d.pairs)-1, d.pairs[len(d.pairs)-1].twin)
		}
	case 5:
		if d.rand.IntN(6) == 0 {
			d.wait(p)
		}
	case 6:
		d.waitContext(p)
	case 7, 8, 9, 10:
		d.end(p)
	}
	synctest.Wait()
}

func (d *driver) newTask(p *pair) *submission {
	d.ids++
	s := &submission{
		step:     &step{id: d.ids, group: p.twin, started: make(chan struct{}), orders: make(chan string), own: fmt.Errorf("task %d", d.ids)},
		returned: make(chan bool, 1),
		over:     d.over,
	}
	d.tasks[s.step] = s
	return s
}

// task obeys the orders of the driver.
func (s *submission) task(ctx context.Context) error {
	close(s.started)
	var order string
	select {
	case order = <-s.orders:
	case <-s.over:
	}
	switch order {
	case "fail":
		return s.own
	case "echo":
		return ctx.Err()
	case "panic":
		panic(s.own)
	case "goexit":
		runtime.Goexit()
	}
	return nil
}

func (d *driver) submit(p *pair) {
	if len(p.blocked) > 0 {
		return // several that are blocked and let in together have no order
	}
	s := d.newTask(p)
	d.note(p, "Go(task %d)", s.id)
	if p.closed {
		d.mustPanic(func() { p.real.Go(s.task) })
		return
	}
	go func() { s.returned <- p.real.Go(s.task) }()
	p.submit(s.step)
	synctest.Wait()
}

func (d *driver) tryGo(p *pair) {
	s := d.newTask(p)
	d.note(p, "TryGo(task %d)", s.id)
	if p.closed {
		d.mustPanic(func() { p.real.TryGo(s.task) })
		return
	}
	got, want := p.real.TryGo(s.task), p.tryGo(s.step)
	s.done = true
	s.returned <- got
	if got != want {
		d.errorf("TryGo = %v, want %v", got, want)
	}
}

func (d *driver) mustPanic(f func()) {
	defer func() {
		if recover() == nil {
			d.errorf("submitting to an ended group did not panic")
		}
	}()
	f()
}

func (d *driver) cancel(p *pair) {
	cause := fmt.Errorf("cancel %d", len(d.log))
	d.note(p, "Cancel")
	p.real.Cancel(cause)
	p.cancel(cause)
}

// end lets a random running task end in a random way.
func (d *driver) end(p *pair) {
	if len(p.running) == 0 {
		return
	}
	s := p.running[d.rand.IntN(len(p.running))]
	orders := []string{"succeed", "succeed", "succeed", "fail", "goexit", "panic"}
	order := orders[d.rand.IntN(len(orders))]
	if p.why() != nil && d.rand.IntN(3) > 0 {
		order = "echo"
	}
	d.note(p, "task %d is to %s", s.id, order)
	s.orders <- order
	p.end(s, order)
}

func (d *driver) wait(p *pair) {
	d.note(p, "Wait")
	w := &wait{returned: make(chan struct{})}
	p.waits = append(p.waits, w)
	go func() {
		defer close(w.returned)
		defer func() { w.thrown, _ = recover().(*skein.PanicError) }()
		w.err = p.real.Wait()
	}()
	p.waiters++
	p.settle()
}

// waitContext waits with a context that is already done: it must not block.
func (d *driver) waitContext(p *pair) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(enough)
	if p.closed || p.quiet() {
		return // then it is a Wait
	}
	d.note(p, "WaitContext")
	err := p.real.WaitContext(ctx)
	still, ok := err.(*skein.StillRunning)
	if !ok || !errors.Is(err, enough) {
		d.errorf("WaitContext = %v, want StillRunning", err)
		return
	}
	running, queued := p.census()
	var got []string
	for _, w := range still.Workers {
		got = append(got, fmt.Sprint(w.Number))
	}
	slices.Sort(got)
	slices.Sort(running)
	if !slices.Equal(got, running) || still.Queued != queued {
		d.errorf("StillRunning names %v and %d queued, want %v and %d", got, still.Queued, running, queued)
	}
}

// census counts what runs and is queued in a group and below it.
func (m *twin) census() (running []string, queued int) {
	for _, s := range m.running {
		running = append(running, fmt.Sprint(s.number))
	}
	queued = len(m.queued) + len(m.blocked)
	for _, c := range m.children {
		r, q := c.census()
		running, queued = append(running, r...), queued+q
	}
	return running, queued
}

// compare holds the groups against their twins, now that all is at rest.
func (d *driver) compare() {
	for _, s := range d.tasks {
		d.compareTask(s)
	}
	for i, p := range d.pairs {
		want := p.stats
		want.Running, want.Queued = len(p.running), len(p.queued)
		if got := p.real.Stats(); got != want {
			d.errorf("group %d: stats %+v, want %+v", i, got, want)
		}
		if got, want := p.real.Len(), len(p.running)+len(p.queued)+p.liveChildren(); got != want {
			d.errorf("group %d: Len %d, want %d", i, got, want)
		}
		d.compareCause(i, p)
		for _, w := range p.waits {
			d.compareWait(i, p, w)
		}
	}
}

func (d *driver) compareTask(s *submission) {
	select {
	case got := <-s.returned:
		if !s.done || got != s.accept {
			d.errorf("task %d: Go = %v, want %v (returned %v)", s.id, got, s.accept, s.done)
		}
		s.returned <- got
	default:
		if s.done {
			d.errorf("task %d: Go is blocked, want %v", s.id, s.accept)
		}
	}
	select {
	case <-s.started:
		if slices.Contains(s.group.queued, s.step) || slices.Contains(s.group.blocked, s.step) {
			d.errorf("task %d has started, and should be queued", s.id)
		}
	default:
		if slices.Contains(s.group.running, s.step) {
			d.errorf("task %d has not started", s.id)
		}
	}
}

func (d *driver) compareCause(i int, p *pair) {
	got, want := context.Cause(p.real.Context()), p.why()
	var panicked *skein.PanicError
	if e, ok := want.(errPanicked); ok && errors.As(got, &panicked) && panicked.Value == e.value {
		return
	}
	if got != want {
		d.errorf("group %d: cause %v, want %v", i, got, want)
	}
}

func (d *driver) compareWait(i int, p *pair, w *wait) {
	select {
	case <-w.returned:
		if !p.closed {
			d.errorf("group %d: Wait has returned too early", i)
			return
		}
	default:
		if p.closed {
			d.errorf("group %d: Wait is blocked", i)
		}
		return
	}
	if (w.thrown != nil) != (len(p.thrown) > 0) {
		d.errorf("group %d: Wait panicked with %v, want %v", i, w.thrown, p.thrown)
		return
	}
	err := w.err
	if w.thrown != nil {
		err = w.thrown.Err
		got := []any{w.thrown.Value}
		for _, o := range w.thrown.Others {
			got = append(got, o.Value)
		}
		if !slices.Equal(got, p.thrown) {
			d.errorf("group %d: panics %v, want %v", i, got, p.thrown)
		}
	}
	if e, ok := p.result.(errPanicked); ok {
		var panicked *skein.PanicError
		if !errors.As(err, &panicked) || panicked.Value != e.value {
			d.errorf("group %d: Wait = %v, want the panic %v", i, err, e.value)
		}
	} else if fmt.Sprint(err) != fmt.Sprint(p.result) {
		d.errorf("group %d: Wait = %v, want %v", i, err, p.result)
	}
}

// finish lets all tasks end, waits for the groups in random order, and for
// those that have ended once more: it must be the same.
func (d *driver) finish() {
	for busy := true; busy && !d.t.Failed(); {
		busy = false
		for _, p := range d.pairs {
			for len(p.running) > 0 && !d.t.Failed() {
				busy = true
				d.end(p)
				synctest.Wait()
				d.compare()
			}
		}
	}
	order := d.rand.Perm(len(d.pairs))
	for _, i := range append(order, order...) {
		if d.t.Failed() {
			return
		}
		d.wait(d.pairs[i])
		synctest.Wait()
		d.compare()
	}
}
