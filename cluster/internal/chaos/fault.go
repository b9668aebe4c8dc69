package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Fault is what is done to a cluster.
type Fault struct {
	Name string
	Root bool // only root can do it

	nodes    int                      // servers; 0: one
	network  bool                     // they and the workers have a network of their own
	embedded bool                     // the server is within who submits, and so is the worker
	maxBytes int64                    // of the task stream; 0: as it is by default
	rate     int                      // per cent of the size's: some take longer
	bound    func(Size) time.Duration // of the time to recover

	prepare func(*stage) error
	play    func(*stage) error // returns when the last fault is over
}

// Faults are those that there are.
func Faults() []Fault {
	return []Fault{
		workerKilled, workerDrained, workerStopped, serverKilled, waiterKilled, garbage, diskFull, diskFullEmbedded,
		followerKilled, leaderKilled, readFromKilled, storeRemoved, partitioned,
	}
}

// lease is the bound for what a lease ends: it, and the time until the next
// renewal would have come.
func lease(s Size) time.Duration { return s.Lease + s.Lease/3 }

// at gives a bound that does not depend on the lease.
func at(d time.Duration) func(Size) time.Duration { return func(Size) time.Duration { return d } }

// Bound is how long it may take to recover.
func (f Fault) Bound(s Size) time.Duration { return f.bound(s) }

// Runs is how often a fault is played for the table, to be a hundred and more in all:
// those of three servers take four times as long.
func (f Fault) Runs() int {
	if f.nodes > 1 {
		return 8
	}
	return 9
}

// Skip is why the fault cannot be had here; empty: it can.
func (f Fault) Skip() string {
	if f.Root && os.Geteuid() != 0 {
		return "only root can do it"
	}
	return ""
}

// longest is how long a run may take. One that takes longer hangs.
const longest = 2 * time.Minute

// Run plays a fault: servers and workers are started in a directory below dir,
// tasks are submitted, things break at moments which the seed chooses, and in
// the end it is counted what became of the tasks. An error says that it could
// not be played, or has not come to an end; what could be counted is counted
// even so. The directory is removed if all is well, and told if not.
func Run(ctx context.Context, dir string, f Fault, size Size, seed uint64) (t Tally, err error) {
	dir, err = os.MkdirTemp(dir, "skein-chaos-")
	if err != nil {
		return t, err
	}
	if f.rate > 0 {
		size.Rate = size.Rate * f.rate / 100
	}
	defer func() {
		if err == nil && t.Wrong() == nil {
			os.RemoveAll(dir)
		} else {
			t.Dir = dir
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	s, err := raise(dir, f, size, seed, rand.New(rand.NewPCG(seed, 1)))
	if s == nil {
		return t, err
	}
	defer s.raze()
	if err == nil {
		err = s.begin()
	}
	if err == nil {
		err = f.play(s)
	}
	if err == nil {
		err = s.finish(ctx)
	}
	counted, counting := count(filepath.Join(dir, "logs"), s.blows, size)
	if err = errors.Join(err, counting); err != nil {
		err = fmt.Errorf("%s, seed %d: %w", f.Name, seed, err)
	}
	return counted, err
}
