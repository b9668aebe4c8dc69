package cluster

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/nats-io/nats.go"

	"example.com/skein/cluster/internal/protocol"
)

// VersionError is that the done log has records of a version of the protocol that
// this program does not know: a newer skein is among the workers, or one of them
// says so. They are passed over, and end nobody's wait as long as each task has
// another outcome: then it is the error.
type VersionError struct {
	Version  int    // the newest of them
	Type     string // of their tasks
	Worker   string // who wrote the last of them, as far as it says
	Messages int    // how many there are
}

// Error says which version is needed, and of whom.
func (e *VersionError) Error() string {
	return fmt.Sprintf("cluster: how tasks of type %s ended is recorded in version %d of the protocol, by worker %q (%d messages); this program knows version %s and must be as new as that",
		e.Type, e.Version, shorten(e.Worker), e.Messages, version)
}

// unread are the messages of a done log of which the version is not known, by the
// type of their tasks: that stands in the subject.
type unread map[string]*VersionError

func (u *unread) note(m *records) {
	if m.newer == 0 {
		return
	}
	if *u == nil {
		*u = unread{}
	}
	e := (*u)[m.typ]
	if e == nil {
		e = &VersionError{Type: m.typ}
		(*u)[m.typ] = e
	}
	e.Version, e.Worker = max(e.Version, m.newer), m.Worker
	e.Messages++
}

// all are copies, by type.
func (u unread) all() (all []VersionError) {
	for _, typ := range slices.Sorted(maps.Keys(u)) {
		all = append(all, *u[typ])
	}
	return all
}

// split takes those of some tasks that may have ended in a record which cannot be
// read from the others. Nobody may say how they ended: who can read it would
// disagree.
func (u unread) split(tasks []protocol.ID) (others []protocol.ID, err error) {
	for _, id := range tasks {
		if e := u[id.Type]; e == nil {
			others = append(others, id)
		} else if err == nil {
			err = e
		}
	}
	return others, err
}

// newer is the version in a message's header, if it is one that is not known;
// else 0.
func newer(header string) int {
	n, err := strconv.Atoi(header)
	if err != nil || n < 1 || header == version {
		return 0
	}
	return n
}

// parse reads a message. The error is a [*VersionError] if a newer skein has written it.
func (w *wireRecords) parse(subject string, header nats.Header, data []byte) error {
	if n := newer(header.Get(versionHeader)); n > 0 {
		return &VersionError{n, wordsOf(subject).typ(), writerOf(data), 1}
	}
	return w.decode(data)
}

// writerOf is who wrote a message of any version, if it says that as we do.
func writerOf(data []byte) string {
	var w struct {
		Worker string `json:"worker"`
	}
	_ = json.Unmarshal(ours(data), &w)
	return w.Worker
}
