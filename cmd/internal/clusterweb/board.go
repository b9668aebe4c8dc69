package clusterweb

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/retry"
)

const (
	every    = time.Second           // how often the cluster is asked while somebody looks
	soon     = 50 * time.Millisecond // the same while there is a run that has not been read to its end
	patience = 15 * time.Second      // how long after the last request somebody still looks
	slice    = 2 * time.Second       // how long one run may be read until the others have their turn
	abreast  = 4                     // runs that are read at the same time

	mostFinished = 50   // runs that have finished and are read, for their dead tasks
	mostRuns     = 1000 // that are read at all
	mostEnded    = 4096 // tasks that the timeline of all runs has
	mostBytes    = 200  // of a name or a text
)

// board is what is known of the cluster. One goroutine asks, for all viewers
// together: see follow.
type board struct {
	c *cluster.Client

	looked chan struct{} // capacity 1: somebody looks

	retrying sync.Mutex
	targets  map[string]retry.Target // what takes dead tasks again; retrying's

	mu      sync.Mutex
	last    time.Time // when somebody looked
	asked   time.Time // when the cluster answered last; zero: never
	trouble string    // why it did not since
	list    []cluster.Listed
	runs    map[string]*run
	number  uint64 // of the run that was made last
	crew    crew
	ended   ends // of all runs
}

func newBoard(c *cluster.Client) *board {
	return &board{c: c, looked: make(chan struct{}, 1), runs: map[string]*run{}, targets: map[string]retry.Target{}, ended: ends{most: mostEnded}}
}

// look notes that somebody looks.
func (b *board) look() {
	b.mu.Lock()
	b.last = time.Now()
	b.mu.Unlock()
	select {
	case b.looked <- struct{}{}:
	default:
	}
}

// follow asks the cluster while somebody looks, until ctx is done.
func (b *board) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.looked:
		}
		for b.isLookedAt() {
			pause := every
			if !b.ask(ctx) {
				pause = soon
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
	}
}

func (b *board) isLookedAt() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Since(b.last) < patience
}

// ask asks how everything stands, and reports whether it knows that of all runs
// now.
func (b *board) ask(ctx context.Context) (whole bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := b.c.Runs(ctx)
	slices.SortStableFunc(list, compare)
	var workers []cluster.Worker
	if err == nil {
		workers, err = b.c.Workers(ctx)
	}
	b.mu.Lock()
	if err != nil {
		b.trouble = clip(err.Error(), mostBytes)
		b.mu.Unlock()
		return true // there is no hurry
	}
	now := time.Now()
	b.list, b.trouble = list, ""
	due := b.due()
	b.mu.Unlock()
	// An error is the run's, and shown there.
	var cut atomic.Bool
	_ = skein.Each(ctx, due, func(ctx context.Context, r *run) error {
		if !r.read(ctx) {
			cut.Store(true)
		}
		return nil
	}, skein.Limit(abreast))
	b.collect(due)
	b.mu.Lock()
	b.asked = now
	b.crew.take(workers, now, b.hasEnded)
	b.mu.Unlock()
	return !cut.Load()
}

// hasEnded reports whether a task is over that a worker tells of. mu is held.
func (b *board) hasEnded(task *cluster.Running) bool {
	r := b.runs[task.Run]
	if r == nil {
		return false
	}
	r.mu.Lock()
	place := r.place
	r.mu.Unlock()
	return place != nil && place.HasEnded(task.Task)
}

// due are the runs that are to be read now. Those that are gone are forgotten.
// mu is held.
func (b *board) due() (due []*run) {
	there := make(map[string]bool, len(b.list))
	finished := 0
	for i := range b.list {
		l := &b.list[i]
		if l.State == cluster.StateFinished {
			finished++
		}
		if (i >= mostRuns || finished > mostFinished) && !b.isOpen(l.Name) {
			continue
		}
		r := b.runs[l.Name]
		if r == nil {
			r = b.open(l)
		}
		there[l.Name] = true
		if r.isDue(l.State == cluster.StateFinished) {
			due = append(due, r)
		}
	}
	for name := range b.runs {
		if !there[name] && !b.isOpen(name) {
			delete(b.runs, name)
		}
	}
	return due
}

// isOpen reports whether somebody looks at the page of a run. mu is held.
func (b *board) isOpen(name string) bool {
	r := b.runs[name]
	return r != nil && time.Since(r.seen) < patience
}

// compare puts runs that have not finished first, and of these and those the one
// that has changed last.
func compare(x, y cluster.Listed) int {
	over := func(l cluster.Listed) int {
		if l.State == cluster.StateFinished {
			return 1
		}
		return 0
	}
	return cmp.Or(over(x)-over(y), y.Since.Compare(x.Since), cmp.Compare(x.Name, y.Name))
}

func (b *board) open(l *cluster.Listed) *run {
	b.number++
	r := &run{name: l.Name, queue: l.Queue, number: b.number, c: b.c, ended: ends{most: mostOfRun}, tried: map[cluster.ID][]attempt{}}
	b.runs[l.Name] = r
	return r
}

// find gives a run that is there, and notes that somebody looks at it. One that
// has not been read so far will be.
func (b *board) find(name string) (*run, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.runs[name]
	if r == nil {
		i := slices.IndexFunc(b.list, func(l cluster.Listed) bool { return l.Name == name })
		if i < 0 {
			return nil, false
		}
		r = b.open(&b.list[i])
	}
	r.seen = time.Now()
	return r, true
}

// collect takes what has ended in the runs for the timeline of all, in the order
// of the ends, and forgets those that were removed.
func (b *board) collect(read []*run) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var fresh []bygone
	for _, r := range read {
		more, missed, err := r.collect()
		fresh = append(fresh, more...)
		b.ended.n += missed
		if errors.Is(err, cluster.ErrNotThere) {
			delete(b.runs, r.name)
		}
	}
	slices.SortStableFunc(fresh, func(x, y bygone) int { return x.End.Compare(y.End) })
	for _, e := range fresh {
		b.ended.add(e)
	}
}
