package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
	"example.com/skein/cluster/internal/protocol"
)

const (
	tasksStream = permit.Tasks
	doneStream  = permit.Done
	runsBucket  = permit.Runs
)

// store is what the server keeps.
type store struct {
	nc    *nats.Conn
	js    jetstream.JetStream
	lease time.Duration // how long a batch is a worker's without a word from it
	denials

	// What a client that only works does not have.
	tasks jetstream.Stream
	done  jetstream.Stream
	runs  jetstream.KeyValue

	queues sync.Map // types that have their consumers
}

func openStore(ctx context.Context, nc *nats.Conn, o *openConfig) (*store, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answer))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	s := &store{nc: nc, js: js, lease: o.lease}
	s.watch(nc)
	if o.onlyWork {
		return s, nil
	}
	return s, s.during(ctx, permit.API, func(ctx context.Context) error { return s.make(ctx, o) })
}

// make makes what is not there.
func (s *store) make(ctx context.Context, o *openConfig) (err error) {
	if s.tasks, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: tasksStream, Description: "tasks that have not ended, and gates of submitters",
		Subjects:  []string{"skein.*.*.task.>", "skein.*.*.suspect.>", "skein.*.*.gate.>"},
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew,
		Replicas: o.replicas, MaxBytes: o.maxBytes, AllowDirect: true,
	}); err != nil {
		return fmt.Errorf("cluster: make stream %s: %w", tasksStream, err)
	}
	if s.done, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: doneStream, Description: "how tasks ended",
		Subjects: []string{"skein.*.*.done.>"}, Discard: jetstream.DiscardNew,
		Replicas: o.replicas, MaxBytes: 2 * o.maxBytes, AllowDirect: true,
	}); err != nil {
		return fmt.Errorf("cluster: make stream %s: %w", doneStream, err)
	}
	if s.runs, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: runsBucket, Description: "runs, and how many tasks each has", Replicas: o.replicas,
	}); err != nil {
		return fmt.Errorf("cluster: make store %s: %w", runsBucket, err)
	}
	return nil
}

// queue makes the two consumers of a type, if this client has not yet, and goes
// on until the server has answered. Whoever submits does that: a worker may not.
func (s *store) queue(ctx context.Context, typ string) error {
	if _, there := s.queues.Load(typ); there {
		return nil
	}
	for _, kind := range []string{"task", "suspect"} {
		name := permit.Consumer(typ, kind == "suspect")
		err := s.insist(ctx, permit.API+"CONSUMER.CREATE."+tasksStream+"."+name, func(ctx context.Context) error {
			_, err := s.tasks.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
				Durable: name, FilterSubject: "skein.*.*." + kind + "." + typ + ".>",
				AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.lease, MaxDeliver: -1, MaxAckPending: 20_000, MaxWaiting: mostWaiting,
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("cluster: make consumer %s: %w", name, err)
		}
	}
	s.queues.Store(typ, true)
	return nil
}

// mostWaiting is how many requests for tasks of a type may wait at a time: those
// of a thousand workers.
const mostWaiting = 1000 * (ahead + 1)

// insist asks until there is an answer that no repetition changes, or ctx is
// done.
func (s *store) insist(ctx context.Context, prefix string, ask func(context.Context) error) error {
	for {
		err := s.during(ctx, prefix, ask)
		var api *jetstream.APIError
		var denied *DeniedError
		switch {
		case err == nil, errors.As(err, &denied), errors.Is(err, nats.ErrConnectionClosed),
			errors.As(err, &api) && api.Code < 500: // it is not for lack of a leader
			return err
		}
		select {
		case <-time.After(atLatest):
		case <-ctx.Done():
			return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

const (
	answer   = 2 * time.Second        // how long to wait for one
	soon     = 20 * time.Millisecond  // until something is tried again,
	atLatest = 500 * time.Millisecond // and at most
)

// Codes of the server's. 10077 has other meanings too: none may be read out of
// it (docs/protocol.md).
const (
	wrongLastSequence = 10071
	conditionInFlight = 10164 // on several servers: another message with the same condition is on its way
	noRoomInStream    = 10077
	noRoomInStore     = 10023
)

func codeOf(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// publish publishes a message until the server has it. It gives up with an
// error that no repetition mends, or with ctx's cause.
func (s *store) publish(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
	m.Header.Set(versionHeader, version)
	for pause := soon; ; pause = min(2*pause, atLatest) {
		ack, err := s.try(ctx, m)
		if err == nil {
			return ack, nil
		}
		switch code, denied := codeOf(err), (*DeniedError)(nil); {
		case errors.As(err, &denied):
			return nil, err
		case code == noRoomInStream || code == noRoomInStore || code == conditionInFlight:
		case code != 0 || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed):
			return nil, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

func (s *store) try(ctx context.Context, m *nats.Msg) (ack *jetstream.PubAck, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	err = s.during(ctx, m.Subject, func(ctx context.Context) (err error) {
		ack, err = s.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
		return err
	})
	return ack, err
}

// last reads the last message of a subject, by a request that names the subject,
// so that a server can say who may; nil: there is none.
func (s *store) last(ctx context.Context, stream, subject string) (m *nats.Msg, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	request := permit.API + "DIRECT.GET." + stream + "." + subject
	err = s.during(ctx, request, func(ctx context.Context) (err error) {
		m, err = s.nc.RequestWithContext(ctx, request, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch status := m.Header.Get("Status"); status {
	case "":
		return m, nil
	case "404":
		return nil, nil
	default:
		return nil, fmt.Errorf("read %s: status %s %s", subject, status, m.Header.Get("Description"))
	}
}

func message(subject string, data []byte) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = data
	return m
}

// known reads what the done log has of the tasks of a batch: what its last
// holder said, and who had it when it was new. Others may have said more; then a
// task runs once more than it need.
func (s *store) known(ctx context.Context, run, typ string, b protocol.Batch) (all []protocol.Record, err error) {
	subjects := []string{doneSubject(run, typ, b)}
	if b.Again {
		subjects = append(subjects, doneSubject(run, typ, protocol.Batch{Of: b.Of}))
	}
	for _, subject := range subjects {
		m, err := s.last(ctx, doneStream, subject)
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		var w wireRecords
		if err := json.Unmarshal(m.Data, &w); err != nil {
			return nil, err
		}
		for i := range w.Records {
			all = append(all, w.Records[i].plan())
		}
	}
	return all, nil
}

// again gives tasks back to the task stream.
func (s *store) again(ctx context.Context, run, typ string, b protocol.Batch, args map[int]json.RawMessage) error {
	w := wireBatch{Type: typ, Submitter: b.Of.Submitter, First: b.Of.First, Last: b.Of.Last, Again: true}
	for _, t := range b.Tasks {
		w.Tasks = append(w.Tasks, wireTask{N: t.ID.N, Attempt: t.Attempt, Deliveries: t.Deliveries, Args: args[t.ID.N]})
	}
	data, err := json.Marshal(w)
	if err == nil {
		_, err = s.publish(ctx, message(taskSubject(run, typ, b.Of, b.Suspect()), data))
	}
	return err
}
