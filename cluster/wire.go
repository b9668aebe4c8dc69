package cluster

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"example.com/skein/cluster/internal/protocol"
)

// What goes over the wire: docs/protocol.md.

const (
	versionHeader = "Skein-Version"
	version       = "1"
)

// isVersion reports whether v says which version a message is of. What says
// nothing is garbage, and passed over; a version that is not ours is not.
func isVersion(v string) bool {
	_, err := strconv.ParseUint(v, 10, 16)
	return err == nil
}

type wireBatch struct {
	Type      string     `json:"type"`
	Submitter int        `json:"submitter"`
	First     int        `json:"first"`
	Last      int        `json:"last"`
	Again     bool       `json:"again,omitempty"`
	Tasks     []wireTask `json:"tasks"`
}

type wireTask struct {
	N          int             `json:"n"`
	Attempt    int             `json:"attempt"`
	Deliveries int             `json:"deliveries,omitempty"`
	Args       json.RawMessage `json:"args"`
}

type wireRecords struct {
	Worker  string       `json:"worker"`
	Records []wireRecord `json:"records"`
}

type wireRecord struct {
	Submitter int              `json:"submitter"`
	N         int              `json:"n"`
	Attempt   int              `json:"attempt"`
	Outcome   protocol.Outcome `json:"outcome"`
	Started   time.Time        `json:"started,omitzero"`
	Ended     time.Time        `json:"ended,omitzero"`
	Cause     string           `json:"cause,omitempty"`
	CauseType string           `json:"cause_type,omitempty"`
	Result    json.RawMessage  `json:"result,omitempty"`
}

// plan is the batch as package protocol sees it.
func (b *wireBatch) plan() protocol.Batch {
	p := protocol.Batch{
		Of:    protocol.Span{Submitter: b.Submitter, First: b.First, Last: b.Last},
		Again: b.Again, Tasks: make([]protocol.Task, len(b.Tasks)),
	}
	for i, t := range b.Tasks {
		p.Tasks[i] = protocol.Task{ID: protocol.ID{Submitter: b.Submitter, N: t.N}, Attempt: t.Attempt, Deliveries: t.Deliveries}
	}
	return p
}

// args are those of a task, by its number.
func (b *wireBatch) args() map[int]json.RawMessage {
	all := make(map[int]json.RawMessage, len(b.Tasks))
	for _, t := range b.Tasks {
		all[t.N] = t.Args
	}
	return all
}

func (r *wireRecord) plan() protocol.Record {
	return protocol.Record{ID: protocol.ID{Submitter: r.Submitter, N: r.N}, Attempt: r.Attempt, Outcome: r.Outcome}
}

// Subjects.

const shard = "0"

// span is the last word of a batch's subjects.
func span(of protocol.Span) string { return fmt.Sprintf("%d.%d-%d", of.Submitter, of.First, of.Last) }

func taskSubject(run, typ string, of protocol.Span, suspect bool) string {
	kind := "task"
	if suspect {
		kind = "suspect"
	}
	return fmt.Sprintf("skein.%s.%s.%s.%s.%s", shard, run, kind, typ, span(of))
}

// doneSubject is where the records of a batch go: all of it in one message, so
// that the last one there has what its last holder had to say.
func doneSubject(run, typ string, b protocol.Batch) string {
	subject := fmt.Sprintf("skein.%s.%s.done.%s.%s", shard, run, typ, span(b.Of))
	if b.Again {
		subject += fmt.Sprintf(".%d-%d", b.Tasks[0].ID.N, b.Tasks[len(b.Tasks)-1].ID.N)
	}
	return subject
}

func gateSubject(run string, submitter int) string {
	return fmt.Sprintf("skein.%s.%s.gate.%d", shard, run, submitter)
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

// runOf is the run of a task's subject.
func runOf(subject string) string {
	var words [4]string
	n := 0
	for i, from := 0, 0; i <= len(subject) && n < len(words); i++ {
		if i == len(subject) || subject[i] == '.' {
			words[n] = subject[from:i]
			n++
			from = i + 1
		}
	}
	if n < len(words) {
		return ""
	}
	return words[2]
}
