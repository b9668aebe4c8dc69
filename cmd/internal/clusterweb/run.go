package clusterweb

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
)

const (
	mostOfRun   = 500              // ended tasks that the timeline of a run has
	mostDead    = 1000             // dead tasks of a run that are listed, the last
	mostTried   = 10_000           // tasks of a run that have not ended of which earlier attempts are known
	mostHistory = 20               // attempts of a task that are known, the last
	finishedDue = 10 * time.Second // how often one that has finished is read: its dead tasks may be submitted again
)

// run is what is known of a run or queue: what its records say, each read once.
type run struct {
	name   string
	queue  bool
	number uint64
	c      *cluster.Client
	seen   time.Time // when somebody looked at its page; the board's lock

	mu        sync.Mutex
	place     observed          // nil until it was opened
	snapshot  *cluster.Snapshot // nil: it has not been read to the end yet
	err       error             // of the last reading, if it was not cut short
	readAt    time.Time
	wasOver   bool // it had finished when it was read
	counts    cluster.Counts
	retried   int
	ended     ends
	fresh     []bygone // that the board has not collected
	missed    uint64   // and those that it will not be given
	dead      []dead
	deadCount int
	again     map[cluster.ID]bool
	tried     map[cluster.ID][]attempt
	samples   []sample
	course    course
}

// dead is a dead task. Its arguments are not kept: they are read when somebody
// wants them.
type dead struct {
	attempt
	task    cluster.ID
	history []attempt
	claimed bool // it is being submitted again
}

// attempt is how one ended.
type attempt struct {
	at            uint64 // where its record is
	number        int
	outcome       cluster.Outcome
	worker, cause string
	ended         time.Time
	took          time.Duration
	deliveries    int
}

// sample is how many tasks had ended at a time.
type sample struct {
	at    time.Time
	total int
}

// observed is a run or queue that is looked at: nobody is replaced by that.
type observed interface {
	News(context.Context, func(*cluster.News)) (*cluster.Snapshot, error)
	HasEnded(cluster.ID) bool
	Record(context.Context, uint64, cluster.ID) (cluster.Ended, error)
}

// observe opens the run or queue, if it is not yet.
func (r *run) observe(ctx context.Context) (place observed, err error) {
	r.mu.Lock()
	place = r.place
	r.mu.Unlock()
	if place != nil {
		return place, nil
	}
	if r.queue {
		place, err = r.c.Queue(ctx, r.name, cluster.Observe())
	} else {
		place, err = r.c.Run(ctx, r.name, cluster.Observe())
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.place == nil {
		r.place = place
	}
	return r.place, nil
}

func (r *run) isDue(over bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !(over && r.wasOver && r.snapshot != nil && time.Since(r.readAt) < finishedDue)
}

// read reads what is new, for so long as it may: a run of millions of tasks takes
// several turns. It reports false if this was not the last of them.
func (r *run) read(ctx context.Context) (whole bool) {
	ctx, cancel := context.WithTimeout(ctx, slice)
	defer cancel()
	var s *cluster.Snapshot
	place, err := r.observe(ctx)
	if err == nil {
		s, err = place.News(ctx, r.take)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if r.err = err; errors.Is(err, context.DeadlineExceeded) {
			r.err = nil
			return false
		}
		return true
	}
	r.err, r.readAt, r.wasOver = nil, time.Now(), s.Finished
	if r.snapshot == nil {
		r.caughtUp()
	}
	r.snapshot, r.counts = s, maps.Clone(s.Counts)
	r.samples = append(r.samples, sample{r.readAt, s.Counts.Total()})
	for len(r.samples) > 2 && time.Since(r.samples[1].at) > rateOver {
		r.samples = r.samples[1:]
	}
	return true
}

// rateOver is over how long a rate is taken.
const rateOver = 10 * time.Second

// rate is how many tasks end in a second. mu is held.
func (r *run) rate() float64 {
	if len(r.samples) < 2 {
		return 0
	}
	first, last := r.samples[0], r.samples[len(r.samples)-1]
	return max(0, float64(last.total-first.total)/last.at.Sub(first.at).Seconds())
}

// caughtUp begins to count for the plots: what had ended before somebody looked
// is in the timeline, if it is new enough, and in no rate. mu is held.
func (r *run) caughtUp() {
	r.ended.renumber()
	for _, e := range r.ended.last {
		if time.Since(e.End) < 5*time.Minute {
			r.fresh = append(r.fresh, e.bygone)
		}
	}
}

// collect gives what has ended since it was called last.
func (r *run) collect() (all []bygone, missed uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, missed = r.fresh, r.missed
	r.fresh, r.missed = nil, 0
	return all, missed, r.err
}

// take takes a record.
func (r *run) take(n *cluster.News) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := attemptOf(n)
	switch {
	case n.Again:
		r.submittedAgain(n.Task)
	case !n.Last:
		r.retried++
		if history, known := r.tried[n.Task]; known || len(r.tried) < mostTried {
			r.tried[n.Task] = append(history[max(0, len(history)-mostHistory+1):], a)
		}
	default:
		r.end(n, a)
	}
}

func (r *run) end(n *cluster.News, a attempt) {
	if r.snapshot == nil {
		if r.counts == nil {
			r.counts = cluster.Counts{}
		}
		r.counts[n.Outcome]++ // later the snapshot tells
	}
	e := bygone{r.tell(n, a), a.worker}
	r.ended.add(e)
	r.course.add(e.End, n.Outcome, a.took)
	if r.snapshot != nil {
		if r.fresh = append(r.fresh, e); len(r.fresh) >= 2*mostEnded {
			r.missed += uint64(len(r.fresh) - mostEnded)
			r.fresh = append([]bygone(nil), r.fresh[len(r.fresh)-mostEnded:]...)
		}
	}
	if n.Outcome != cluster.Succeeded && n.Outcome != cluster.Cancelled {
		r.deadCount++
		if r.dead = append(r.dead, dead{attempt: a, task: n.Task, history: r.tried[n.Task]}); len(r.dead) >= 2*mostDead {
			r.dead = append([]dead(nil), r.dead[len(r.dead)-mostDead:]...)
		}
	}
	delete(r.tried, n.Task)
}

// submittedAgain takes a task off the list of the dead.
func (r *run) submittedAgain(task cluster.ID) {
	if r.again[task] || r.deadCount == 0 {
		return
	}
	if r.again == nil || len(r.again) >= mostTried {
		r.again = map[cluster.ID]bool{}
	}
	r.again[task] = true
	r.deadCount--
	for i := range r.dead {
		if r.dead[i].task == task {
			r.dead = append(r.dead[:i:i], r.dead[i+1:]...)
			return
		}
	}
}

// attemptOf is what is kept of a record. A worker's clock may be any: what it
// says is taken if it fits the server's.
func attemptOf(n *cluster.News) attempt {
	a := attempt{
		at: n.At, number: n.Attempt, outcome: n.Outcome, worker: clip(n.Worker, mostBytes), ended: n.Ended.Ended, deliveries: max(0, n.Deliveries),
	}
	if n.Cause != nil {
		a.cause = clip(n.Cause.Error(), mostBytes)
	}
	if d := n.Ended.Ended.Sub(n.Started); !n.Started.IsZero() && d > 0 {
		a.took = min(d, 1000*24*time.Hour)
	}
	if skew := n.Recorded.Sub(a.ended); skew < -time.Second || skew > 10*time.Second {
		a.ended = n.Recorded
	}
	return a
}

// tell tells of a task that has ended in the words of the library, which has
// none for one that was lost, or whose workers died.
func (r *run) tell(n *cluster.News, a attempt) skein.Ended {
	outcome, why := skein.Outcome(n.Outcome), a.cause
	if n.Outcome == cluster.Crashed || n.Outcome == cluster.Lost {
		outcome, why = skein.Failed, string(n.Outcome)+": "+a.cause
	}
	return skein.Ended{
		Worker:  skein.Worker{Group: r.name, Number: numberOf(n.Task), Name: n.Task.String(), Func: onWorker(a.worker, a.number), Age: a.took},
		GroupID: r.number, End: a.ended, Outcome: outcome, Err: why,
	}
}
