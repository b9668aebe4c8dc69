package away

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

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

	// Submit returns when the task is safe.
	Submit(ctx context.Context, t Task) error

	// Cancel has all end that has not.
	Cancel(ctx context.Context, cause error) error

	// Finish is called when the ends of all tasks are known: nobody needs any of
	// these runs any more.
	Finish(ctx context.Context) error
}

// Serve does what a [Conn] at the other end of the pipe asks for, until that is
// closed. If it is closed without a word the tasks go on.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open func(context.Context, Open) (Run, error)) error {
	s := server{to: json.NewEncoder(out)}
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
	for {
		var r request
		if err := from.Decode(&r); err != nil {
			return nil // who asked has ended
		}
		switch {
		case r.Task != nil:
			s.working.Go(func() { s.submit(ctx, *r.Task) })
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

	mu sync.Mutex
	to *json.Encoder
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
		s.say(reply{End: &end})
	}
	return true
}

// submit submits a task. One that is not taken has ended.
func (s *server) submit(ctx context.Context, t Task) {
	err := s.run.Submit(ctx, t)
	if err == nil || ctx.Err() != nil {
		return
	}
	end := End{Mark: t.Mark, Outcome: task.Failed, ExitStatus: -1, Cause: fmt.Sprintf("not submitted: %v", err)}
	if errors.Is(err, ErrCancelled) {
		end.Outcome = task.Cancelled
	}
	s.say(reply{End: &end})
}

// ErrCancelled is why a run takes no more tasks.
var ErrCancelled = errors.New("the run is cancelled")
