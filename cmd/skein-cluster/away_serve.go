package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/away"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// serve does what skein at the other end of the pipe asks for, until that is
// closed. If it is closed without a word the tasks go on.
func (s *awayServer) serve(ctx context.Context, in io.Reader) error {
	from := json.NewDecoder(in)
	var first away.Request
	if err := from.Decode(&first); err != nil || first.Open == nil {
		return usage.Errorf("it is a part of skein run --on", "nobody says what is to be run")
	}
	run, err := openAway(ctx, *first.Open)
	if err != nil {
		s.fail(err)
		return nil
	}
	s.run = run
	s.say(away.Reply{Opened: true})
	ctx, cancel := context.WithCancel(ctx)
	defer s.working.Wait()
	defer cancel()
	s.working.Go(func() {
		if s.tell(run.endsBefore(ctx)) {
			s.say(away.Reply{Settled: true})
		}
	})
	s.working.Go(func() { s.tell(ends(ctx, run.run, run.mark)) })
	s.working.Go(func() { s.submit(ctx) })
	s.working.Go(func() { s.look(ctx) })
	for {
		var r away.Request
		if err := from.Decode(&r); err != nil {
			return nil // who asked has ended
		}
		switch {
		case r.Task != nil:
			s.add(*r.Task)
		case r.Cancel != "":
			s.working.Go(func() {
				ctx, stop := context.WithTimeoutCause(ctx, cancelFor, errMute)
				defer stop()
				if err := run.cancel(ctx, errors.New(r.Cancel)); err != nil {
					s.fail(cmp.Or(context.Cause(ctx), err))
				}
			})
		case r.Close && s.failed.Load():
			return nil
		case r.Close:
			return run.finish(ctx)
		}
	}
}

// cancelFor is how long the cluster may take to hear that a run is cancelled: whoever
// wants that is not to wait until a server comes back.
const cancelFor = 20 * time.Second

var errMute = errors.New("the cluster has not heard that the run is cancelled: what has been submitted goes on, and skein resume has its ends")

// awayServer is the other end of skein run --on.
type awayServer struct {
	run     *awayRun
	working sync.WaitGroup
	failed  atomic.Bool // it is over, and nothing more is asked of the cluster

	come chan struct{} // has one when something waits

	mu      sync.Mutex
	to      *json.Encoder
	waiting []away.Task // to be submitted
	open    int         // tasks that have not ended
	heard   time.Time   // when one did last
}

// say says something. Nobody hears it if who asked has ended, which the other
// half of the pipe tells.
func (s *awayServer) say(r away.Reply) {
	disarm(&r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to.Encode(r)
}

// disarm makes harmless on a terminal what workers, or a server, have written, and
// has nothing in an end that no command can bring. Outputs are the tasks' own, here as
// anywhere.
func disarm(r *away.Reply) {
	r.Note, r.Error, r.Hint = inert.Text(r.Note), inert.Text(r.Error), inert.Text(r.Hint)
	e := r.End
	if e == nil {
		return
	}
	switch e.Outcome {
	case task.Succeeded, task.Failed, task.TimedOut, task.Killed, task.Cancelled:
	default:
		e.Cause = fmt.Sprintf("the worker says that it is %q: %s", e.Outcome, e.Cause)
		e.Outcome = task.Failed
	}
	if e.Word != 126 && e.Word != 127 { // it may be the exit status of skein
		e.Word = 0
	}
	e.Left = min(max(0, e.Left), mostLeft)
	e.LeftNames = e.LeftNames[:min(len(e.LeftNames), task.MostLeft)]
	e.Cause, e.Host = inert.Text(e.Cause), inert.Text(e.Host)
	for i, name := range e.LeftNames {
		e.LeftNames[i] = inert.Text(name)
	}
}

// mostLeft is more processes than a system has.
const mostLeft = 1 << 22

func (s *awayServer) fail(err error) {
	s.failed.Store(true)
	r := away.Reply{Error: err.Error()}
	var mistake *usage.Error
	if errors.As(err, &mistake) {
		r.Error, r.Hint = mistake.What, mistake.Hint
	}
	s.say(r)
}

// tell tells ends, and reports whether there are no more.
func (s *awayServer) tell(ends iter.Seq2[away.End, error]) bool {
	for end, err := range ends {
		if errors.Is(err, context.Canceled) {
			return false
		}
		if err != nil {
			s.fail(err)
			return false
		}
		s.ended(&end)
	}
	return true
}

// add has a task submitted.
func (s *awayServer) add(t away.Task) {
	s.mu.Lock()
	s.waiting = append(s.waiting, t)
	s.open++
	s.mu.Unlock()
	select {
	case s.come <- struct{}{}:
	default:
	}
}

// submit submits what comes, in order. What is not taken has ended.
func (s *awayServer) submit(ctx context.Context) {
	for {
		select {
		case <-s.come:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		all := s.waiting
		s.waiting = nil
		s.mu.Unlock()
		for len(all) > 0 {
			n, err := s.run.submit(ctx, all)
			if all = all[n:]; err == nil || len(all) == 0 || ctx.Err() != nil {
				break
			}
			end := away.End{Mark: all[0].Mark, Outcome: task.Failed, ExitStatus: -1, Cause: fmt.Sprintf("not submitted: %v", err)}
			if errors.Is(err, cluster.ErrClosed) {
				end.Outcome, end.Cause = task.Cancelled, fmt.Sprintf("not submitted: the run is cancelled (%v)", err)
			}
			s.ended(&end)
			all = all[1:]
		}
	}
}

func (s *awayServer) ended(end *away.End) {
	s.mu.Lock()
	s.open--
	s.heard = time.Now()
	s.mu.Unlock()
	s.say(away.Reply{End: end})
}

// patience is how long nothing may come until it is said why.
const patience = 5 * time.Second

// look says why nothing comes, when that changes.
func (s *awayServer) look(ctx context.Context) {
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for told := ""; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		idle := s.open > 0 && time.Since(s.heard) > patience
		s.mu.Unlock()
		if !idle {
			told = ""
			continue
		}
		if why := s.run.trouble(ctx); why != told && ctx.Err() == nil {
			if told = why; why != "" {
				s.say(away.Reply{Note: why})
			}
		}
	}
}
