package cluster

import (
	"cmp"
	"context"
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
	tasksStream   = permit.Tasks
	doneStream    = permit.Done
	runsBucket    = permit.Runs
	workersBucket = permit.Workers
)

// store is what the server keeps.
type store struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	lease   time.Duration // how long a batch is a worker's without a word from it
	silence func()        // called when nothing is acknowledged, with the connection up
	denials

	// What a client that only works does not have.
	tasks   jetstream.Stream
	done    jetstream.Stream
	runs    jetstream.KeyValue
	workers jetstream.KeyValue

	queues sync.Map // types that have their consumers
}

func openStore(ctx context.Context, nc *nats.Conn, o *openConfig) (*store, error) {
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answer))
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	if err := checkServer(nc.ConnectedServerVersion()); err != nil {
		return nil, err
	}
	s := &store{nc: nc, js: js, lease: o.lease, silence: o.silence}
	s.watch(nc)
	if o.onlyWork {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	if o.existing {
		return s, s.find(ctx)
	}
	return s, s.insist(ctx, permit.API, func(ctx context.Context) error { return s.make(ctx, o) })
}

// find takes what is there.
func (s *store) find(ctx context.Context) error {
	var missing error
	err := s.insist(ctx, permit.API, func(ctx context.Context) (err error) {
		missing = nil
		if s.tasks, err = s.js.Stream(ctx, tasksStream); err == nil {
			s.done, err = s.js.Stream(ctx, doneStream)
		}
		if err == nil {
			s.runs, err = s.js.KeyValue(ctx, runsBucket)
		}
		if err == nil {
			s.workers, err = s.js.KeyValue(ctx, workersBucket)
		}
		if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrBucketNotFound) {
			missing, err = ErrNothing, nil
		}
		return err
	})
	return cmp.Or(missing, err)
}

// opening is how long several servers that have just started may take until one
// of them leads.
const opening = 20 * time.Second

// settings says how the streams are kept: as o says or, if it does not, as they
// are.
func (s *store) settings(ctx context.Context, o *openConfig) (replicas int, maxBytes int64, err error) {
	replicas, maxBytes = 1, 1<<30
	if len(s.nc.Servers()) >= 3 { // those that the server has told of, too
		replicas = 3
	}
	there, err := s.js.Stream(ctx, tasksStream)
	switch {
	case err == nil:
		config := there.CachedInfo().Config
		replicas, maxBytes = config.Replicas, config.MaxBytes
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return 0, 0, fmt.Errorf("cluster: look at stream %s: %w", tasksStream, err)
	}
	if o.replicas > 0 {
		replicas = o.replicas
	}
	if o.maxBytes > 0 {
		maxBytes = o.maxBytes
	}
	return replicas, maxBytes, nil
}

// checkServer refuses servers that do not know all that we need.
func checkServer(version string) error {
	if !permit.KnowsAll(version) {
		return fmt.Errorf("cluster: the server is nats-server %s; it must be %s or newer", version, permit.LeastVersion)
	}
	return nil
}

// make makes what is not there.
func (s *store) make(ctx context.Context, o *openConfig) error {
	replicas, maxBytes, err := s.settings(ctx, o)
	if err != nil {
		return err
	}
	if s.tasks, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: tasksStream, Description: "tasks that have not ended, and gates of submitters",
		Subjects:  []string{"skein.*.*.task.>", "skein.*.*.limited.>", "skein.*.*.suspect.>", "skein.*.*.later.>", "skein.*.*.gate.>"},
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew,
		Replicas: replicas, MaxBytes: maxBytes, AllowDirect: true,
	}); err != nil {
		return fmt.Errorf("cluster: make stream %s: %w", tasksStream, err)
	}
	if s.done, err = s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: doneStream, Description: "how tasks ended, and large results",
		Subjects: []string{"skein.*.*.done.>", "skein.*.*.piece.>"}, Discard: jetstream.DiscardNew,
		Replicas: replicas, MaxBytes: 2 * maxBytes, AllowDirect: true,
	}); err != nil {
		return fmt.Errorf("cluster: make stream %s: %w", doneStream, err)
	}
	if s.runs, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: runsBucket, Description: "runs, and how many tasks each has", Replicas: replicas,
	}); err != nil {
		return fmt.Errorf("cluster: make store %s: %w", runsBucket, err)
	}
	if s.workers, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: workersBucket, Description: "what each worker does", Replicas: replicas, TTL: workerGone,
	}); err != nil {
		return fmt.Errorf("cluster: make store %s: %w", workersBucket, err)
	}
	return nil
}

// limitedFor is how long the server keeps the queue of a run with a limit of
// which no worker asks for tasks.
const limitedFor = 24 * time.Hour

// queue makes the consumers of a type, if this client has not yet, and goes on
// until the server has answered. Whoever submits does that: a worker may not.
func (s *store) queue(ctx context.Context, typ string) error {
	if _, there := s.queues.Load(typ); there {
		return nil
	}
	for _, kind := range permit.Kinds {
		if err := s.consumer(ctx, jetstream.ConsumerConfig{
			Durable: permit.Consumer(kind, typ), FilterSubject: "skein.*.*." + kind + "." + typ + ".>", MaxAckPending: 20_000,
		}); err != nil {
			return err
		}
	}
	s.queues.Store(typ, true)
	return nil
}

// limitedQueue makes that of a type's tasks of a run with a limit: the server
// counts how many are out.
func (s *store) limitedQueue(ctx context.Context, run, typ string, limit int) error {
	return s.consumer(ctx, jetstream.ConsumerConfig{
		Durable: permit.LimitedConsumer(run, typ), FilterSubject: fmt.Sprintf("skein.%s.%s.%s.%s.>", shard, run, permit.Limited, typ),
		MaxAckPending: limit, InactiveThreshold: limitedFor,
	})
}

func (s *store) consumer(ctx context.Context, config jetstream.ConsumerConfig) error {
	config.AckPolicy, config.AckWait, config.MaxDeliver = jetstream.AckExplicitPolicy, s.lease, -1
	config.MaxWaiting = mostWaiting
	err := s.insist(ctx, permit.API+"CONSUMER.CREATE."+tasksStream+"."+config.Durable, func(ctx context.Context) error {
		_, err := s.tasks.CreateOrUpdateConsumer(ctx, config)
		return err
	})
	if err != nil {
		return fmt.Errorf("cluster: make consumer %s: %w", config.Durable, err)
	}
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
			errors.As(err, &api) && api.Code < 500 && api.ErrorCode != noPeers, // it is not for lack of a leader
			errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
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
	noPeers           = 10005 // several servers have just started, and do not know each other yet
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
		switch code, denied := codeOf(err), (*DeniedError)(nil); {
		case errors.As(err, &denied):
			return nil, err
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

// unanswered is told why a message may not be with the server.
func (s *store) unanswered(err error) {
	if errors.Is(err, context.DeadlineExceeded) && s.js.Conn().IsConnected() {
		s.silence()
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
	m, err := s.last(ctx, doneStream, subject)
	if err != nil || m == nil {
		return nil, err
	}
	var w wireRecords
	if w.decode(m.Data) != nil {
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
	data, err := w.encode()
	if err != nil {
		return err
	}
	kind := x.w.runs.kind(x.run)
	switch {
	case b.Suspect():
		kind = permit.Suspect
	case b.After > 0 && kind == permit.Plain:
		kind = permit.Later
	}
	_, err = s.publish(ctx, message(taskSubject(x.run, kind, w.Type, b.Of), data))
	return err
}
