// Package doctor says what a server promises to a cluster, and what that means
// for skein's own promise, of which docs/states.md has the assumptions.
// [Examine] is the way in. It looks, and changes nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// Level is what a finding means.
type Level string

// The levels.
const (
	Fine    Level = "fine"
	Look    Level = "look"    // the promise holds, and something is worth a look
	Broken  Level = "broken"  // an assumption of the promise does not hold
	Unknown Level = "unknown" // nobody tells
)

// Finding is what was found of one thing.
type Finding struct {
	What  string `json:"what"` // a word or two
	Level Level  `json:"level"`
	Found string `json:"found"`
	Means string `json:"means"` // for the promise
}

// Sick reports whether something breaks the promise.
func Sick(all []Finding) bool {
	for _, f := range all {
		if f.Level == Broken {
			return true
		}
	}
	return false
}

// Options are what is not always there to ask.
type Options struct {
	// Monitor are addresses of servers' monitoring, as in http://HOST:8222: where
	// there is no other way they tell when a server writes to its disk.
	Monitor []string
}

// answer is how long the server may take for each question.
const answer = 5 * time.Second

// patient is a doctor with a patient.
type patient struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	o   Options
	all []Finding

	tasks, done *jetstream.StreamInfo // nil: there is none
	consumers   []*jetstream.ConsumerInfo
	trip        time.Duration // there and back
}

// Examine asks a server all that there is to ask. An error is that it could not
// be asked, or does not answer. With a server that has nothing of a cluster yet
// what there is to find is found.
func Examine(ctx context.Context, nc *nats.Conn, o Options) ([]Finding, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answer))
	if err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	p := &patient{nc: nc, js: js, o: o}
	p.version()
	there, err := p.jetStream(ctx)
	if err != nil || !there {
		return p.all, err
	}
	for _, step := range []func(context.Context) error{p.streams, p.sync, p.clock, p.roundTrip, p.queues, p.workers} {
		if err := step(ctx); err != nil {
			return p.all, err
		}
	}
	return p.all, nil
}

func (p *patient) find(what string, level Level, means, format string, args ...any) {
	p.all = append(p.all, Finding{what, level, fmt.Sprintf(format, args...), means})
}

// version looks at what the server says of itself when one connects.
func (p *patient) version() {
	version := p.nc.ConnectedServerVersion()
	where := fmt.Sprintf("nats-server %s, named %s", version, p.nc.ConnectedServerName())
	if permit.KnowsAll(version) {
		p.find("version", Fine, "it knows all that the protocol needs", "%s", where)
	} else {
		p.find("version", Broken, "it must be "+permit.LeastVersion+" or newer: an older one does not refuse what comes after a run was closed, so tasks could be left out of the account",
			"%s", where)
	}
	const least = 576 << 10 // of records, of which the largest is a result of 256 KiB in base64
	if got := p.nc.MaxPayload(); got < least {
		p.find("max_payload", Broken, fmt.Sprintf("outcomes with large results do not fit: their tasks run again and again; set max_payload to %d or more", least), "%s", bytes(got))
	} else {
		p.find("max_payload", Fine, "each message of skein's fits", "%s", bytes(got))
	}
}

// jetStream looks whether there is a store, and how large it may become.
func (p *patient) jetStream(ctx context.Context) (there bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	info, err := p.js.AccountInfo(ctx)
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		p.find("jetstream", Broken, "nothing can be stored: the server needs jetstream, and so does the account", "not there")
		return false, nil
	case err != nil:
		return false, fmt.Errorf("doctor: ask for the account: %w", err)
	}
	used := fmt.Sprintf("%s in %d streams", bytes(int64(info.Store)), info.Streams)
	if limit := info.Limits.MaxStore; limit > 0 {
		level, means := Fine, "submitters block when it is full, and go on when there is room"
		if 10*int64(info.Store) > 9*limit {
			level = Look
		}
		p.find("jetstream", level, means, "%s, of %s that the account may have", used, bytes(limit))
	} else {
		p.find("jetstream", Fine, "the limits of the streams are the only ones", "%s, no limit for the account", used)
	}
	return true, nil
}

// bytes is a number of them for people.
func bytes(n int64) string {
	const kib = 1 << 10
	switch {
	case n < kib:
		return fmt.Sprintf("%d B", n)
	case n < kib*kib:
		return fmt.Sprintf("%.4g KiB", float64(n)/kib)
	case n < kib*kib*kib:
		return fmt.Sprintf("%.4g MiB", float64(n)/kib/kib)
	}
	return fmt.Sprintf("%.4g GiB", float64(n)/kib/kib/kib)
}
