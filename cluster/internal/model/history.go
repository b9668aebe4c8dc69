package model

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"example.com/skein/cluster/internal/protocol"
)

// Flaws are mistakes that the protocol does not make. A history that has one
// must show it sooner or later: else the model would prove nothing.
type Flaws struct {
	GoneForOthers    bool // that a task is gone from one batch is taken for its end by others
	AckFirst         bool // the batch is acknowledged before its records are in the done log
	NoGate           bool // who was replaced may still submit
	DoneBeforeTasks  bool // what was accepted is counted in the done log first
	Backwards        bool // and the task stream from its end to its start
	SuspectsTogether bool // a worker runs several suspects beside each other
	FullIsDone       bool // error 10077 is taken for "somebody else was first"
	Amnesia          bool // the server forgets what it has acknowledged: A1 is broken
	TypeInMessage    bool // the type of a task is read in a message, and not in its subject
	TypeUnannounced  bool // what was counted may have a type that nobody has announced
}

// Result is what came of a history.
type Result struct {
	Accepted   int // tasks of which somebody was told that they were
	Executions int
	Faults     int
	Outcomes   map[protocol.Outcome]int
	Late       int
	Errors     []string // what was promised and does not hold
}

// history is one, with what only its writer knows.
type history struct {
	s      *sim
	server *server
	flaws  Flaws
	limits protocol.Limits
	quota  int      // tasks of each submitter and type
	types  []string // of which they submit

	workers  []*node
	clients  []*client
	waiting  int // clients that live and have not finished
	accepted map[protocol.ID]bool
	fates    map[protocol.ID]fate
	lied     bool // somebody does
	result   Result
	first    map[protocol.ID]protocol.Outcome // what the first who finished had
}

// fate is what a task does whenever it is run.
type fate struct {
	poison bool // it kills its worker
	fails  int  // so many attempts fail
}

const (
	faultsUntil = 6_000
	giveUp      = 400_000
)

// Play plays the history of a seed.
func Play(seed uint64, flaws Flaws) Result {
	s := &sim{Rand: rand.New(rand.NewPCG(seed, 0))}
	h := &history{
		s: s, flaws: flaws,
		server:   &server{sim: s, gates: map[int]gate{}},
		limits:   protocol.Limits{Attempts: 3, Crashes: 4},
		quota:    1 + s.IntN(40),
		accepted: map[protocol.ID]bool{},
		fates:    map[protocol.ID]fate{},
		result:   Result{Outcomes: map[protocol.Outcome]int{}},
	}
	h.types = []string{honest}
	if s.chance(3) {
		h.types = append(h.types, other)
		h.quota = 1 + h.quota/2
	}
	if s.chance(4) {
		(&liar{h, &node{sim: s}}).live()
		h.lied = true
	}
	workers := s.IntN(5)
	for range workers {
		h.employ()
	}
	if workers == 0 { // then somebody must lose patience
		s.after(s.IntN(faultsUntil), h.cancel)
	}
	h.open()
	for range s.IntN(12) {
		s.after(s.IntN(faultsUntil), h.fault)
	}
	s.play(giveUp, func() bool { return h.waiting == 0 && s.now > faultsUntil })
	h.check()
	for _, n := range h.nodes() {
		n.kill()
	}
	return h.result
}

// employ starts a worker.
func (h *history) employ() {
	n := &node{sim: h.s}
	h.workers = append(h.workers, n)
	(&worker{h, n}).live()
}

// open starts a client.
func (h *history) open() {
	c := &client{history: h, node: &node{sim: h.s}, submitted: map[string]int{}, announced: map[string]bool{}}
	h.clients = append(h.clients, c)
	h.waiting++
	c.start(c.live)
}

func (h *history) nodes() []*node {
	all := slices.Clone(h.workers)
	for _, c := range h.clients {
		all = append(all, c.node)
	}
	return slices.DeleteFunc(all, func(n *node) bool { return n.dead })
}

// fault is one of those that the protocol is to survive.
func (h *history) fault() {
	h.result.Faults++
	h.s.after(0, func() {}) // keeps one fault's draws apart from the next one's
	d := h.s.IntN(3 * lease)
	n := h.nodes()[h.s.IntN(len(h.nodes()))]
	switch h.s.IntN(9) {
	case 0:
		h.server.fail(d / 2)
		if h.flaws.Amnesia {
			h.server.purge()
		}
	case 1:
		h.server.full.tasks = true
		h.s.after(d, func() { h.server.full.tasks = false })
	case 2:
		h.server.full.done = true
		h.s.after(d, func() { h.server.full.done = false })
	case 3:
		n.cut = true
		h.s.after(d, func() { n.cut = false })
	case 4:
		n.pause(d)
	case 5:
		if c := h.last(); !c.dead { // it takes over from one that perhaps lives on
			h.open()
		}
	case 6:
		if h.s.chance(3) {
			h.cancel()
		}
	default:
		h.end(n)
	}
}

func (h *history) cancel() {
	h.server.run.cancelled = true
	h.server.run.revision++
}

func (h *history) last() *client { return h.clients[len(h.clients)-1] }

// end kills a node; another one takes its place.
func (h *history) end(n *node) {
	n.kill()
	if slices.Contains(h.workers, n) {
		h.employ()
		return
	}
	for _, c := range h.clients {
		if c.node == n && !c.finished {
			h.waiting--
		}
	}
	h.open()
}

// accept notes that a caller was told that the tasks are safe.
func (h *history) accept(of protocol.Span) {
	for n := of.First; n <= of.Last; n++ {
		h.accepted[of.Task(n)] = true
	}
}

func (h *history) fate(id protocol.ID) fate {
	f, has := h.fates[id]
	if !has {
		f = fate{poison: h.s.chance(60)}
		if h.s.chance(5) {
			f.fails = 1 + h.s.IntN(h.limits.Attempts)
		}
		h.fates[id] = f
	}
	return f
}

func (h *history) poison(id protocol.ID) bool { return h.fate(id).poison }
func (h *history) fails(t protocol.Task) bool { return t.Attempt <= h.fate(t.ID).fails }
func (h *history) executed(protocol.Task)     { h.result.Executions++ }
func (h *history) wrong(format string, a ...any) {
	h.result.Errors = append(h.result.Errors, fmt.Sprintf(format, a...))
}

// finish is the end of a client's wait.
func (c *client) finish(outcomes map[protocol.ID]protocol.Outcome, late int, sealed protocol.Accepted) {
	c.finished = true
	c.waiting--
	maps.DeleteFunc(outcomes, func(id protocol.ID, _ protocol.Outcome) bool { return id.N > sealed[id.Series()] })
	if c.first == nil {
		c.first = outcomes
		c.result.Late = late
	} else if !maps.Equal(c.first, outcomes) {
		c.wrong("two who waited learnt different things: %v, %v", c.first, outcomes)
	}
}

// check holds the history to what is promised.
func (h *history) check() {
	h.result.Accepted = len(h.accepted)
	if h.waiting > 0 {
		h.wrong("%d wait for ever", h.waiting)
		return
	}
	for id, o := range h.first {
		h.result.Outcomes[o]++
		if !slices.Contains(h.types, id.Type) {
			h.wrong("task %v has an outcome, and nobody has submitted any of its type", id)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(h.accepted), byNumber) {
		switch o := h.first[id]; {
		case h.lied && id.Type == other && o != "":
			// Who has its key says how a task ended.
		case o == "":
			h.wrong("task %v was accepted, and nobody was told of it", id)
		case o == protocol.Lost:
			h.wrong("task %v is lost", id)
		case o == protocol.Cancelled && h.server.run.cancelled:
		case o == protocol.Crashed && (h.fates[id].poison || h.perils() > 2):
		case o == protocol.Failed && h.fates[id].fails >= h.limits.Attempts && !h.fates[id].poison:
		case o == protocol.Succeeded && h.fates[id].fails < h.limits.Attempts && !h.fates[id].poison:
		default:
			h.wrong("task %v, of which the fate is %+v, is told as %s", id, h.fates[id], o)
		}
	}
}

func byNumber(a, b protocol.ID) int {
	return cmp.Or(strings.Compare(a.Type, b.Type), a.Submitter-b.Submitter, a.N-b.N)
}

// perils counts what may have killed the worker beside which an innocent task
// ran, or lost the answer with which it came: faults, and the tasks that kill.
func (h *history) perils() int {
	n := h.result.Faults
	for _, f := range h.fates {
		if f.poison {
			n += 2 // the batch may have been published twice
		}
	}
	return n
}
