package cluster

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

// What goes over the wire: docs/protocol.md.

const (
	versionHeader = "Skein-Version"
	version       = "1"
)

// kind is what a batch's tasks have in common.
type kind struct {
	name    string
	codec   string
	version int
}

type wireBatch struct {
	Type      string `json:"type"`
	Codec     string `json:"codec"`
	Version   int    `json:"version"`
	Submitter int    `json:"submitter"`
	First     int    `json:"first"`
	Last      int    `json:"last"`
	Again     bool   `json:"again,omitempty"`

	// After is how long it is to wait, in nanoseconds: who is given it first
	// gives it back for so long.
	After time.Duration `json:"after,omitempty"`

	Tasks []wireTask `json:"tasks"`
}

func (b *wireBatch) kind() kind { return kind{b.Type, b.Codec, b.Version} }

type wireTask struct {
	N          int           `json:"n"`
	Attempt    int           `json:"attempt"`
	Attempts   int           `json:"attempts,omitempty"`
	Timeout    time.Duration `json:"timeout,omitempty"` // nanoseconds
	Deliveries int           `json:"deliveries,omitempty"`
	Args       []byte        `json:"-"` // a line
}

type wireRecords struct {
	Worker  string       `json:"worker"`
	Records []wireRecord `json:"records"`

	// Gone are the tasks of the batch that need nothing more: earlier messages
	// had their ends, or the task stream has their successors.
	Gone []int `json:"gone,omitempty"`
}

type wireRecord struct {
	Submitter  int              `json:"submitter"`
	N          int              `json:"n"`
	Attempt    int              `json:"attempt"`
	Outcome    protocol.Outcome `json:"outcome"`
	Deliveries int              `json:"deliveries,omitempty"`
	Started    micros           `json:"started,omitempty"`
	Ended      micros           `json:"ended,omitempty"`
	Cause      string           `json:"cause,omitempty"`
	CauseType  string           `json:"cause_type,omitempty"`
	Object     string           `json:"object,omitempty"` // where a large result is
	Codec      string           `json:"codec,omitempty"`  // "": json
	Version    int              `json:"version,omitempty"`
	Value      []byte           `json:"-"` // a line: the result; of a task that did not succeed the arguments, so that it can be submitted again
}

// micros is a time, in microseconds since 1970: as text it takes most of the time
// that a record does. 0: none.
type micros int64

func microsOf(t time.Time) micros { return micros(t.UnixMicro()) }

// latest is the year 9999: a later time cannot be written as JSON, so that who has
// to would fail because of what a worker has invented.
const latest micros = 253_370_764_800_000_000

func (m micros) time() time.Time {
	if m <= 0 || m > latest {
		return time.Time{}
	}
	return time.UnixMicro(int64(m))
}

func (b *wireBatch) encode() ([]byte, error) {
	return toLines(b, len(b.Tasks), func(i int) []byte { return b.Tasks[i].Args })
}

// decode reads what encode has written; the arguments are parts of data.
func (b *wireBatch) decode(data []byte) error {
	if err := read(ours(data), b, (*quick).batch); err != nil {
		return err
	}
	return values(data, len(b.Tasks), func(i int, line []byte) { b.Tasks[i].Args = line })
}

func (w *wireRecords) encode() ([]byte, error) {
	return toLines(w, len(w.Records), func(i int) []byte { return w.Records[i].Value })
}

// decode reads what encode has written; the values are parts of data.
func (w *wireRecords) decode(data []byte) error {
	if err := read(ours(data), w, (*quick).records); err != nil {
		return err
	}
	return values(data, len(w.Records), func(i int, line []byte) { w.Records[i].Value = line })
}

// plan is the batch as package protocol sees it. Its type must be the one that
// its subject has.
func (b *wireBatch) plan() protocol.Batch {
	of := protocol.Series{Type: b.Type, Submitter: b.Submitter}
	p := protocol.Batch{
		Of:    protocol.Span{Series: of, First: b.First, Last: b.Last},
		Again: b.Again, Tasks: make([]protocol.Task, len(b.Tasks)),
	}
	for i, t := range b.Tasks {
		p.Tasks[i] = protocol.Task{ID: of.Task(t.N), Attempt: t.Attempt, Attempts: t.Attempts, Deliveries: t.Deliveries}
	}
	return p
}

// byNumber are its tasks.
func (b *wireBatch) byNumber() map[int]*wireTask {
	all := make(map[int]*wireTask, len(b.Tasks))
	for i := range b.Tasks {
		all[b.Tasks[i].N] = &b.Tasks[i]
	}
	return all
}

// plan is the record as package protocol sees it, under a subject of that type.
func (r *wireRecord) plan(typ string) protocol.Record {
	return protocol.Record{ID: protocol.ID{Type: typ, Submitter: r.Submitter, N: r.N}, Attempt: r.Attempt, Outcome: r.Outcome}
}

// Subjects.

const shard = "0"

// span is the last words of a batch's subjects.
func span(of protocol.Span) string {
	return fmt.Sprintf("%s.%d.%d-%d", of.Type, of.Submitter, of.First, of.Last)
}

// taskKinds are all kinds of subjects in the task stream that tasks have.
var taskKinds = append([]string{permit.Limited}, permit.Kinds...)

func taskSubject(run, kind string, of protocol.Span) string {
	return fmt.Sprintf("skein.%s.%s.%s.%s", shard, run, kind, span(of))
}

// doneSubject is where the notes of a batch go, so that the last one there has
// what its last holder had to say.
func doneSubject(run string, p protocol.Place) string {
	subject := fmt.Sprintf("skein.%s.%s.done.%s", shard, run, span(p.Of))
	if p.A > 0 {
		subject += fmt.Sprintf(".%d-%d", p.A, p.B)
	}
	return subject
}

func gateSubject(run string, submitter int) string {
	return fmt.Sprintf("skein.%s.%s.gate.%d", shard, run, submitter)
}

// noSubmitter is the number of none: its gate is where the task stream has barriers.
const noSubmitter = 0

// barrierSubject is where the done log has them. No task has that subject.
func barrierSubject(run string) string {
	return fmt.Sprintf("skein.%s.%s.done.barrier", shard, run)
}

// checkName refuses what cannot be a word of a subject.
func checkName(what, name string) error {
	ok := name != "" && len(name) <= 64
	for _, c := range name {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if !ok {
		return fmt.Errorf("cluster: %s %q: a name has 1 to 64 letters, digits, - and _", what, name)
	}
	return nil
}

// words are those of a subject: skein, shard, run, kind, type, submitter, span.
type words [7]string

func wordsOf(subject string) (w words) {
	n := 0
	for word := range strings.SplitSeq(subject, ".") {
		if n == len(w) {
			break
		}
		w[n] = word
		n++
	}
	return w
}

func (w words) run() string { return w[2] }
func (w words) typ() string { return w[4] }

// span is the tasks that the subject of a batch, or of its records, names: in
// each version of the protocol it is the same.
func (w words) span() (of protocol.Span, ok bool) {
	first, last, _ := strings.Cut(w[6], "-")
	var bad [3]error
	of.Submitter, bad[0] = strconv.Atoi(w[5])
	of.First, bad[1] = strconv.Atoi(first)
	of.Last, bad[2] = strconv.Atoi(last)
	of.Type = w.typ()
	ok = bad == [3]error{} && of.First >= 1 && of.Last >= of.First && of.Last-of.First < mostTasks
	return of, ok
}

// each calls f for each task of the span.
func (w words) each(f func(protocol.ID)) {
	if of, ok := w.span(); ok {
		for n := of.First; n <= of.Last; n++ {
			f(of.Task(n))
		}
	}
}
