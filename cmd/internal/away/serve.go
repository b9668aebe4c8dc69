package away

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// Run is a run of a cluster, as [Serve] needs it. Its methods are called by
// several goroutines at the same time.
type Run interface {
	// Before gives how the tasks of the runs ended that this one goes on with,
	// until all have.
	Before(ctx context.Context) iter.Seq2[End, error]

	// Ends gives how the tasks of this one end, until ctx is done.
	Ends(ctx context.Context) iter.Seq2[End, error]

	// Submit submits tasks in order, and returns how many are safe, and why the
	// next one is not.
	Submit(ctx context.Context, all []Task) (int, error)

	// Trouble is why nothing comes; "": nothing is wrong.
	Trouble(ctx context.Context) string

	// Cancel has all end that has not.
	Cancel(ctx context.Context, cause error) error

	// Finish is called when the ends of all tasks are known: nobody needs any of
	// these runs any more.
	Finish(ctx context.Context) error
}

// Serve does what a [Conn] at the other end of the pipe asks for, until that is
// closed. If it is closed without a word the tasks go on.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open func(context.Context, Open) (Run, error)) error {
	s := server{to: json.NewEncoder(out), come: make(chan struct{}, 1), heard: time.Now()}
	from := json.NewDecoder(in)
	var first request
	if err := from.Decode(&first); err != nil || first.Open == nil {
		return usage.Errorf("it is a part of skein run --on", "nobody says what is to be run")
	}
	run, err := open(ctx, *first.Open)
	if err != nil {
		s.fail(err)
		return nil
	}
	s.run = run
	s.say(reply{Opened: true})
	ctx, cancel := context.WithCancel(ctx)
	defer s.working.Wait()
	defer cancel()
	s.working.Go(func() {
		if s.tell(run.Before(ctx)) {
			s.say(reply{Settled: true})
		}
	})
	s.working.Go(func() { s.tell(run.Ends(ctx)) })
	s.working.Go(func() { s.submit(ctx) })
	s.working.Go(func() { s.look(ctx) })
	for {
		var r request
		if err := from.Decode(&r); err != nil {
			return nil // who asked has ended
		}
		switch {
		case r.Task != nil:
			s.add(*r.Task)
		case r.Cancel != "":
			s.working.Go(func() {
				if err := run.Cancel(ctx, errors.New(r.Cancel)); err != nil {
					s.fail(err)
				}
			})
		case r.Close:
			return run.Finish(ctx)
		}
	}
}

type server struct {
	run     Run
	working sync.WaitGroup

	come chan struct{} // has one when something waits

	mu      sync.Mutex
	to      *json.Encoder
	waiting []Task    // to be submitted
	open    int       // tasks that have not ended
	heard   time.Time // when one did last
}

// say says something. Nobody hears it if who asked has ended, which the other
// half of the pipe tells.
func (s *server) say(r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to.Encode(r)
}

func (s *server) fail(err error) {
	r := reply{Error: err.Error()}
	var mistake *usage.Error
	if errors.As(err, &mistake) {
		r.Error, r.Hint = mistake.What, mistake.Hint
	}
	s.say(r)
}

// tell tells ends, and reports whether there are no more.
func (s *server) tell(ends iter.Seq2[End, error]) bool {
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
func (s *server) add(t Task) {
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
func (s *server) submit(ctx context.Context) {
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
			n, err := s.run.Submit(ctx, all)
			if all = all[n:]; err == nil || len(all) == 0 || ctx.Err() != nil {
				break
			}
			end := End{Mark: all[0].Mark, Outcome: task.Failed, ExitStatus: -1, Cause: fmt.Sprintf("not submitted: %v", err)}
			if errors.Is(err, ErrCancelled) {
				end.Outcome = task.Cancelled
			}
			s.ended(&end)
			all = all[1:]
		}
	}
}

func (s *server) ended(end *End) {
	s.mu.Lock()
	s.open--
	s.heard = time.Now()
	s.mu.Unlock()
	s.say(reply{End: end})
}

// patience is how long nothing may come until it is said why.
const patience = 5 * time.Second

// look says why nothing comes, when that changes.
func (s *server) look(ctx context.Context) {
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
		if why := s.run.Trouble(ctx); why != told && ctx.Err() == nil {
			if told = why; why != "" {
				s.say(reply{Note: why})
			}
		}
	}
}

// ErrCancelled is why a run takes no more tasks.
var ErrCancelled = errors.New("the run is cancelled")
