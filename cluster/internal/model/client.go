package model

import (
	"slices"

	"example.com/skein/cluster/internal/protocol"
)

// client is a process that submits to the run, closes it and waits for it. A
// later one takes over: it closes the gates of those before it, so that of the
// owners of a run one at most submits.
type client struct {
	*history
	*node
	me        int            // the number as a submitter
	gate      int            // the number of my gate's message
	submitted map[string]int // by type
	announced map[string]bool
	finished  bool
}

// live is what a client does.
func (c *client) live(t *thread) {
	if c.attach(t) {
		for typ := c.next(); typ != "" && c.submit(t, typ); typ = c.next() {
		}
	}
	if c.s.chance(3) {
		t.sleep(c.s.IntN(3000)) // it takes its time to close
	}
	sealed := c.seal(t)
	c.wait(t, sealed)
}

// attach makes the client the run's submitter, and reports false if the run
// takes no more.
func (c *client) attach(t *thread) bool {
	for {
		e := sure(t, c.server, func() entry { return c.server.run })
		if e.closing {
			return false
		}
		e.submitters++
		mine := e.submitters
		if r, ok := ask(t, c.server, func() refusal { return c.server.update(e) }); ok && r == none {
			c.me = mine
			break
		} // else, whether it was done or not, the next number is as good
	}
	for k := 1; k < c.me; k++ {
		sure(t, c.server, func() refusal { c.server.closeGate(k); return none })
	}
	sure(t, c.server, func() refusal { return c.server.openGate(c.me) })
	return c.enter(t)
}

// enter learns the number of the gate, and reports whether it is open.
func (c *client) enter(t *thread) bool {
	g := sure(t, c.server, func() gate { return c.server.gates[c.me] })
	c.gate = g.sequence
	return g.open
}

// next is the type of which the next batch is; "": there is none.
func (c *client) next() string {
	left := slices.DeleteFunc(slices.Clone(c.types), func(typ string) bool { return c.submitted[typ] >= c.quota })
	if len(left) == 0 {
		return ""
	}
	return left[c.s.IntN(len(left))]
}

// announce notes in the entry that there are tasks of a type, and reports false
// if the run takes no more.
func (c *client) announce(t *thread, typ string) bool {
	for !c.announced[typ] {
		e := sure(t, c.server, func() entry { return c.server.run })
		switch {
		case slices.Contains(e.types, typ):
			c.announced[typ] = true
		case e.closing:
			return false // who counts may have read the types
		default:
			e.types = append(slices.Clone(e.types), typ)
			ask(t, c.server, func() refusal { return c.server.update(e) }) // it looks whether that was done
		}
	}
	return true
}

// submit submits a batch, and reports false if the gate was closed. The same
// batch is published until there is an answer.
func (c *client) submit(t *thread, typ string) bool {
	if !c.announce(t, typ) {
		return false
	}
	first := c.submitted[typ] + 1
	of := protocol.Span{Series: protocol.Series{Type: typ, Submitter: c.me}, First: first, Last: min(c.quota, first+c.s.IntN(5))}
	b := protocol.Batch{Of: of}
	for n := of.First; n <= of.Last; n++ {
		b.Tasks = append(b.Tasks, protocol.Task{ID: of.Task(n), Attempt: 1})
	}
	for {
		r, ok := ask(t, c.server, func() refusal {
			if c.flaws.NoGate {
				return c.server.again(b)
			}
			return c.server.submit(b, c.gate)
		})
		switch {
		case ok && r == none:
			c.submitted[typ] = of.Last
			c.accept(of)
			return true
		case ok && r == conflict && !c.enter(t):
			return false // no caller is told that it was accepted
		}
		t.sleep(10)
	}
}

// seal closes the run, and gives how many tasks of each submitter were
// accepted. Whoever does it comes to the same.
func (c *client) seal(t *thread) protocol.Accepted {
	for {
		e := sure(t, c.server, func() entry { return c.server.run })
		if e.sealed != nil {
			return e.sealed
		}
		if !e.closing {
			e.closing = true // no more submitters come
		} else {
			e.sealed = c.count(t, e)
		}
		ask(t, c.server, func() refusal { return c.server.update(e) })
	}
}

// count finds what was accepted. When the gates are closed a batch is in the
// task stream, or its successors are behind it, or the done log has its ends:
// so first the one is read to its end, in order, and then the other.
func (c *client) count(t *thread, e entry) protocol.Accepted {
	for k := 1; k <= e.submitters; k++ {
		sure(t, c.server, func() refusal { c.server.closeGate(k); return none })
	}
	var met protocol.Met
	steps := []func(){
		func() { c.scanTasks(t, &met) },
		func() { c.scanDone(t, &met) },
	}
	if c.flaws.DoneBeforeTasks {
		steps[0], steps[1] = steps[1], steps[0]
	}
	steps[0]()
	steps[1]()
	return met.Accepted(func(s protocol.Series) bool {
		return (slices.Contains(e.types, s.Type) || c.flaws.TypeUnannounced) && s.Submitter <= e.submitters
	})
}

func (c *client) scanTasks(t *thread, met *protocol.Met) {
	for from := 1; from > 0; {
		type answer struct {
			some []protocol.Batch
			next int
		}
		a := sure(t, c.server, func() answer { some, next := c.scan(from); return answer{some, next} })
		for _, b := range a.some {
			for _, task := range c.given(b).Tasks {
				met.Note(task.ID)
			}
		}
		from = a.next
	}
}

func (c *client) scan(from int) ([]protocol.Batch, int) {
	if c.flaws.Backwards {
		return c.server.scanBackwards(from)
	}
	return c.server.scan(from)
}

func (c *client) scanDone(t *thread, met *protocol.Met) {
	for _, r := range c.readDone(t, 0) {
		met.Note(r.ID)
	}
}

// readDone reads the done log from a message on to its end.
func (c *client) readDone(t *thread, from int) (all []protocol.Record) {
	type answer struct {
		some   []told
		length int
	}
	for {
		a := sure(t, c.server, func() answer { some, length := c.server.read(from); return answer{some, length} })
		for _, m := range a.some {
			all = append(all, c.told(m).Records...)
		}
		if from += len(a.some); from >= a.length {
			return all
		}
	}
}

// wait waits until each task that was accepted has an outcome.
func (c *client) wait(t *thread, sealed protocol.Accepted) {
	fold := protocol.Fold{}
	outcomes := map[protocol.ID]protocol.Outcome{}
	if c.s.chance(2) {
		fold.Seal(sealed) // before the log is read, or while it is
	}
	at, quiet := 0, 0
	for {
		type answer struct {
			some   []told
			length int
		}
		a := sure(t, c.server, func() answer { some, length := c.server.read(at); return answer{some, length} })
		at += len(a.some)
		for _, m := range a.some {
			for _, r := range c.told(m).Records {
				if fold.Take(r) {
					outcomes[r.ID] = r.Outcome
				}
			}
		}
		if at == a.length {
			fold.Seal(sealed)
		}
		switch {
		case fold.Done():
			c.finish(outcomes, fold.Late, sealed)
			return
		case len(a.some) > 0:
			quiet = 0
		default:
			t.sleep(50)
			quiet += 50
		}
		if quiet > 2*lease {
			quiet = 0
			if sure(t, c.server, func() bool { return c.server.run.cancelled }) {
				c.callOff(t, &fold)
			} else {
				c.audit(t, &fold, at)
			}
		}
	}
}

// audit is for when nothing comes any more. What is neither in the task stream
// nor, read after that, in the done log, is lost: that is recorded, so that all
// say the same, and a record that comes even so is late.
func (c *client) audit(t *thread, fold *protocol.Fold, at int) {
	queued := sure(t, c.server, func() int { return c.server.queued() })
	later := protocol.Fold{}
	for _, r := range c.readDone(t, at) {
		later.Take(r)
	}
	var records []protocol.Record
	for _, id := range fold.Missing() {
		if !later.Has(id) {
			records = append(records, protocol.Record{ID: id, Outcome: protocol.Lost})
		}
	}
	if queued == 0 {
		c.decide(t, records)
	}
}

// callOff ends a run that was cancelled, and of which no worker answers.
func (c *client) callOff(t *thread, fold *protocol.Fold) {
	sure(t, c.server, func() refusal { c.server.purge(); return none })
	var records []protocol.Record
	for _, id := range fold.Missing() {
		records = append(records, protocol.Record{ID: id, Outcome: protocol.Cancelled})
	}
	c.decide(t, records)
}

// decide writes records of tasks that no worker has, under the type of each.
func (c *client) decide(t *thread, records []protocol.Record) {
	for _, r := range records {
		of := protocol.Span{Series: r.ID.Series(), First: r.ID.N, Last: r.ID.N}
		c.publish(t, protocol.Place{Of: of}, protocol.Note{Records: []protocol.Record{r}})
	}
}

// publish appends to the done log, until that is acknowledged.
func (h *history) publish(t *thread, place protocol.Place, n protocol.Note) {
	for {
		switch r, ok := ask(t, h.server, func() refusal { return h.server.record(place, n) }); {
		case ok && (r == none || h.flaws.FullIsDone):
			return
		}
		t.sleep(10)
	}
}
