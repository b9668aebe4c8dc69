package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

const (
	mostTasks = 256       // of a batch
	mostBytes = 256 << 10 // of its arguments

	// mostAhead is how many tasks of one SubmitAll may wait: while a batch is on
	// its way others are made.
	mostAhead = 3 * mostTasks
)

// submitter gives a run its tasks. While one batch is on its way all that come
// wait, and go into the next ones: nothing waits for a timer, and what was
// accepted of a type is always 1 to some n. Several on their way would be refused by a
// stream that several servers keep: it has one message with a condition at a
// time.
type submitter struct {
	place  *place
	number int
	limit  int  // more than 0: tasks travel alone, in a queue of the run's
	free   bool // of a queue, which is never closed: there is no gate

	mu      sync.Mutex
	gate    uint64 // the last message of the gate, while it is open
	closed  bool   // it is not
	why     error  // because the run was cancelled, with this cause
	waiting []*submission
	busy    bool            // somebody publishes
	last    map[string]int  // by type, the number of the last task that was accepted
	broken  error           // why nothing is submitted any more
	blocked error           // why what is on its way has not arrived; nil: nothing is wrong
	types   map[string]bool // those that are announced; of who publishes
}

// submission is a task that somebody waits for.
type submission struct {
	kind kind
	task wireTask
	id   protocol.ID
	err  error
	done chan struct{} // closed when id or err is there
}

// submit returns when the task is safe.
func (s *submitter) submit(ctx context.Context, k kind, t wireTask) (protocol.ID, error) {
	w := &submission{kind: k, task: t, done: make(chan struct{})}
	s.add(w)
	err := s.await(ctx, w)
	return w.id, err
}

// submitAll submits tasks in order, until one cannot be, and returns how many of
// them are safe.
func (s *submitter) submitAll(ctx context.Context, k kind, tasks iter.Seq2[wireTask, error]) (n int, err error) {
	var chunk, waiting []*submission
	settle := func(ahead int) error {
		for len(waiting) > ahead {
			if err := s.await(ctx, waiting...); err != nil {
				return err
			}
			waiting = waiting[1:]
			n++
		}
		return nil
	}
	submit := func(ahead int) error {
		if ctx.Err() != nil { // those before may have been taken out
			return cmp.Or(settle(0), s.gaveUp(ctx))
		}
		s.add(chunk...)
		waiting, chunk = append(waiting, chunk...), chunk[:0]
		return settle(ahead)
	}
	for t, wrong := range tasks {
		if wrong != nil {
			err = cmp.Or(submit(0), wrong)
			return n, err
		}
		chunk = append(chunk, &submission{kind: k, task: t, done: make(chan struct{})})
		if len(chunk) < mostTasks {
			continue
		}
		if err := submit(mostAhead); err != nil {
			return n, err
		}
	}
	err = submit(0)
	return n, err
}

// await waits for the first of these, and takes all out that have not been sent
// when ctx is done.
func (s *submitter) await(ctx context.Context, all ...*submission) error {
	first := all[0]
	select {
	case <-first.done:
	case <-ctx.Done():
		s.withdraw(s.gaveUp(ctx), all)
		<-first.done // it is on its way: nobody could say whether it was accepted
	}
	return first.err
}

// gaveUp is ctx's cause, and what those before it still wait for.
func (s *submitter) gaveUp(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blocked == nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("cluster: submit to %s: %w; waiting because of: %w", s.place.name, context.Cause(ctx), s.blocked)
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

// withdraw ends those of these that have not been sent.
func (s *submitter) withdraw(why error, these []*submission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(w *submission) bool {
		if !slices.Contains(these, w) {
			return false
		}
		w.err = why
		close(w.done)
		return true
	})
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
			if s.last == nil {
				s.last = map[string]int{}
			}
			s.last[batch[0].kind.name] = batch[len(batch)-1].id.N
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
		if len(batch) > 0 && (s.limit > 0 || len(batch) == mostTasks || w.kind != batch[0].kind || size+len(w.task.Args) > mostBytes) {
			break
		}
		size += len(w.task.Args)
		w.id = s.series(w.kind.name).Task(s.last[w.kind.name] + len(batch) + 1)
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
	k := batch[0].kind
	of := protocol.Span{Series: s.series(k.name), First: batch[0].id.N, Last: batch[len(batch)-1].id.N}
	b := wireBatch{Type: k.name, Codec: k.codec, Version: k.version, Submitter: of.Submitter, First: of.First, Last: of.Last}
	for _, w := range batch {
		w.task.N = w.id.N
		b.Tasks = append(b.Tasks, w.task)
	}
	data, err := b.encode()
	if err != nil {
		return err
	}
	ctx := context.Background() // those who wait have a context each
	kind := permit.Plain
	if err := s.place.c.store.queue(ctx, b.Type); err != nil {
		return err
	}
	if s.limit > 0 {
		kind = permit.Limited
	}
	if err := s.announce(ctx, k.name); err != nil {
		return err
	}
	p, err := s.place.c.store.publication(message(taskSubject(s.place.name, kind, of), data))
	if err != nil {
		return err
	}
	defer p.answers.close()
	defer s.tell(nil)
	for unseen := 0; ; {
		s.condition(p.m)
		_, err := p.publish(ctx, s.tell)
		if codeOf(err) != wrongLastSequence {
			return err
		}
		seen, err := s.lookAtGate(ctx)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		switch unseen++; {
		case seen:
			unseen = 0
		case unseen == disagree*lateFor:
			return fmt.Errorf("%w: its gate is gone", ErrClosed)
		default:
			s.tell(errBehind)
		}
		if p.arrived() != nil {
			return nil
		}
		if err := s.refusal(); err != nil {
			return err
		}
	}
}

// tell notes why what is on its way has not arrived.
func (s *submitter) tell(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = err
}

// series is that of its tasks of a type.
func (s *submitter) series(typ string) protocol.Series {
	return protocol.Series{Type: typ, Submitter: s.number}
}

// accepted is how many tasks of this submitter were until now.
func (s *submitter) accepted() protocol.Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := protocol.Accepted{}
	for typ, n := range s.last {
		all[s.series(typ)] = n
	}
	return all
}
