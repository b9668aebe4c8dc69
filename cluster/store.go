package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/protocol"
)

const (
	tasksStream = "SKEIN_TASKS"
	doneStream  = "SKEIN_DONE"
	runsBucket  = "SKEIN_RUNS"
)

// store is what the server keeps.
type store struct {
	js    jetstream.JetStream
	lease time.Duration // how long a batch is a worker's without a word from it
	tasks jetstream.Stream
	done  jetstream.Stream
	runs  jetstream.KeyValue

	silence func() // called when nothing is acknowledged, with the connection up
}

func openStore(ctx context.Context, nc *nats.Conn, o *openConfig) (*store, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answer))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	s := &store{js: js, lease: o.lease, silence: o.silence}
	if s.tasks, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: tasksStream, Description: "tasks that have not ended, and gates of submitters",
		Subjects:  []string{"skein.*.*.task.>", "skein.*.*.suspect.>", "skein.*.*.gate.>"},
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew,
		Replicas: o.replicas, MaxBytes: o.maxBytes, AllowDirect: true,
	}); err != nil {
		return nil, fmt.Errorf("cluster: make stream %s: %w", tasksStream, err)
	}
	if s.done, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: doneStream, Description: "how tasks ended",
		Subjects: []string{"skein.*.*.done.>"}, Discard: jetstream.DiscardNew,
		Replicas: o.replicas, MaxBytes: 2 * o.maxBytes, AllowDirect: true,
	}); err != nil {
		return nil, fmt.Errorf("cluster: make stream %s: %w", doneStream, err)
	}
	if s.runs, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: runsBucket, Description: "runs, and how many tasks each has", Replicas: o.replicas,
	}); err != nil {
		return nil, fmt.Errorf("cluster: make store %s: %w", runsBucket, err)
	}
	return s, nil
}

// consumer is the queue of a type, or of its suspects.
func (s *store) consumer(ctx context.Context, typ string, suspects bool) (jetstream.Consumer, error) {
	name, kind := typ, "task"
	if suspects {
		name, kind = typ+"-suspect", "suspect"
	}
	c, err := s.tasks.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, FilterSubject: "skein.*.*." + kind + "." + typ + ".>",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.lease, MaxDeliver: -1, MaxAckPending: 20_000,
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: make consumer %s: %w", name, err)
	}
	return c, nil
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
		switch code := codeOf(err); {
		case code == noRoomInStream || code == noRoomInStore || code == conditionInFlight:
		case code != 0 || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed):
			return nil, err
		case ctx.Err() == nil:
			s.unanswered(err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

// unanswered is told why a message may not be with the server.
func (s *store) unanswered(err error) {
	if errors.Is(err, context.DeadlineExceeded) && s.js.Conn().IsConnected() {
		s.silence()
	}
}

func (s *store) try(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	return s.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
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
		m, err := s.done.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var w wireRecords
		if json.Unmarshal(m.Data, &w) != nil {
			continue // garbage: at worst a task runs again
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
