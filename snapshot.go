package skein

import (
	"cmp"
	"runtime"
	"slices"
	"time"
)

// Snapshot is what groups and their workers were doing at one moment: a tree.
// It is plain data, and can be encoded as JSON; [Snapshot.WriteTo] writes it
// for people.
type Snapshot struct {
	Time       time.Time    `json:"time"`
	Goroutines int          `json:"goroutines"` // of the whole process
	Groups     []GroupState `json:"groups"`
	Rest       Rest         `json:"rest,omitzero"`
}

// GroupState is a group in a [Snapshot]. Its counts are exact, and of one
// moment; of workers and child groups only the hundred eldest are listed, and of
// groups a thousand in all, those nearest to the root.
type GroupState struct {
	ID      uint64   `json:"id"` // no other group of the process has it
	Name    string   `json:"name,omitempty"`
	File    string   `json:"file,omitempty"` // where it was made; a zero Group's place is not known
	Line    int      `json:"line,omitempty"`
	Limit   int      `json:"limit"` // 0: none
	Stats            // of its own workers, not of child groups
	Blocked int      `json:"blocked"`         // Go calls that Backlog blocks
	Waiting int      `json:"waiting"`         // Waits that block
	Cause   string   `json:"cause,omitempty"` // why it was cancelled; empty if it was not
	Workers []Worker `json:"workers,omitempty"`

	Groups []GroupState `json:"groups,omitempty"` // children that have not ended
	Rest   Rest         `json:"rest,omitzero"`    // of the children

	records []uintptr // of Workers
}

// Rest counts the groups that a list has left out, with all that is below them.
type Rest struct {
	Groups  int `json:"groups"`
	Running int `json:"running"`
	Queued  int `json:"queued"`
}

// Unlisted is the number of running workers that are not in Workers.
func (s *GroupState) Unlisted() int { return s.Running - len(s.Workers) }

// listed is how many workers of a group are named, and how many groups of a
// list; described is how many groups are in all.
const (
	listed    = 100
	described = 1000
)

// Detail is something that a [Snapshot] has only if it is asked for.
type Detail int

// Stacks asks for what each listed worker is doing: its state, the place where
// it is, and its stack. Up to 2,000 goroutines that stops the program, for
// about 8 µs each. Above that it does not, but then workers that run the same
// function can only be told apart by their names: where such workers are at
// different places, none is given.
const Stacks Detail = 1

// Process returns a snapshot of all groups of the process that have been used
// and whose Wait has not returned, those first that a snapshot has seen first.
// Child groups stand in their parents. It may be called at any moment, and
// holds no group up for more than a millisecond or two, also where it has a
// hundred thousand workers (BenchmarkSnapshot). Process is a view.
//
// The Error method of a group's cause is called: one that blocks holds the
// caller up. The contexts of all groups are asked whether they are done: in a
// bubble of [testing/synctest] there must be no group of another one.
//
// Different groups are looked at one after the other, so that what one tells
// may be a little older than what the next does.
func Process(details ...Detail) Snapshot {
	return takeSnapshot(details, roots.groups)
}

// Snapshot returns a snapshot of the group and of its child groups: see
// [Process]. Snapshot is a view.
func (g *Group) Snapshot(details ...Detail) Snapshot {
	return takeSnapshot(details, func() []*Group { return []*Group{g} })
}

func takeSnapshot(details []Detail, groups func() []*Group) Snapshot {
	v := &view{now: time.Now(), seen: make(sights), buf: make([]sighting, 0, listed)}
	s := Snapshot{Time: v.now, Goroutines: runtime.NumGoroutine()}
	v.tree(level{groups(), &s.Groups, &s.Rest})
	if slices.Contains(details, Stacks) {
		s.findStacks(groups)
	}
	return s
}

// view is a look at groups.
type view struct {
	now  time.Time
	seen sights
	buf  []sighting // of one group after the other

	records [listed]*record // the same, while its lock is held
}

// level is groups below one, and where they are described.
type level struct {
	groups []*Group
	states *[]GroupState
	rest   *Rest
}

// tree describes the groups of a level and those below them, those that are
// nearest to it first: a tree may be deep.
func (v *view) tree(top level) {
	left := described
	for levels := []level{top}; len(levels) > 0; levels = levels[1:] {
		l := levels[0]
		n := min(len(l.groups), listed, left)
		left -= n
		states := make([]GroupState, n)
		*l.states = states
		for i, g := range l.groups[:n] {
			states[i] = v.state(g)
			if kin := g.kin(); len(kin) > 0 {
				levels = append(levels, level{kin, &states[i].Groups, &states[i].Rest})
			}
		}
		for _, g := range l.groups[n:] {
			l.rest.add(g)
		}
	}
}

//go:norace
func (r *Rest) add(g *Group) {
	raceSeen(g)
	raceOff()
	g.mu.Lock()
	r.Groups++
	r.Running += g.running
	r.Queued += g.queued()
	g.mu.Unlock()
	raceOn()
	for _, child := range g.kin() {
		r.add(child)
	}
}

func (v *view) state(g *Group) GroupState {
	raceSeen(g)
	s, closed := v.count(g)
	made := place(g.made).frame()
	s.File, s.Line = made.File, made.Line
	if !closed {
		if cause := g.scope.ended(); cause != nil {
			s.Cause = brief(cause)
		}
	}
	slices.SortFunc(v.buf, func(a, b sighting) int { return cmp.Compare(a.number, b.number) })
	for _, r := range v.buf {
		s.Workers = append(s.Workers, v.seen.worker(g.config, r, v.now))
		s.records = append(s.records, r.record)
	}
	return s
}

// count takes what the group's lock guards.
//
//go:norace
func (v *view) count(g *Group) (s GroupState, closed bool) {
	raceOff()
	g.mu.Lock()
	s = GroupState{ID: roots.identify(g), Limit: g.limit, Stats: g.stats(), Blocked: g.blocked.len(), Waiting: g.waiting}
	if g.config != nil {
		s.Name = g.config.name
	}
	n := g.eldest(&v.records, v.now)
	v.buf = v.buf[:0]
	for _, r := range v.records[:n] {
		v.buf = append(v.buf, r.sighting())
	}
	closed = g.closed
	g.mu.Unlock()
	raceOn()
	return s, closed
}
