package skein

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// StuckAfter calls report when a Wait of the group blocks and none of its
// workers, nor of its child groups', has ended for d: once per silence, within
// a quarter of d. It runs on a goroutine of its own, with no lock held, and
// nothing waits for it. A d that is not positive and a nil report panic.
//
// The environment variable SKEIN_STUCK, a duration such as 30s, does the same
// for every group that has no StuckAfter, and writes the report to standard
// error.
//
// There is a timer only while a Wait blocks and workers end: where all is
// stuck nothing wakes any more, so that package [testing/synctest] still sees
// a deadlock. A worker of such a group reads the clock when it starts, and a
// task takes about 100 ns more (BenchmarkSeen).
func StuckAfter(d time.Duration, report func(Report)) Option {
	if d <= 0 {
		panic("skein: StuckAfter needs a positive duration")
	}
	if report == nil {
		panic("skein: nil function")
	}
	return Option{kindStuckAfter, func(c *config) { c.stuckAfter, c.report = d, report }}
}

// Report tells of a Wait that blocks while nothing ends.
type Report struct {
	Group  GroupState    // with stacks: see [Stacks]
	File   string        // where Wait was called
	Line   int           //
	Waited time.Duration // since Wait was called
	Silent time.Duration // since a worker has ended, or Wait was called
}

// String gives the report as a person reads it, some lines long: where the Wait
// is, how the group stands, and for each worker that has not ended who it is,
// where it was started, and where it is.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: Wait at %s:%d has waited %s; ", r.Group.title(), filepath.Base(r.File), r.Line, r.Waited.Round(time.Millisecond))
	p := &printer{w: &b}
	p.counts(&r.Group)
	p.workers(&r.Group, "  ")
	return b.String()
}

// watchdog looks after the Waits of a group. Lock mu comes after a group's.
type watchdog struct {
	group  *Group
	up     *watchdog // of the parent, which hears of ends too; or nil
	after  time.Duration
	report func(Report)

	ends   atomic.Int64 // workers that have ended, in child groups too
	silent atomic.Bool  // has reported, and nothing has ended since

	mu    sync.Mutex
	waits int         // that block
	pc    uintptr     // of the one that began to block last
	since time.Time   // when it did
	seen  int64       // ends, when the timer last went off
	moved time.Time   // when seen last changed
	timer *time.Timer // made by the first Wait that blocks; runs while waits > 0 and not silent
}

// guard gives the group its watchdog, if it is to have one.
//
//go:norace
func (g *Group) guard() {
	after, report := g.config.stuckAfter, g.config.report
	if report == nil {
		after, report = stuckByEnvironment(), toStderr
	}
	var up *watchdog
	if g.member != nil {
		up = g.member.parent.dog
	}
	if after == 0 && up == nil {
		return
	}
	g.dog = &watchdog{group: g, up: up, after: after, report: report}
	g.attentive = true
}

// hush keeps a watchdog, which nobody has used yet, from reporting: the wait is
// not a user's. Its parent's still hears of its workers.
func (d *watchdog) hush() {
	if d != nil {
		d.after = 0
	}
}

// heard is told of each worker that ends.
//
//go:norace
func (d *watchdog) heard() {
	for ; d != nil; d = d.up {
		d.ends.Add(1)
		if d.silent.Load() {
			d.set(0, 0)
		}
	}
}

// set counts a Wait that begins or ends to block, and winds the timer up.
//
//go:norace
func (d *watchdog) set(wait int, pc uintptr) {
	if d == nil || d.after == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.waits += wait
	if wait > 0 {
		d.pc, d.since = pc, now
	}
	if d.waits == 0 {
		d.timer.Stop()
		return
	}
	d.seen, d.moved = d.ends.Load(), now
	d.silent.Store(false)
	if d.timer == nil {
		d.timer = time.AfterFunc(d.pace(), d.look)
	} else {
		d.timer.Reset(d.pace())
	}
}

// pace is how often the watchdog looks while workers end.
//
//go:norace
func (d *watchdog) pace() time.Duration { return max(d.after/4, 1) }

// look is called by the timer.
//
//go:norace
func (d *watchdog) look() {
	raceOff()
	r, pc := d.check()
	raceOn()
	if r == nil {
		return
	}
	r.Group = d.group.Snapshot(Stacks).Groups[0]
	start := place(pc).frame()
	r.File, r.Line = start.File, start.Line
	d.report(*r)
}

// check winds the timer up again, or returns a report, if nothing has ended,
// and where the Wait is.
//
//go:norace
func (d *watchdog) check() (*Report, uintptr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waits == 0 {
		return nil, 0
	}
	now := time.Now()
	if n := d.ends.Load(); n != d.seen {
		d.seen, d.moved = n, now
	}
	quiet := now.Sub(d.moved)
	if quiet >= d.after {
		d.silent.Store(true)
		if d.ends.Load() == d.seen { // else an end came before it could see the silence
			return &Report{Waited: now.Sub(d.since), Silent: quiet}, d.pc
		}
		d.silent.Store(false)
	}
	d.timer.Reset(min(d.pace(), max(1, d.after-quiet)))
	return nil, 0
}

func toStderr(r Report) { _, _ = io.WriteString(os.Stderr, "skein: "+r.String()) }

// stuckEnv is what SKEIN_STUCK says: a duration, 0 if nobody has looked yet, -1
// if it says nothing.
var stuckEnv atomic.Int64

func stuckByEnvironment() time.Duration {
	d := stuckEnv.Load()
	if d == 0 {
		d = readStuck(os.Getenv("SKEIN_STUCK"))
		if !stuckEnv.CompareAndSwap(0, d) {
			d = stuckEnv.Load()
		}
	}
	return time.Duration(max(d, 0))
}

// readStuck says once what is wrong.
func readStuck(text string) int64 {
	if text == "" {
		return -1
	}
	d, err := time.ParseDuration(text)
	if err == nil && d > 0 {
		return int64(d)
	}
	fmt.Fprintf(os.Stderr, "skein: SKEIN_STUCK=%q is not a duration: nothing will be reported\nhint: SKEIN_STUCK=30s\n", text)
	return -1
}
