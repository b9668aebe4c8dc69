package clusterweb

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/retry"
)

const (
	// tokenHeader has the token that the page has read. A browser sends no
	// header of that name for another site.
	tokenHeader = "Skein-Token"

	changing = 20 * time.Second // how long a change may take
	mostBody = 64 << 10
	mostArgs = 4 << 10 // bytes of arguments that are shown
)

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// order is what is to be changed.
type order struct {
	Run   string   `json:"run"`
	Tasks []string `json:"tasks"` // dead ones that are to be submitted again
}

// done is what has become of it.
type done struct {
	Run    string   `json:"run"`              // where the tasks went
	Tasks  []string `json:"tasks"`            // that were submitted, by their old names
	Errors []string `json:"errors,omitempty"` // why others were not
}

// readOrder reads what a POST wants.
func readOrder(w http.ResponseWriter, r *http.Request) (o order, err error) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return o, &refusal{http.StatusBadRequest, "cannot read what is to be changed", "as JSON: run, and for retry tasks"}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || len(o.Tasks) > perPage {
		return o, &refusal{http.StatusBadRequest, "that is too much at a time", fmt.Sprintf("at most %d tasks", perPage)}
	}
	return o, nil
}

func noRun(name string) error {
	return &refusal{http.StatusNotFound, fmt.Sprintf("there is no run or queue %.200q", name), "load the page again"}
}

// cancel cancels a run, and ends submission, so that it is known how many tasks
// there were, whoever waits.
func (b *board) cancel(ctx context.Context, o order) error {
	r, found := b.find(o.Run)
	switch {
	case !found:
		return noRun(o.Run)
	case r.queue:
		return &refusal{http.StatusConflict, r.name + " is a queue, which has no end", "only runs are cancelled"}
	}
	run, err := b.c.Run(ctx, r.name, cluster.Observe())
	if err == nil {
		err = run.Cancel(ctx, &cluster.Cause{Text: "cancelled on the page of the cluster", Type: "context.Canceled"})
	}
	if err == nil {
		err = run.Close(ctx)
	}
	return err
}

// retry submits dead tasks again: to their run or queue or, if that takes no
// more, to a new run, as skein tasks retry does.
func (b *board) retry(ctx context.Context, o order) (*done, error) {
	r, found := b.find(o.Run)
	if !found {
		return nil, noRun(o.Run)
	}
	b.retrying.Lock() // so that no two think of the same name
	defer b.retrying.Unlock()
	d := &done{Tasks: []string{}}
	var to retry.Target
	for _, name := range o.Tasks {
		task, err := cluster.ParseID(name)
		if err == nil {
			err = b.retryOne(ctx, r, task, &to)
		}
		if err != nil {
			d.Errors = append(d.Errors, fmt.Sprintf("%.50s: %v", name, err))
			continue
		}
		d.Tasks = append(d.Tasks, name)
	}
	if to == nil {
		return d, nil
	}
	d.Run = to.Name()
	if run, ok := to.(*cluster.Run); ok && d.Run != o.Run {
		return d, run.Close(ctx)
	}
	return d, nil
}

// retryOne submits one of them, to what is opened first if nobody has yet.
func (b *board) retryOne(ctx context.Context, r *run, task cluster.ID, to *retry.Target) error {
	at, found := r.claim(task)
	if !found {
		return errors.New("it is not among the dead tasks any more")
	}
	err := b.resubmit(ctx, r, at, task, to)
	r.settle(task, err == nil)
	return err
}

func (b *board) resubmit(ctx context.Context, r *run, at uint64, task cluster.ID, to *retry.Target) error {
	place, err := r.observe(ctx)
	if err != nil {
		return err
	}
	e, err := place.Record(ctx, at, task)
	if err != nil {
		return err
	}
	if *to == nil {
		if *to, err = b.successor(ctx, r.name); err != nil {
			return err
		}
	}
	_, err = (*to).Resubmit(ctx, e)
	if errors.Is(err, cluster.ErrClosed) {
		delete(b.targets, r.name) // the next one goes to a new run
	}
	return err
}

// successor opens what takes the dead tasks of a run or queue: itself while it
// takes any, else a new run. The former is kept: each opening is a submitter more,
// for all who count. retrying is held.
func (b *board) successor(ctx context.Context, name string) (t retry.Target, err error) {
	all, err := b.c.Runs(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(l cluster.Listed) bool { return l.Name == name })
	if i < 0 {
		return nil, noRun(name)
	}
	takes := retry.Takes(all[i])
	if takes && b.targets[name] != nil {
		return b.targets[name], nil
	}
	if t, err = retry.Open(ctx, b.c, all, all[i]); err != nil || !takes {
		return t, err
	}
	b.targets[name] = t
	return t, nil
}

// claim takes a dead task for submitting it, so that two clicks submit one task.
func (r *run) claim(task cluster.ID) (at uint64, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.dead, func(d dead) bool { return d.task == task && !d.claimed })
	if i < 0 {
		return 0, false
	}
	r.dead[i].claimed = true
	return r.dead[i].at, true
}

// settle takes it off the list, or gives it back.
func (r *run) settle(task cluster.ID, submitted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if submitted {
		r.submittedAgain(task)
		return
	}
	for i := range r.dead {
		if r.dead[i].task == task {
			r.dead[i].claimed = false
		}
	}
}

// deadDetails is all that is known of a dead task.
type deadDetails struct {
	Args  string         `json:"args"` // the beginning; as a text
	Bytes int            `json:"bytes"`
	Note  string         `json:"note,omitempty"` // why there are none
	Tries []attemptState `json:"tries"`
}

// inspect reads what the list of dead tasks has not: whole causes and arguments.
func (b *board) inspect(ctx context.Context, run string, name string) (*deadDetails, error) {
	r, found := b.find(run)
	task, err := cluster.ParseID(name)
	if !found || err != nil {
		return nil, noRun(run)
	}
	r.mu.Lock()
	i := slices.IndexFunc(r.dead, func(d dead) bool { return d.task == task })
	if i < 0 {
		r.mu.Unlock()
		return nil, &refusal{http.StatusNotFound, "it is not among the dead tasks any more", "it was submitted again, or there are too many"}
	}
	tries := append(slices.Clone(r.dead[i].history), r.dead[i].attempt)
	r.mu.Unlock()
	place, err := r.observe(ctx)
	if err != nil {
		return nil, err
	}
	d := &deadDetails{}
	for i, a := range tries {
		s := a.state()
		e, err := place.Record(ctx, a.at, task)
		switch last := i == len(tries)-1; {
		case err == nil:
			if e.Cause != nil {
				s.Cause = clip(e.Cause.Error(), 8<<10)
			}
			if last {
				d.args(e)
			}
		case last:
			d.Note = err.Error()
		}
		d.Tries = append(d.Tries, s)
	}
	return d, nil
}

func (d *deadDetails) args(e cluster.Ended) {
	args, err := e.Args()
	switch {
	case err != nil:
		d.Note = err.Error()
	case args == nil:
		d.Note = "its arguments are not known"
	case !utf8.Valid(args):
		d.Bytes, d.Note = len(args), "its arguments are no text"
	default:
		d.Bytes, d.Args = len(args), clip(string(args), mostArgs)
	}
}
