package cluster

import (
	"maps"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// turnAfter is for how long a queue remembers which tasks of a submitter it has
// counted, once there is nothing of the submitter to count any more: at least this,
// and twice this at most. A program that is started each minute and submits a task
// would else fill the entry in a month, and nobody could open the queue then. A
// record that comes later than that, and later than outcomes are kept, is counted
// again: a worker has to stand still for as long, and then write it.
//
// With more than mostSubmitters it is an hour.
const (
	turnAfter      = 7 * 24 * time.Hour
	turnSoon       = time.Hour
	mostSubmitters = 10_000
)

// counted are the tasks that are counted and not kept any more, as far as they are
// remembered.
func (e *entry) counted() protocol.BySeries[protocol.Spans] {
	all := protocol.BySeries[protocol.Spans]{}
	maps.Copy(all, e.Before)
	maps.Copy(all, e.Counted) // no series is in both
	return all
}

// count notes what is counted now: all has that of each series, of those met there
// is something new. now is the server's.
func (e *entry) count(all protocol.BySeries[protocol.Spans], met map[protocol.Series]bool, now time.Time) {
	if age := now.Sub(e.Turned); age >= turnAfter || age >= turnSoon && len(e.Counted) > mostSubmitters {
		e.Before, e.Counted, e.Turned = e.Counted, nil, now
	}
	if e.Counted == nil {
		e.Counted = protocol.BySeries[protocol.Spans]{}
	}
	for s := range met {
		e.Counted[s] = all[s]
		delete(e.Before, s)
	}
}
