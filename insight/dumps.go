package insight

import (
	"sync"
	"time"

	"example.com/skein"
)

// dumps holds the last snapshot with stacks. Taking one may stop the program,
// so everybody gets the same for a second at least.
type dumps struct {
	mu   sync.Mutex
	cost time.Duration // of the last
	last skein.Snapshot
}

// get returns one that is at most that old, if taking them so often costs no
// more than a tenth of the time; and for how long it will return the same.
func (d *dumps) get(age time.Duration) (skein.Snapshot, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	start := time.Now()
	age = max(age, 10*d.cost)
	if d.last.Time.IsZero() || start.Sub(d.last.Time) >= age {
		d.last = skein.Process(skein.Stacks)
		shorten(&d.last)
		d.cost = time.Since(start)
		age = max(age, 10*d.cost)
	}
	return d.last, age - time.Since(d.last.Time)
}

func (d *dumps) drop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last, d.cost = skein.Snapshot{}, 0
}
