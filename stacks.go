package skein

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// dumpable is up to how many goroutines all their stacks are taken as text,
// which stops the program for about 8 µs each.
const dumpable = 2000

// carrierFrame is the frame below which a goroutine's stack is its task's.
const carrierFrame = "example.com/skein.(*record).carry"

// findStacks fills in what the listed workers are doing.
//
// A stack is taken at another moment than its worker was: the record may have
// been given to the next task in between. So the workers are looked up again
// afterwards, and who is not at it any more gets none.
func (s *Snapshot) findStacks(groups func() []*Group) {
	var find finder
	if s.Goroutines <= dumpable {
		find = dump()
	} else {
		find = profile()
	}
	at := make(map[uint64]*desks)
	note(s.Groups, at)
	for _, g := range groups() {
		g.lookUp(at)
	}
	fill(s.Groups, at, find)
}

// desks are the records that a group's listed workers had, with their numbers.
type desks struct {
	numbers map[uintptr]int64
	last    int64
	still   map[uintptr]bool // whose worker was still there when it was looked up
}

func note(groups []GroupState, at map[uint64]*desks) {
	for i := range groups {
		g := &groups[i]
		d := &desks{numbers: make(map[uintptr]int64), still: make(map[uintptr]bool)}
		for j, w := range g.Workers {
			d.numbers[g.records[j]] = w.Number
			d.last = max(d.last, w.Number)
		}
		at[g.ID] = d
		note(g.Groups, at)
	}
}

// lookUp looks the listed workers up again, in the group and its children.
//
//go:norace
func (g *Group) lookUp(at map[uint64]*desks) {
	raceSeen(g)
	raceOff()
	g.mu.Lock()
	if d := at[g.id]; d != nil {
		for r := g.oldest; r != nil && len(d.still) < len(d.numbers); r = r.prev {
			if address := uintptr(unsafe.Pointer(r)); r.number <= d.last && d.numbers[address] == r.number {
				d.still[address] = true
			}
		}
	}
	g.mu.Unlock()
	raceOn()
	for _, child := range g.kin() {
		child.lookUp(at)
	}
}

// finder returns what a worker with that record is doing, or nil.
type finder func(w *Worker, record uintptr) *stack

func fill(groups []GroupState, at map[uint64]*desks, find finder) {
	for i := range groups {
		g := &groups[i]
		for j := range g.Workers {
			w := &g.Workers[j]
			if st := find(w, g.records[j]); st != nil && at[g.ID].still[g.records[j]] {
				st.tell(w)
			}
		}
		fill(g.Groups, at, find)
	}
}

// stack is what a goroutine is doing.
type stack struct {
	goroutine int64
	state     string
	blocked   time.Duration // in whole minutes, of those that a dump tells
	at        string
	text      string
}

// tell fills in what a worker is doing. It has run at least as long as it has
// been blocked.
func (st *stack) tell(w *Worker) {
	w.Goroutine, w.State, w.At, w.Stack = st.goroutine, st.state, st.at, st.text
	if w.AtLeast {
		w.Age = max(w.Age, st.blocked)
	}
}

// dump takes the stacks of all goroutines. A worker's record stands in its
// stack, as the first argument of carry, and in no other.
func dump() finder {
	buf := make([]byte, 256<<10)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	found := make(map[uintptr]*stack)
	for text := range strings.SplitSeq(string(buf[:n]), "\n\n") {
		if above, below, ok := strings.Cut(text, "\n"+carrierFrame+"("); ok {
			if record := argument(below); record != 0 {
				found[record] = parse(above)
			}
		}
	}
	return func(_ *Worker, record uintptr) *stack { return found[record] }
}

// argument reads the first argument of a call in a traceback: 0xc000012345. A
// question mark after it says that the register may have been used again: then
// it is one of a worker's only if it says so, which the caller looks up.
func argument(args string) uintptr {
	end := strings.IndexAny(args, ",)?")
	if end < 0 {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(args[:end], "0x"), 16, 64)
	if err != nil {
		return 0
	}
	return uintptr(n)
}

// parse reads a goroutine's traceback from its header to its task's outermost
// function:
//
//	goroutine 7 [chan send, 2 minutes]:
//	main.fetch(0xc000012345)
//		/src/main.go:12 +0x1d
func parse(text string) *stack {
	header, calls, _ := strings.Cut(text, "\n")
	st := &stack{text: calls}
	number, rest, _ := strings.Cut(strings.TrimPrefix(header, "goroutine "), " ")
	st.goroutine, _ = strconv.ParseInt(number, 10, 64)
	if _, state, ok := strings.Cut(rest, "["); ok {
		state, _, _ = strings.Cut(state, "]:")
		state, more, _ := strings.Cut(state, ",")
		var minutes int
		if n, _ := fmt.Sscanf(more, " %d minutes", &minutes); n == 1 {
			st.blocked = time.Duration(minutes) * time.Minute
		}
		state, _, _ = strings.Cut(state, " labels:")
		st.state = strings.TrimSuffix(state, " (durable)")
	}
	lines := strings.Split(calls, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		name := lines[i]
		if paren := strings.LastIndexByte(name, '('); paren > 0 {
			name = name[:paren]
		}
		where, _, _ := strings.Cut(strings.TrimPrefix(lines[i+1], "\t"), " +0x")
		if st.at == "" && !ours(name, where) {
			st.at = name + " " + filepath.Base(where)
		}
	}
	return st
}

// ours says whether a frame is the standard library's, or this package's: the
// places of a user's that call them say more.
func ours(function, file string) bool {
	if strings.HasPrefix(function, "example.com/skein.") {
		return true
	}
	if root := sourceRoot(); root != "" {
		return strings.HasPrefix(file, root)
	}
	first, _, _ := strings.Cut(function, "/")
	return !strings.Contains(first, ".") && !strings.HasPrefix(function, "main.") // built with -trimpath
}

// sourceRoot is where the standard library's sources were when the program was
// built, with a slash; empty if it was built with -trimpath.
func sourceRoot() string {
	pc := reflect.ValueOf(context.Background).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return strings.TrimSuffix(file, "context/context.go")
}
