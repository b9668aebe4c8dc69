package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

const (
	gateOpen   = "open"
	gateClosed = "closed"

	mostTasks = 64        // of a batch
	mostBytes = 256 << 10 // of its arguments
)

// submitter gives a run its tasks. While one batch is on its way all that come
// wait, and go into the next ones: nothing waits for a timer, and what was
// accepted is always 1 to some n. Several on their way would be refused by a
// stream that several servers keep: it has one message with a condition at a
// time.
type submitter struct {
	run    *Run
	number int

	mu      sync.Mutex
	gate    uint64 // the last message of the gate, while it is open
	closed  bool   // it is not
	waiting []*submission
	busy    bool  // somebody publishes
	last    int   // the number of the last task that was accepted
	broken  error // why nothing is submitted any more
}

// submission is a task that somebody waits for.
type submission struct {
	typ  string
	args json.RawMessage
	id   protocol.ID
	err  error
	done chan struct{} // closed when id or err is there
}

// openGate opens it, once.
func (s *submitter) openGate(ctx context.Context) error {
	m := message(gateSubject(s.run.name, s.number), []byte(gateOpen))
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	ack, err := s.run.c.store.publish(ctx, m)
	if err == nil {
		s.gate = ack.Sequence
		return nil
	}
	if codeOf(err) == wrongLastSequence {
		return s.lookAtGate(ctx)
	}
	return fmt.Errorf("cluster: open run %s: %w", s.run.name, err)
}

// lookAtGate learns what the gate's last message is. It may be ours, of which
// we did not hear.
func (s *submitter) lookAtGate(ctx context.Context) error {
	m, err := s.run.c.store.tasks.GetLastMsgForSubject(ctx, gateSubject(s.run.name, s.number))
	if err != nil {
		return fmt.Errorf("cluster: look at the gate of run %s: %w", s.run.name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate, s.closed = m.Sequence, string(m.Data) != gateOpen
	return nil
}

// submit returns when the task is safe.
func (s *submitter) submit(ctx context.Context, typ string, args json.RawMessage) (protocol.ID, error) {
	if len(args) > mostBytes {
		return protocol.ID{}, tooLarge(s.run.name, len(args))
	}
	w := &submission{typ: typ, args: args, done: make(chan struct{})}
	s.add(w)
	err := s.await(ctx, w)
	return w.id, err
}

// await waits for the first of these, and takes all out that have not been sent
// when ctx is done.
func (s *submitter) await(ctx context.Context, all ...*submission) error {
	first := all[0]
	select {
	case <-first.done:
		return first.err
	case <-ctx.Done():
	}
	if s.withdraw(all...) {
		return context.Cause(ctx)
	}
	<-first.done // it is on its way: nobody could say whether it was accepted
	return first.err
}

// submitAll submits tasks in order, and returns how many of them are safe.
func (s *submitter) submitAll(ctx context.Context, typ string, all []json.RawMessage) (n int, err error) {
	waiting := make([]*submission, len(all))
	for i, args := range all {
		if len(args) > mostBytes {
			err = tooLarge(s.run.name, len(args))
			waiting = waiting[:i]
			break
		}
		waiting[i] = &submission{typ: typ, args: args, done: make(chan struct{})}
	}
	s.add(waiting...)
	for i := range waiting {
		if err := s.await(ctx, waiting[i:]...); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

func tooLarge(run string, size int) error {
	return fmt.Errorf("cluster: submit to run %s: the arguments have %d bytes, more than %d", run, size, mostBytes)
}

// add has tasks submitted.
func (s *submitter) add(all ...*submission) {
	s.mu.Lock()
	s.waiting = append(s.waiting, all...)
	lead := !s.busy
	s.busy = true
	s.mu.Unlock()
	if lead {
		go s.publish()
	}
}

// withdraw takes out what has not been sent, and reports whether that is so of
// the first of these.
func (s *submitter) withdraw(all ...*submission) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := slices.Contains(s.waiting, all[0])
	s.waiting = slices.DeleteFunc(s.waiting, func(w *submission) bool { return slices.Contains(all, w) })
	return first
}

// publish publishes batches until nobody waits.
func (s *submitter) publish() {
	for {
		batch := s.take()
		if batch == nil {
			return
		}
		err := s.send(batch)
		s.mu.Lock()
		if err == nil {
			s.last = batch[len(batch)-1].id.N
		} else {
			s.broken = err // it may have been accepted even so: its numbers are used up
		}
		s.mu.Unlock()
		for _, w := range batch {
			w.err = err
			close(w.done)
		}
	}
}

// take takes the next batch from those who wait, of one type, and numbers it.
func (s *submitter) take() (batch []*submission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := 0
	for _, w := range s.waiting {
		if len(batch) == mostTasks || len(batch) > 0 && (w.typ != batch[0].typ || size+len(w.args) > mostBytes) {
			break
		}
		size += len(w.args)
		w.id = protocol.ID{Submitter: s.number, N: s.last + len(batch) + 1}
		batch = append(batch, w)
	}
	s.waiting = s.waiting[len(batch):]
	if len(batch) == 0 {
		s.busy = false
		s.waiting = nil
	}
	return batch
}

// send publishes a batch until there is an answer. The same batch is published
// each time: whatever of it arrives more than once is run more than once, and
// counted once.
func (s *submitter) send(batch []*submission) error {
	if err := s.refusal(); err != nil {
		return err
	}
	of := protocol.Span{Submitter: s.number, First: batch[0].id.N, Last: batch[len(batch)-1].id.N}
	b := wireBatch{Type: batch[0].typ, Submitter: of.Submitter, First: of.First, Last: of.Last}
	for _, w := range batch {
		b.Tasks = append(b.Tasks, wireTask{N: w.id.N, Attempt: 1, Args: w.args})
	}
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	ctx := context.Background() // those who wait have a context each
	if err := s.run.c.store.queue(ctx, b.Type); err != nil {
		return err
	}
	for {
		m := message(taskSubject(s.run.name, b.Type, of, false), data)
		s.condition(m)
		_, err := s.run.c.store.publish(ctx, m)
		if codeOf(err) != wrongLastSequence {
			return err
		}
		if err := s.lookAtGate(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if err := s.refusal(); err != nil {
			return err
		}
	}
}

// condition has the server refuse m if the gate is not what it was. Servers know
// a condition on another subject than the message's since 2.12.
func (s *submitter) condition(m *nats.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, fmt.Sprint(s.gate))
	m.Header.Set(jetstream.ExpectedLastSubjSeqSubjHeader, gateSubject(s.run.name, s.number))
}

// refusal is why nothing may be submitted; nil: it may.
func (s *submitter) refusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	return s.broken
}

// counted is how many tasks were accepted, if that is known: the gate is
// closed, and nothing is on its way.
func (s *submitter) counted() (n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.last, !s.busy && s.broken == nil
}
