package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/task"
)

const traceUsage = `usage: skein trace [RUN]

Prints the timeline of a run as trace events, which https://ui.perfetto.dev and
chrome://tracing show: a track for each slot, on it the attempts of the tasks,
each with its outcome. A run that was resumed is a process of its own there.
Without RUN it is the latest run of this directory. When all tasks of a run have
succeeded its inputs are not kept: its tasks have numbers then, and no names.

  -h, --help

example
      skein trace > trace.json
`

// trace is skein trace.
func trace(args []string) int {
	run, err := parseRun(newSet("trace"), args)
	if err != nil {
		return failed("trace", err)
	}
	s, err := pick(run, anyRun, noRun)
	if err != nil {
		return fail("trace", err)
	}
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	if err := writeTrace(w, s); err != nil {
		return fail("trace", err)
	}
	return written("trace", w.Flush())
}

// traceEvent is one of Chrome's; times are in microseconds.
type traceEvent struct {
	Name  string         `json:"name"`
	Cat   string         `json:"cat,omitempty"`
	Phase string         `json:"ph"`
	Time  float64        `json:"ts"`
	Dur   *float64       `json:"dur,omitempty"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	Args  map[string]any `json:"args,omitempty"`
}

// tracer makes trace events of the records of a journal.
type tracer struct {
	w     io.Writer
	err   error
	any   bool // something was written
	base  time.Time
	run   int                     // from 1
	slots map[int]bool            // of the present run, that have a name
	open  map[int]*journal.Record // by slot, what was started
	last  time.Time
	name  func(seq int) string
}

func writeTrace(w io.Writer, s *journal.State) error {
	name, err := names(s, every)
	if err != nil {
		return err
	}
	t := &tracer{w: w, base: s.Runs[0].Time, name: name}
	io.WriteString(w, `{"displayTimeUnit":"ms","traceEvents":[`)
	err = journal.Records(s.Dir, t.begin, t.take)
	t.leave()
	io.WriteString(w, "\n]}\n")
	if err == nil {
		err = t.err
	}
	return err
}

// begin starts the tracks of another run.
func (t *tracer) begin(r journal.Run) {
	t.leave()
	t.run++
	t.slots, t.open, t.last = map[int]bool{}, map[int]*journal.Record{}, r.Time
	name := "run " + r.ID
	if t.run > 1 {
		name = fmt.Sprintf("resumed (%d)", t.run-1)
	}
	t.write(traceEvent{Name: "process_name", Phase: "M", PID: t.run, Args: map[string]any{"name": name}})
}

// leave ends what was started and has no outcome, at the last time that is
// known.
func (t *tracer) leave() {
	for _, r := range t.open {
		t.attempt(r, r.Time, t.last, map[string]any{"seq": r.Seq, "attempt": r.Attempt, "outcome": "unknown"})
	}
	t.open = nil
}

func (t *tracer) take(r *journal.Record) {
	if r.Slot == 0 || t.open == nil {
		return // it was never started
	}
	if r.Time.After(t.last) {
		t.last = r.Time
	}
	if !t.slots[r.Slot] {
		t.slots[r.Slot] = true
		t.write(traceEvent{Name: "thread_name", Phase: "M", PID: t.run, TID: r.Slot, Args: map[string]any{"name": fmt.Sprint("slot ", r.Slot)}})
	}
	if r.Event == task.Started {
		t.open[r.Slot] = r
		return
	}
	delete(t.open, r.Slot)
	began := r.Started
	if began.IsZero() {
		began = r.Time
	}
	args := map[string]any{"seq": r.Seq, "attempt": r.Attempt, "outcome": r.Outcome}
	if r.ExitStatus != nil {
		args["exit_status"] = *r.ExitStatus
	}
	if how := r.How(); how != "" {
		args["how"] = how
	}
	if !r.Started.IsZero() {
		args["user_seconds"], args["system_seconds"] = r.User, r.System
	}
	if r.Peak > 0 {
		args["peak_memory_bytes"] = r.Peak
	}
	t.attempt(r, began, r.Time, args)
}

func (t *tracer) attempt(r *journal.Record, began, ended time.Time, args map[string]any) {
	dur := microseconds(ended.Sub(began))
	t.write(traceEvent{
		Name: t.name(r.Seq), Cat: "task", Phase: "X", Time: microseconds(began.Sub(t.base)), Dur: &dur,
		PID: t.run, TID: r.Slot, Args: args,
	})
}

func (t *tracer) write(e traceEvent) {
	b, err := json.Marshal(e)
	if t.err = err; err != nil {
		return
	}
	if t.any {
		io.WriteString(t.w, ",")
	}
	t.any = true
	io.WriteString(t.w, "\n")
	t.w.Write(b)
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// names gives what calls the tasks that are wanted by their names, as far as
// their inputs are still there.
func names(s *journal.State, want func(seq int) bool) (func(seq int) string, error) {
	specs, err := s.Specs(want)
	if err != nil {
		return nil, err
	}
	works := map[int]task.Work{}
	for _, known := range specs {
		if works[known.Run] != nil {
			continue
		}
		if works[known.Run], err = workOf(s.Runs[known.Run]); err != nil {
			return nil, err
		}
	}
	return func(seq int) string {
		known, is := specs[seq]
		if !is {
			return fmt.Sprint("task ", seq)
		}
		return shorten(taskName(known.Spec, works[known.Run]), 200)
	}, nil
}

// every wants each task.
func every(int) bool { return true }

// workOf is what makes commands of the inputs of a run.
func workOf(run journal.Run) (task.Work, error) {
	f, err := parseFlags(run.Args)
	if err != nil {
		return nil, err
	}
	made, err := f.work(f.known(run), nil)
	return made.work, err
}

// taskName is what a task is called.
func taskName(spec task.Spec, work task.Work) string {
	cmd, err := work(spec, 1)
	if err != nil || cmd.Name == "" {
		return fmt.Sprintf("%.400q", spec.Input)
	}
	return cmd.Name
}
