package skein

import (
	"bytes"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
)

// profile takes Go's goroutine profile, which stops the program for a moment
// only, and tells no goroutine's number. Workers that do the same have one
// entry in it. So it is looked up by function and name, and answers where all
// of these are at one place.
func profile() finder {
	var text bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&text, 1) // a buffer takes everything
	found := make(map[[2]string][]*stack)
	for entry := range strings.SplitSeq(text.String(), "\n\n") {
		e, ok := parseEntry(entry)
		if !ok {
			continue
		}
		for _, function := range e.roots() {
			key := [2]string{function, e.name}
			found[key] = append(found[key], &e.stack)
		}
	}
	return func(w *Worker, _ uintptr) *stack {
		if all := found[[2]string{w.Func, w.Name}]; len(all) == 1 {
			return all[0]
		}
		return nil
	}
}

// profileEntry is what some workers do.
type profileEntry struct {
	stack
	name  string   // the label of a worker that has a name
	calls []string // the innermost first
}

// roots are the functions that may be what the worker was given: this package
// may have wrapped it.
func (e *profileEntry) roots() []string {
	const wrappers = 4
	roots := slices.Clone(e.calls[max(0, len(e.calls)-wrappers):])
	slices.Sort(roots)
	return slices.Compact(roots)
}

// parseEntry reads an entry of the profile, and reports false if it is not a
// worker's: a count and program counters, the labels if there are any, and the
// frames, the innermost first:
//
//	3 @ 0x43e3ce 0x40b7c5 ...
//	# labels: {"worker":"cat.jpg"}
//	#	0x4b0e1c	main.fetch+0x1c	/src/main.go:12
func parseEntry(entry string) (e profileEntry, ok bool) {
	var text strings.Builder
	for line := range strings.SplitSeq(entry, "\n") {
		if labels, ok := strings.CutPrefix(line, "# labels: "); ok {
			e.name = workerLabel(labels)
			continue
		}
		if _, counters, ok := strings.Cut(line, " @ "); ok {
			e.state = stateOf(strings.Fields(counters))
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < 4 || fields[0] != "#" {
			continue
		}
		call, _, _ := strings.Cut(fields[2], "+0x")
		if call == carrierFrame {
			e.text = strings.TrimSuffix(text.String(), "\n")
			return e, true
		}
		where := fields[len(fields)-1] // tabs make columns: there may be several
		e.calls = append(e.calls, call)
		if e.at == "" && !ours(call, where) {
			e.at = call + " " + filepath.Base(where)
		}
		text.WriteString(call + "(...)\n\t" + where + "\n")
	}
	return e, false
}

// workerLabel finds a worker's name among labels: {"a":"b", "worker":"cat.jpg"}.
func workerLabel(labels string) string {
	labels = strings.TrimPrefix(labels, "{")
	for {
		key, err := strconv.QuotedPrefix(labels)
		if err != nil {
			return ""
		}
		labels = strings.TrimPrefix(labels[len(key):], ":")
		value, err := strconv.QuotedPrefix(labels)
		if err != nil {
			return ""
		}
		if key == `"worker"` {
			name, _ := strconv.Unquote(value)
			return name
		}
		labels = strings.TrimPrefix(labels[len(value):], ", ")
	}
}

// parked tells a goroutine's state from the function of the runtime that it
// waits in, in the words of a goroutine dump.
var parked = map[string]string{
	"runtime.chanrecv":                        "chan receive",
	"runtime.chansend":                        "chan send",
	"runtime.selectgo":                        "select",
	"runtime.block":                           "select (no cases)",
	"runtime.netpollblock":                    "IO wait",
	"time.Sleep":                              "sleep",
	"internal/sync.runtime_SemacquireMutex":   "sync.Mutex.Lock",
	"sync.runtime_SemacquireRWMutex":          "sync.RWMutex.Lock",
	"sync.runtime_SemacquireRWMutexR":         "sync.RWMutex.RLock",
	"sync.runtime_SemacquireWaitGroup":        "sync.WaitGroup.Wait",
	"sync.runtime_notifyListWait":             "sync.Cond.Wait",
	"internal/poll.runtime_pollWait":          "IO wait",
	"syscall.Syscall":                         "syscall",
	"syscall.Syscall6":                        "syscall",
	"internal/runtime/syscall.Syscall6":       "syscall",
	"internal/runtime/syscall/linux.Syscall6": "syscall",
}

// stateOf reads the program counters of an entry. The frames do not tell: the
// runtime's are left out there.
func stateOf(counters []string) string {
	const innermost = 8
	var pcs []uintptr
	for _, text := range counters[:min(innermost, len(counters))] {
		pc, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 64)
		if err != nil {
			return ""
		}
		pcs = append(pcs, uintptr(pc))
	}
	frames := runtime.CallersFrames(pcs)
	for {
		frame, more := frames.Next()
		if state := parked[frame.Function]; state != "" {
			return state
		}
		if !more {
			return "running"
		}
	}
}
