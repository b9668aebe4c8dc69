package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// pull takes batches of one type, or suspects of it, or those of a run with a
// limit.
type pull struct {
	w        *worker
	h        *handler
	run      string // with a limit; "": all that have none
	consumer jetstream.Consumer
	places   chan struct{} // for each batch in hand
}

// ahead is how many batches of a type are in hand at a time: some are asked for
// while the others run.
const ahead = 16

func (w *worker) open(ctx context.Context, h *handler, kind, run string, limit int) (*pull, error) {
	cons, err := w.c.store.consumer(ctx, h.typ, kind, run, limit)
	if err != nil {
		return nil, err
	}
	places := min(ahead, cap(w.slots)+1)
	switch kind {
	case suspects:
		places = 1 // one at a time: docs/states.md
	case limited:
		places = cap(w.slots) // each is one task, and waiting it would keep others from running it
	}
	return &pull{w, h, run, cons, make(chan struct{}, places)}, nil
}

// pullFor is how long the server keeps an unanswered question for tasks. One
// that has died, or leads no longer, has forgotten it, and the client is not
// told: nor is it when it connects again. So it asks a few times a lease.
func (p *pull) pullFor() time.Duration { return p.w.c.store.lease / 4 }

// loop asks for as many batches as there is place for: what a client holds
// without knowing of it has a lease that nobody renews. It ends with ctx, or
// with the run.
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
		got, err := p.fetch(ctx, n)
		n -= got
		if ctx.Err() != nil || p.run != "" && errors.Is(err, jetstream.ErrConsumerNotFound) {
			return
		}
	}
}

// fetch asks for up to n batches and gives those that come to the workers.
func (p *pull) fetch(ctx context.Context, n int) (got int, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.pullFor())
	defer cancel()
	batch, err := p.consumer.Fetch(n, jetstream.FetchContext(ctx))
	if err == nil {
		for m := range batch.Messages() {
			got++
			p.w.hold(m)
			p.w.group.Go(func(context.Context) error {
				defer func() { <-p.places }()
				p.work(p.w.drain, m)
				return nil
			})
		}
		err = batch.Error()
	}
	if err != nil && got == 0 && ctx.Err() == nil {
		select {
		case <-time.After(soon):
		case <-ctx.Done():
		}
		if p.run != "" {
			_, gone := p.consumer.Info(ctx)
			return 0, gone
		}
	}
	return got, err
}

// work does what a batch needs until it is acknowledged. drain is done when
// nothing is to start any more.
func (p *pull) work(drain context.Context, m jetstream.Msg) {
	defer p.w.drop(m)
	meta, err := m.Metadata()
	if err != nil {
		return
	}
	v := m.Headers().Get(versionHeader)
	if n, err := strconv.Atoi(v); err == nil && v != version && n > 0 {
		return // somebody else may know it: it is left alone, and comes again when its lease has ended
	}
	var b wireBatch
	w := wordsOf(m.Subject())
	if v != version || json.Unmarshal(m.Data(), &b) != nil || !b.sound() {
		m.TermWithReason("it is no batch of tasks") // nobody was told that it is safe
		return
	}
	b.Type = p.h.typ // as the subject says
	p.batch(drain, m, &b, w.run(), meta)
}

// batch runs a batch.
func (p *pull) batch(drain context.Context, m jetstream.Msg, b *wireBatch, run string, meta *jetstream.MsgMetadata) {
	ctx := context.WithoutCancel(drain)
	plan, delivered := b.plan(), int(meta.NumDelivered)
	if b.After > 0 {
		if delivered == 1 {
			m.NakWithDelay(b.After)
			return
		}
		delivered-- // the first did not run it
	}
	var known []protocol.Record
	if protocol.MustLookUp(plan, delivered) {
		var err error
		if known, err = p.w.c.store.known(ctx, run, b.Type, plan); err != nil {
			return // it comes again
		}
	}
	limits := protocol.Limits{Attempts: p.h.config.attempts, Crashes: crashes, Wait: p.h.config.wait}
	x := &held{
		pull: p, run: run, batch: b, plan: plan, tasks: b.byNumber(), fence: fence(meta.Sequence.Stream, meta.NumDelivered),
		Held: protocol.Hold(plan, delivered, known, limits), ended: make(chan struct{}, 1),
	}
	if x.work(ctx, drain) == nil {
		m.Ack() // if that is lost the batch comes again, and is looked up
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
