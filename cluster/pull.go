package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

// pull takes batches of one type, or suspects of it.
type pull struct {
	w        *worker
	h        *handler
	consumer string
	places   chan struct{} // for each batch in hand
}

// ahead is how many batches of a type are in hand at a time: some are asked for
// while the others run.
const ahead = 16

func (w *worker) open(h *handler, suspects bool) *pull {
	places := min(ahead, cap(w.slots)+1)
	if suspects {
		places = 1 // one at a time: docs/states.md
	}
	return &pull{w, h, permit.Consumer(h.typ, suspects), make(chan struct{}, places)}
}

// loop asks for as many batches as there is place for: what a client holds
// without knowing of it has a lease that nobody renews. It returns when ctx is
// done, or with an error when there is nothing to be had any more.
func (p *pull) loop(ctx context.Context) error {
	if !p.w.c.onlyWork {
		if err := p.w.c.store.queue(ctx, p.h.typ); err != nil && ctx.Err() == nil {
			return err
		}
	}
	for n := 0; ctx.Err() == nil; {
		if n == 0 {
			select {
			case p.places <- struct{}{}:
				n++
			case <-ctx.Done():
				return nil
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
		if err != nil {
			return err
		}
	}
	return nil
}

// fetch asks for up to n batches and gives those that come to the workers. An
// error says that none will ever come.
func (p *pull) fetch(ctx context.Context, n int) (got int, err error) {
	err = p.w.c.store.next(ctx, p.consumer, n, func(m *delivery) {
		got++
		p.w.hold(m)
		p.w.group.Go(func(context.Context) error {
			defer func() { <-p.places }()
			p.work(p.w.drain, m)
			return nil
		})
	})
	denied := (*DeniedError)(nil)
	if err == nil || errors.As(err, &denied) {
		return got, err
	}
	if err := p.w.c.broken(); err != nil {
		return got, err
	}
	select {
	case <-time.After(atLatest): // the server has no queue, or no room for the question
	case <-ctx.Done():
	}
	return got, nil
}

// work does what a batch needs until it is acknowledged. drain is done when
// nothing is to start any more.
func (p *pull) work(drain context.Context, m *delivery) {
	defer p.w.drop(m)
	times, err := m.times()
	if err != nil {
		return
	}
	if v := m.Header.Get(versionHeader); v != "" && v != version {
		return // somebody else may know it: it comes again when its lease has ended
	}
	var b wireBatch
	err = json.Unmarshal(m.Data, &b)
	run := runOf(m.Subject)
	if err != nil || run == "" || len(b.Tasks) == 0 || m.Header.Get(versionHeader) == "" {
		m.say(done) // garbage: there is nothing to lose
		return
	}
	b.Type = p.h.typ // as the subject says
	p.batch(drain, m, &b, run, times)
}

// batch runs a batch.
func (p *pull) batch(drain context.Context, m *delivery, b *wireBatch, run string, deliveries int) {
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
	m.say(done) // if that is lost the batch comes again, and is looked up
}
