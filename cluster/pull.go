package cluster

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

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

// pullFor is how long the server keeps an unanswered question for tasks. One
// that has died, or leads no longer, has forgotten it, and the client is not
// told: nor is it when it connects again. So it asks a few times a lease.
func (p *pull) pullFor() time.Duration { return p.w.c.store.lease / 4 }

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
	ctx, cancel := context.WithTimeout(ctx, p.pullFor())
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
	switch v := m.Headers().Get(versionHeader); {
	case isVersion(v) && v != version:
	case err != nil || run == "" || v != version || len(b.Tasks) == 0:
		m.Term() // garbage: there is nothing to lose, and it would come for ever
	default:
		b.Type = p.h.typ // as the subject says
		p.batch(drain, m, &b, run, int(meta.NumDelivered))
	}
	// Else it is of a version that we do not know. Somebody else may: it is left
	// alone, and comes again when its lease has ended.
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
