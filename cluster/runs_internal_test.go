package cluster

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// While a server that cannot be reached is asked for a run's entry, the run is in
// use: it is not forgotten, and its tasks not cancelled.
func TestARunOfWhichTheEntryCannotBeReadIsInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRuns(t.Context(), &store{lease: time.Second}, nil)
		r.mu.Lock()
		c := r.add("r") // somebody reads its entry, and is not done
		c.entry.Owner = 1
		r.mu.Unlock()
		got := make(chan *runContext)
		go func() { got <- r.of(context.Background(), "r", 1) }()
		synctest.Wait()
		for range 3 {
			if all := r.inUse(); len(all) != 1 {
				t.Errorf("in use are %v", all)
			}
		}
		close(c.read)
		if of := <-got; of.Err() != nil {
			t.Errorf("it is over: %v", context.Cause(of))
		}
	})
}
