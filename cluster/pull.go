package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

// pull takes batches of one type and kind, or those of a run with a limit.
type pull struct {
	w        *worker
	h        *handler
	run      string // with a limit; "": all that have none
	consumer string
	hand     *hand
}

// ahead is how many batches a pull asks for at once, at most.
const ahead = 16

func (w *worker) open(h *handler, kind string) *pull {
	own := &hand{all: w.hands, size: mostTasks}
	switch kind {
	case permit.Suspect:
		own.fixed = 1 // one at a time: docs/states.md
	case permit.Later:
		own.size = 1 // it travels alone, and is given back first
	}
	return &pull{w: w, h: h, consumer: permit.Consumer(kind, h.typ), hand: own}
}

// openLimited takes from a run with a limit. Each batch is one task there.
func (w *worker) openLimited(h *handler, run string) *pull {
	return &pull{w: w, h: h, run: run, consumer: permit.LimitedConsumer(run, h.typ), hand: &hand{all: w.hands, fixed: cap(w.slots)}}
}

// pullFor is how long the server keeps an unanswered question for tasks. One
// that has died, or leads no longer, has forgotten it, and the client is not
// told: nor is it when it connects again. So it asks a few times a lease.
func (p *pull) pullFor() time.Duration { return p.w.runs.shortest() / 4 }

// loop asks for as many batches as there is place for: what a client holds
// without knowing of it has a lease that nobody renews. It returns when ctx is
// done, or with an error when there is nothing to be had any more.
func (p *pull) loop(ctx context.Context) error {
	if !p.w.c.onlyWork && p.run == "" {
		if err := p.w.c.store.queue(ctx, p.h.typ); err != nil && ctx.Err() == nil {
			return err
		}
	}
	for ctx.Err() == nil {
		n := p.hand.room(ctx)
		if n == 0 {
			return nil
		}
		if err := p.fetch(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// errOver is that a run with a limit has no tasks any more.
var errOver = errors.New("the run is over")

// fetch asks for up to n batches and gives those that come to the workers. An
// error says that none will ever come.
func (p *pull) fetch(ctx context.Context, n int) error {
	err := p.w.c.store.next(ctx, p.consumer, n, p.pullFor(), func(m *delivery) {
		g := p.hand.take()
		p.w.hold(m)
		p.w.group.Go(func(context.Context) error {
			defer g.leave()
			p.work(p.w.drain, m, g)
			return nil
		})
	})
	denied := (*DeniedError)(nil)
	if err == nil || errors.As(err, &denied) {
		return err
	}
	if err := p.w.c.broken(); err != nil {
		return err
	}
	if p.run != "" && errors.Is(err, errNoQueue) {
		return errOver
	}
	select {
	case <-time.After(atLatest): // the server has no queue, or no room for the question
	case <-ctx.Done():
	}
	return nil
}

// work does what a batch needs until it is acknowledged. drain is done when
// nothing is to start any more.
func (p *pull) work(drain context.Context, m *delivery, g *grip) {
	defer p.w.drop(m)
	meta, err := m.Metadata()
	if err != nil {
		return
	}
	v := m.Header.Get(versionHeader)
	if newer(v) > 0 {
		return // somebody else may know it: it comes again when its lease has ended
	}
	var b wireBatch
	run := wordsOf(m.Subject).run()
	if v != version || b.decode(m.Data) != nil || !b.sound() || checkName("run", run) != nil {
		m.say(done) // garbage: nobody was told that it is safe
		return
	}
	b.Type = p.h.typ // as the subject says
	p.batch(drain, m, &b, run, meta, g)
}

// batch runs a batch.
func (p *pull) batch(drain context.Context, m *delivery, b *wireBatch, run string, meta *nats.MsgMetadata, g *grip) {
	ctx := context.WithoutCancel(drain)
	came := time.Now()
	plan, delivered := b.plan(), int(meta.NumDelivered)
	if b.After > 0 {
		if delivered == 1 {
			m.later(b.After)
			return
		}
		delivered-- // the first did not run it
	}
	var known []protocol.Record
	if protocol.MustLookUp(plan, delivered) {
		var err error
		if known, err = p.w.c.store.known(ctx, run, plan); err != nil {
			return // it comes again
		}
	}
	limits := protocol.Limits{Attempts: p.h.config.attempts, Crashes: crashes, Wait: p.h.config.wait}
	x := &held{
		pull: p, run: run, batch: b, plan: plan, tasks: b.byNumber(), fence: fence(meta.Sequence.Stream, meta.NumDelivered),
		Held: protocol.Hold(plan, delivered, known, limits), ended: make(chan struct{}, 1), came: came, grip: g,
	}
	g.has(len(x.Run))
	if x.work(ctx, drain) == nil {
		m.say(done) // if that is lost the batch comes again, and is looked up
	}
}

// sound reports whether the batch says nothing that cannot be.
func (b *wireBatch) sound() bool {
	if b.Submitter < 1 || b.After < 0 || b.First < 1 || b.Last < b.First || b.Last-b.First >= mostTasks || len(b.Tasks) == 0 || len(b.Tasks) > mostTasks {
		return false
	}
	for _, t := range b.Tasks {
		if t.N < b.First || t.N > b.Last || t.Attempt < 1 || t.Attempts < 0 || t.Deliveries < 0 || t.Timeout < 0 {
			return false
		}
	}
	return true
}
