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

	workersBucket = "SKEIN_WORKERS"
	resultsBucket = "SKEIN_RESULTS"
)

// store is what the server keeps.
type store struct {
	js    jetstream.JetStream
	lease time.Duration // how long a batch is a worker's without a word from it
	tasks jetstream.Stream
	done  jetstream.Stream
	runs  jetstream.KeyValue

	workers jetstream.KeyValue
	results jetstream.ObjectStore

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
		Subjects:  []string{"skein.*.*.task.>", "skein.*.*.limited.>", "skein.*.*.suspect.>", "skein.*.*.later.>", "skein.*.*.gate.>"},
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
	if s.workers, err = js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: workersBucket, Description: "what each worker does", Replicas: o.replicas, TTL: workerGone,
	}); err != nil {
		return nil, fmt.Errorf("cluster: make store %s: %w", workersBucket, err)
	}
	if s.results, err = js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket: resultsBucket, Description: "large results", Replicas: o.replicas,
	}); err != nil {
		return nil, fmt.Errorf("cluster: make store %s: %w", resultsBucket, err)
	}
	return s, nil
}

// consumerName is that of the queue of a type's tasks of a kind; those of a run
// with a limit have one for each type.
func consumerName(typ, kind, run string) string {
	switch kind {
	case suspects, later:
		return typ + "+" + kind
	case limited:
		return typ + "+limit+" + run
	}
	return typ
}

// limitedFor is how long the server keeps the queue of a run with a limit of
// which no worker asks for tasks.
const limitedFor = 24 * time.Hour

// consumer is the queue of a type, of its suspects, or of a run with a limit,
// which is of that one run and has the server count how many are out.
func (s *store) consumer(ctx context.Context, typ, kind, run string, limit int) (jetstream.Consumer, error) {
	config := jetstream.ConsumerConfig{
		Durable: consumerName(typ, kind, run), FilterSubject: "skein.*.*." + kind + "." + typ + ".>",
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.lease, MaxDeliver: -1, MaxAckPending: 20_000,
	}
	if limit > 0 {
		config.FilterSubject = fmt.Sprintf("skein.%s.%s.%s.%s.>", shard, run, kind, typ)
		config.MaxAckPending, config.InactiveThreshold = limit, limitedFor
	}
	var c jetstream.Consumer
	err := persist(ctx, func() (err error) {
		c, err = s.tasks.CreateOrUpdateConsumer(ctx, config)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: make consumer %s: %w", config.Durable, err)
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
	return s.publishTelling(ctx, m, func(error) {})
}

// publishTelling tells why it has not arrived, as soon as something is wrong,
// and nil when it has arrived after all.
func (s *store) publishTelling(ctx context.Context, m *nats.Msg, tell func(error)) (*jetstream.PubAck, error) {
	m.Header.Set(versionHeader, version)
	for pause := soon; ; pause = min(2*pause, atLatest) {
		ack, err := s.try(ctx, m)
		if err == nil {
			if pause > soon {
				tell(nil)
			}
			return ack, nil
		}
		switch code := codeOf(err); {
		case code == noRoomInStream || code == noRoomInStore || code == conditionInFlight:
		case code != 0 || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrConnectionClosed):
			return nil, err
		case ctx.Err() == nil:
			s.unanswered(err)
		}
		tell(err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
}

// persist does something until there is an answer, or ctx is done: a server may
// just be started again, or another one become the leader.
func persist(ctx context.Context, f func() error) error {
	for pause := soon; ; pause = min(2*pause, atLatest) {
		err := f()
		if err == nil || codeOf(err) != 0 || !isSilence(err) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// isSilence reports whether nobody has answered.
func isSilence(err error) bool {
	for _, silence := range []error{context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrReconnectBufExceeded, jetstream.ErrNoStreamResponse, nats.ErrDisconnected} {
		if errors.Is(err, silence) {
			return true
		}
	}
	return false
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

// eachTask reads the messages of a subject in the task stream, in order: one
// question for each, as no consumer may read beside those of the workers.
func (s *store) eachTask(ctx context.Context, subject string, f func(*jetstream.RawStreamMsg)) error {
	for from := uint64(1); ; {
		m, err := s.tasks.GetMsg(ctx, from, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cluster: read stream %s: %w", tasksStream, err)
		}
		from = m.Sequence + 1
		f(m)
	}
}

// known looks a batch up in the done log.
func (s *store) known(ctx context.Context, run, typ string, b protocol.Batch) ([]protocol.Record, error) {
	own, err := s.lastNote(ctx, doneSubject(run, typ, b.Place()))
	if err != nil {
		return nil, err
	}
	var submitted *protocol.Note
	if b.Again {
		if submitted, err = s.lastNote(ctx, doneSubject(run, typ, protocol.Place{Of: b.Of})); err != nil {
			return nil, err
		}
	}
	return protocol.Known(b, own, submitted), nil
}

// lastNote is the last message of a subject in the done log; nil: there is none,
// or it is garbage, so that something may run once more than it need.
func (s *store) lastNote(ctx context.Context, subject string) (*protocol.Note, error) {
	m, err := s.done.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var w wireRecords
	if json.Unmarshal(m.Data, &w) != nil {
		return nil, nil
	}
	n := &protocol.Note{Gone: w.Gone}
	for i := range w.Records {
		n.Records = append(n.Records, w.Records[i].plan())
	}
	return n, nil
}

// again gives tasks of a batch back to the task stream. One that is to wait has a
// queue of its own, so that those that wait keep no others from being given out.
func (s *store) again(ctx context.Context, x *held, b protocol.Batch) error {
	w := wireBatch{
		Type: x.batch.Type, Codec: x.batch.Codec, Version: x.batch.Version,
		Submitter: b.Of.Submitter, First: b.Of.First, Last: b.Of.Last, Again: true, After: b.After,
	}
	for _, t := range b.Tasks {
		task := *x.tasks[t.ID.N]
		task.Attempt, task.Deliveries = t.Attempt, t.Deliveries
		w.Tasks = append(w.Tasks, task)
	}
	data, err := json.Marshal(w)
	if err != nil {
		return err
	}
	kind := x.w.runs.kind(x.run)
	switch {
	case b.Suspect():
		kind = suspects
	case b.After > 0 && kind == plainTasks:
		kind = later
	}
	_, err = s.publish(ctx, message(taskSubject(x.run, kind, w.Type, b.Of), data))
	return err
}
