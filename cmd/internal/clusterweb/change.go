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
)

const (
	// tokenHeader has the token that the page has read. A browser sends no
	// header of that name for another site.
	tokenHeader = "Skein-Token"

	// againQueue is where a dead task of a run goes that takes no more.
	againQueue = "retried"

	changing = 20 * time.Second // how long a change may take
	mostBody = 64 << 10
	mostArgs = 4 << 10 // bytes of arguments that are shown
)

// errByHand is why a run is cancelled that somebody has cancelled on the page.
var errByHand = errors.New("cancelled on the page of the cluster")

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

// cancel cancels a run.
func (b *board) cancel(ctx context.Context, o order) error {
	r, found := b.find(o.Run)
	if !found {
		return noRun(o.Run)
	}
	return r.view.Cancel(ctx, errByHand)
}

// retry submits dead tasks again: to their run or queue, or if that takes no more
// to a queue that is for these.
func (b *board) retry(ctx context.Context, o order) (*done, error) {
	r, found := b.find(o.Run)
	if !found {
		return nil, noRun(o.Run)
	}
	target, err := b.target(ctx, r)
	if err != nil {
		return nil, err
	}
	d := &done{Run: target.Name(), Tasks: []string{}}
	for _, name := range o.Tasks {
		if err := b.retryOne(ctx, r, target, name); err != nil {
			d.Errors = append(d.Errors, fmt.Sprintf("%.50s: %v", name, err))
			continue
		}
		d.Tasks = append(d.Tasks, name)
	}
	return d, nil
}

type target interface {
	Name() string
	Resubmit(context.Context, cluster.Ended) (cluster.ID, error)
}

// target gives where the tasks of a run go. It is kept: each opening is a
// submitter more, for all who count.
func (b *board) target(ctx context.Context, r *run) (target, error) {
	b.mu.Lock()
	i := slices.IndexFunc(b.list, func(l cluster.Listed) bool { return l.Name == r.name })
	queue, name := true, againQueue
	if i >= 0 && (b.list[i].Queue || !b.list[i].Closed) {
		queue, name = b.list[i].Queue, r.name
	}
	b.mu.Unlock()
	b.opening.Lock()
	defer b.opening.Unlock()
	if t := b.targets[name]; t != nil {
		return t, nil
	}
	var t target
	var err error
	if queue {
		t, err = b.c.Queue(ctx, name)
	} else {
		t, err = b.c.Run(ctx, name, cluster.Join())
	}
	if err != nil {
		return nil, err
	}
	b.targets[name] = t
	return t, nil
}

func (b *board) retryOne(ctx context.Context, r *run, to target, name string) error {
	task, err := cluster.ParseID(name)
	if err != nil {
		return err
	}
	at, found := r.claim(task)
	if !found {
		return errors.New("it is not among the dead tasks any more")
	}
	e, err := r.view.Read(ctx, at, task)
	if err == nil {
		_, err = to.Resubmit(ctx, e)
	}
	if errors.Is(err, cluster.ErrClosed) {
		b.opening.Lock()
		delete(b.targets, to.Name())
		b.opening.Unlock()
	}
	r.settle(task, err == nil)
	return err
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
	d := &deadDetails{}
	for i, a := range tries {
		s := a.state()
		e, err := r.view.Read(ctx, a.at, task)
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
