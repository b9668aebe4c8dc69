package cluster

import (
	"context"
	"slices"

	"example.com/skein/cluster/internal/protocol"
)

// reading makes outcomes of a done log, message after message.
//
// Of a type that nobody has announced there are no tasks: a record of it is
// invented, by a worker that has a key for it. It is passed over, and counts as
// soon as the type is announced: so all who read come to the same, whenever they
// do and however old the entry is that they know. An honest record is never passed
// over for long, as who submits announces first.
type reading struct {
	fold    protocol.Fold
	through uint64            // the last message that was taken
	types   []string          // that are announced, as far as is known
	passed  map[string]uint64 // the last message of others that was passed over, by type
	unread  unread

	// A type that was being caught up with when that was interrupted.
	catching string
	caught   uint64
}

// reading begins one after what is counted and not kept any more.
func (e *entry) reading() reading {
	r := reading{fold: protocol.Fold{From: e.From}, through: e.Through, types: e.Types}
	r.fold.Resume(e.counted())
	return r
}

// mostPassed is of how many types is known what was passed over: whose key is for
// all may invent as many.
const mostPassed = 1000

// taker is given the records of a log. ended says that a record is the outcome of
// its task. An error ends the reading.
type taker func(m *records, rec *wireRecord, ended bool) error

// take takes the next message, and reports whether its type is announced.
func (r *reading) take(m *records, f taker) (known bool, err error) {
	r.through = m.sequence
	if !slices.Contains(r.types, m.typ) {
		if r.passed == nil {
			r.passed = map[string]uint64{}
		}
		if _, there := r.passed[m.typ]; there || len(r.passed) < mostPassed {
			r.passed[m.typ] = m.sequence
		}
		return false, nil
	}
	return true, r.each(m, f)
}

func (r *reading) each(m *records, f taker) error {
	r.unread.note(m)
	for i := range m.Records {
		rec := &m.Records[i]
		if err := f(m, rec, r.fold.Take(rec.plan(m.typ))); err != nil {
			return err
		}
	}
	return nil
}

// learn learns which types are announced. What was passed over of a new one, from
// message number from on, is read again.
func (r *reading) learn(ctx context.Context, p *place, from uint64, types []string, f taker) error {
	for _, typ := range types {
		if slices.Contains(r.types, typ) {
			continue
		}
		if len(r.passed) > 0 {
			if err := r.catchUp(ctx, p, from, typ, f); err != nil {
				return err
			}
		}
		r.types = append(r.types, typ)
	}
	return nil
}

func (r *reading) catchUp(ctx context.Context, p *place, from uint64, typ string, f taker) error {
	if r.catching != typ {
		r.catching, r.caught = typ, 0
	}
	var left error
	err := p.readSubject(ctx, p.subjects("done."+typ), max(from, r.caught+1), r.passed[typ], func(m *records) bool {
		if m.sequence > r.through {
			return false // it comes by itself
		}
		left, r.caught = r.each(m, f), m.sequence
		return left == nil
	})
	if left != nil {
		return left
	}
	return err
}
