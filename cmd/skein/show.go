package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

const showUsage = `usage: skein show [flags] [RUN]

Says what became of the tasks of a run: the last outcome of each, how long it
took, and what it is called. Without RUN it is the latest run of this directory.
When all tasks have succeeded their inputs are dropped, and only numbers are
left as names.

      --failed      only those that did not succeed, with the end of what they
                    wrote to standard error
      --slowest[=N] only the N slowest (10), the slowest first
      --task SEQ    only that one, and what it wrote, if the run kept it with
                    --results: its standard output on ours, its standard error
                    on ours
      --json        one JSON object per task
  -h, --help
`

// showFlags is the command line of skein show.
type showFlags struct {
	failed  bool
	slowest int
	task    int
	json    bool
}

func (f *showFlags) set() *pflag.FlagSet {
	set := newSet("show")
	set.BoolVar(&f.failed, "failed", false, "")
	set.IntVar(&f.slowest, "slowest", 0, "")
	set.Lookup("slowest").NoOptDefVal = "10"
	set.IntVar(&f.task, "task", 0, "")
	set.BoolVar(&f.json, "json", false, "")
	return set
}

// show is skein show.
func show(args []string) int {
	var f showFlags
	set := f.set()
	run, err := parseRun(set, args)
	if err == nil {
		err = f.check(set)
	}
	if err != nil {
		return failed("show", err)
	}
	s, err := pick(run, anyRun, noRun)
	if err != nil {
		return fail("show", err)
	}
	tellProblems(s)
	rows, err := f.rows(s)
	if err != nil {
		return fail("show", err)
	}
	return f.print(s, rows)
}

func (f *showFlags) check(set *pflag.FlagSet) error {
	for _, name := range []string{"slowest", "task"} {
		if flag := set.Lookup(name); flag.Changed && flag.Value.String() < "1" {
			return usage.Errorf("they are counted from 1", "--%s %s: there is no such", name, flag.Value)
		}
	}
	return nil
}

// row is the last that is known of a task.
type row struct {
	Seq       int             `json:"seq"`
	Name      string          `json:"name"`
	Outcome   task.Outcome    `json:"outcome,omitempty"` // empty: none
	Running   bool            `json:"running,omitempty"` // started, and not ended
	Attempts  int             `json:"attempts"`          // of all runs
	Record    *journal.Record `json:"-"`
	How       string          `json:"how,omitempty"`
	Started   *time.Time      `json:"started,omitempty"`
	Seconds   float64         `json:"duration_seconds"`
	User      float64         `json:"user_seconds"`
	System    float64         `json:"system_seconds"`
	Peak      int64           `json:"peak_memory_bytes,omitempty"`
	Unwritten bool            `json:"output_perhaps_lost,omitempty"`
	Words     string          `json:"last_words,omitempty"`
}

// rows gives the tasks that are to be shown.
func (f *showFlags) rows(s *journal.State) ([]*row, error) {
	name, err := names(s, every)
	if err != nil {
		return nil, err
	}
	rows := make([]*row, s.Most()+1)
	err = journal.Records(s.Dir, func(journal.Run) {}, func(r *journal.Record) {
		if r.Seq >= len(rows) {
			return // written since
		}
		if rows[r.Seq] == nil {
			rows[r.Seq] = &row{Seq: r.Seq}
		}
		rows[r.Seq].take(r)
	})
	for seq := 1; seq < len(rows); seq++ {
		if rows[seq] == nil {
			rows[seq] = &row{Seq: seq}
		}
	}
	rows = slices.DeleteFunc(rows, func(r *row) bool { return r == nil || !f.wants(s, r) })
	lost := s.Unwritten()
	for _, r := range rows {
		_, r.Unwritten = slices.BinarySearch(lost, r.Seq)
		r.Name, r.Outcome, r.Running = name(r.Seq), s.Outcome(r.Seq), s.IsStarted(r.Seq)
	}
	if f.slowest > 0 {
		slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(b.Seconds, a.Seconds) })
		rows = rows[:min(len(rows), f.slowest)]
	}
	return rows, err
}

// take notes another record of the task.
func (r *row) take(record *journal.Record) {
	if record.Event == task.Started {
		r.Attempts++
		return
	}
	if record.Outcome == task.Skipped && r.Record != nil {
		return
	}
	r.Record = record
	r.How, r.Seconds, r.User, r.System, r.Peak = record.How(), record.Duration, record.User, record.System, record.Peak
	r.Words = record.Words()
	if r.Started = nil; !record.Started.IsZero() {
		r.Started = &record.Started
	}
}

func (f *showFlags) wants(s *journal.State, r *row) bool {
	switch o := s.Outcome(r.Seq); {
	case f.task > 0:
		return r.Seq == f.task
	case f.failed:
		return o == task.Failed || o == task.TimedOut || o == task.Killed
	case f.slowest > 0:
		return r.Record != nil
	}
	return true
}

func (f *showFlags) print(s *journal.State, rows []*row) int {
	if f.task > 0 && len(rows) == 0 {
		return fail("show", usage.Errorf(fmt.Sprintf("they are numbered from 1 to %d", s.Most()), "--task %d: there is no such", f.task))
	}
	w := bufio.NewWriterSize(os.Stdout, 64<<10)
	switch {
	case f.json:
		out := json.NewEncoder(w)
		for _, r := range rows {
			out.Encode(r) // w keeps the error
		}
		return written("show", w.Flush())
	case f.task > 0:
		return f.printTask(s, rows[0])
	}
	if !f.failed && f.slowest == 0 {
		fmt.Fprintf(w, "%s  %s  %s  %s\n", s.Last().ID, stateOf(s), plain(string(s.Last().Directory)), commandLine(s))
		fmt.Fprintf(w, "%s: %s\n", count(s.Inputs, "task", "tasks"), counts(s))
	}
	for _, r := range rows {
		fmt.Fprintln(w, r.line())
		if f.failed {
			for line := range strings.Lines(r.Words) {
				fmt.Fprintf(w, "        | %s\n", plain(strings.TrimRight(line, "\r\n")))
			}
		}
	}
	return written("show", w.Flush())
}

// line is the task for people.
func (r *row) line() string {
	how := string(r.Outcome)
	switch {
	case r.Running:
		how = "no outcome"
	case how == "":
		how = "waiting"
	}
	if r.How != "" && !r.Running {
		how += ": " + plain(r.How)
	}
	if r.Unwritten {
		how += ", output perhaps lost"
	}
	return fmt.Sprintf("%7d  %9s  %s  %s", r.Seq, seconds(r), how, plain(r.Name))
}

func seconds(r *row) string {
	if r.Started == nil {
		return "-"
	}
	return strconv.FormatFloat(r.Seconds, 'f', 3, 64) + "s"
}

// printTask prints one task and what it wrote.
func (f *showFlags) printTask(s *journal.State, r *row) int {
	fmt.Fprintln(os.Stderr, r.line())
	dir, err := resultsOf(s)
	if err != nil {
		return fail("show", err)
	}
	if dir == "" {
		fmt.Fprintln(os.Stderr, "skein: what it wrote was not kept")
		fmt.Fprintln(os.Stderr, "hint: skein run --results DIR keeps it")
		return 0
	}
	dir = filepath.Join(dir, strconv.Itoa(r.Seq))
	if err := copyFile(os.Stdout, filepath.Join(dir, "stdout")); err != nil {
		return written("show", err)
	}
	return written("show", copyFile(os.Stderr, filepath.Join(dir, "stderr")))
}

// copyFile writes a file to another. No file is no bytes.
func copyFile(w io.Writer, name string) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// resultsOf is the directory in which the run kept what its tasks wrote;
// empty if it kept none.
func resultsOf(s *journal.State) (string, error) {
	args := s.Last().Args
	dir := ""
	for i, a := range args {
		name, value, joined := strings.Cut(a, "=")
		switch {
		case name != "--results":
		case joined:
			dir = value
		case i+1 < len(args):
			dir = args[i+1]
		}
	}
	if dir == "" || filepath.IsAbs(dir) {
		return dir, nil
	}
	return filepath.Join(string(s.Last().Directory), dir), nil
}
