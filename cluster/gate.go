package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

// A gate is a subject of the task stream that each submitter of a run has. Whoever
// closes it, by another message there, has the server refuse all that this submitter
// publishes after that: so what was accepted can be counted.
const (
	gateOpen   = "open"
	gateClosed = "closed"
)

// openGate opens it, once.
func (s *submitter) openGate(ctx context.Context) error {
	m := message(gateSubject(s.place.name, s.number), []byte(gateOpen))
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	ack, err := s.place.c.store.publish(ctx, m)
	if err == nil {
		s.gate = ack.Sequence
		return nil
	}
	for late := 0; codeOf(err) == wrongLastSequence; late++ {
		seen, wrong := s.lookAtGate(ctx)
		if wrong != nil || seen {
			return wrong
		}
		if late == disagree*lateFor {
			err = errBehind
			break
		}
		if err := sleep(ctx, look); err != nil {
			return err
		}
	}
	return fmt.Errorf("cluster: open run %s: %w", s.place.name, err)
}

// lookAtGate learns what the gate's last message is. It may be ours, of which
// we did not hear. There is none once the run was removed; but none is known either
// to a server that was cut off when we opened it, and still believes that it leads:
// then it was not seen.
func (s *submitter) lookAtGate(ctx context.Context) (seen bool, err error) {
	m, err := s.place.c.store.latest(ctx, tasksStream, gateSubject(s.place.name, s.number))
	if err != nil {
		return false, fmt.Errorf("cluster: look at the gate of run %s: %w", s.place.name, err)
	}
	if m != nil && string(m.Data) == gateOpen {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.gate = m.Sequence
		return true, nil
	}
	e, err := s.place.entry(ctx)
	switch {
	case m == nil && (err != nil || e.From == s.place.from && e.there() && !e.Closing):
		return false, nil
	case err == nil:
		s.shut(e.cause())
	default:
		s.shut(nil)
	}
	return true, nil
}

// announce notes in the entry that there are tasks of a type, before the first
// of this submitter, and waits while there is no room for that. Records of types
// that nobody has announced are no outcomes, and workers of a run with a limit
// learn so where its tasks are.
func (s *submitter) announce(ctx context.Context, typ string) error {
	if s.types[typ] {
		return nil
	}
	if s.limit > 0 {
		if err := s.place.c.store.limitedQueue(ctx, s.place.name, typ, s.limit); err != nil {
			return err
		}
	}
	for pause := soon; ; pause = min(2*pause, atLatest) {
		brief, cancel := context.WithTimeout(ctx, 2*answer) // then those who wait are told why
		e, err := s.place.change(brief, func(e *entry) error {
			switch {
			case e.Closing, e.Removed, s.number <= e.From:
				return errUnchanged // who counts the tasks may have read the types
			case e.has(typ):
				return errUnchanged
			}
			e.Types = append(e.Types, typ)
			return nil
		})
		cancel()
		s.tell(err)
		switch {
		case err != nil && !passes(err):
			return err
		case err == nil && (e.Closing || e.Removed || s.number <= e.From):
			s.shut(e.cause())
			return s.refusal()
		case err == nil:
			if s.types == nil {
				s.types = map[string]bool{}
			}
			s.types[typ] = true
			if s.limit > 0 {
				s.place.hint()
			}
			return nil
		}
		<-time.After(pause)
	}
}

// shut notes that the gate is closed.
func (s *submitter) shut(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.why = true, why
}

// condition has the server refuse m if the gate is not what it was. Servers know
// a condition on another subject than the message's since 2.12.
func (s *submitter) condition(m *nats.Msg) {
	if s.free {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, fmt.Sprint(s.gate))
	m.Header.Set(jetstream.ExpectedLastSubjSeqSubjHeader, gateSubject(s.place.name, s.number))
}

// refusal is why nothing may be submitted; nil: it may.
func (s *submitter) refusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		if s.why != nil {
			return fmt.Errorf("%w: %w", ErrClosed, s.why)
		}
		return ErrClosed
	}
	return s.broken
}

// counted is how many tasks were accepted, if that is known: the gate is
// closed, and nothing is on its way.
func (s *submitter) counted() (all protocol.Accepted, ok bool) {
	s.mu.Lock()
	s.closed = true
	ok = !s.busy && s.broken == nil
	s.mu.Unlock()
	return s.accepted(), ok
}
