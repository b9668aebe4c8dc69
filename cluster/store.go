package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
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
	acks      acks
	revisions revisions

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
		if s.tasks, err = s.there(ctx, tasksStream); err == nil {
			s.done, err = s.there(ctx, doneStream)
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
	replicas = 1
	if len(s.nc.Servers()) >= 3 { // those that the server has told of, too
		replicas = 3
	}
	there, err := s.there(ctx, tasksStream)
	switch {
	case err == nil:
		config := there.CachedInfo().Config
		replicas, maxBytes = config.Replicas, cmp.Or(o.maxBytes, config.MaxBytes)
	case errors.Is(err, jetstream.ErrStreamNotFound):
		maxBytes, err = o.firstBytes()
	default:
		err = fmt.Errorf("cluster: look at stream %s: %w", tasksStream, err)
	}
	if o.replicas > 0 {
		replicas = o.replicas
	}
	return replicas, maxBytes, err
}

// checkServer refuses servers that do not know all that we need.
func checkServer(version string) error {
	if !permit.KnowsAll(version) {
		return fmt.Errorf("cluster: the server is nats-server %s; it must be %s or newer", version, permit.LeastVersion)
	}
	return nil
}

// make makes what is not there, of half the size again and again if the server
// has no room for more, unless somebody has said which.
func (s *store) make(ctx context.Context, o *openConfig) error {
	replicas, maxBytes, err := s.settings(ctx, o)
	if err != nil {
		return err
	}
	for {
		err := s.makeOf(ctx, replicas, maxBytes)
		if codeOf(err) != noRoomToReserve {
			return err
		}
		if o.maxBytes > 0 || maxBytes/2 < leastBytes {
			return fmt.Errorf("cluster: %w", &NoRoomError{-1, kept * maxBytes})
		}
		maxBytes /= 2
	}
}

func (s *store) makeOf(ctx context.Context, replicas int, maxBytes int64) (err error) {
	if s.tasks, err = s.stream(ctx, jetstream.StreamConfig{
		Name: tasksStream, Description: "tasks that have not ended, and gates of submitters",
		Subjects:  []string{"skein.*.*.task.>", "skein.*.*.limited.>", "skein.*.*.suspect.>", "skein.*.*.later.>", "skein.*.*.gate.>"},
		Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew,
		Replicas: replicas, MaxBytes: maxBytes, AllowDirect: true,
	}); err != nil {
		return fmt.Errorf("cluster: make stream %s: %w", tasksStream, err)
	}
	if s.done, err = s.stream(ctx, jetstream.StreamConfig{
		Name: doneStream, Description: "how tasks ended, and large results",
		Subjects: []string{"skein.*.*.done.>", "skein.*.*.piece.>"}, Discard: jetstream.DiscardNew,
		Replicas: replicas, MaxBytes: 2 * maxBytes, AllowDirect: true,
	}); err != nil {
		return fmt.Errorf("cluster: make stream %s: %w", doneStream, err)
	}
	if err = s.makeRuns(ctx, replicas); err != nil {
		return fmt.Errorf("cluster: make store %s: %w", runsBucket, err)
	}
	return s.makeWorkers(ctx, replicas, maxBytes)
}

// stream makes a stream as config says, or has it be so, and leaves one alone that is:
// each of many clients that open would else have several servers agree on the same
// once more.
func (s *store) stream(ctx context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	there, err := s.there(ctx, config.Name)
	switch {
	case err == nil && isSo(there.CachedInfo().Config, config):
		return there, nil
	case err != nil && !errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, making)
	defer cancel()
	return s.js.CreateOrUpdateStream(ctx, config)
}

// there looks at a stream. A server that leads no longer never answers, and the next
// question is another one's.
func (s *store) there(ctx context.Context, name string) (jetstream.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	return s.js.Stream(ctx, name)
}

// isSo reports whether a stream is as it was asked for: the server has its own words
// for what is not said.
func isSo(is, config jetstream.StreamConfig) bool {
	config.MaxMsgs, config.MaxBytes = cmp.Or(config.MaxMsgs, -1), cmp.Or(config.MaxBytes, -1)
	config.MaxMsgsPerSubject, config.MaxMsgSize = cmp.Or(config.MaxMsgsPerSubject, -1), cmp.Or(config.MaxMsgSize, -1)
	config.MaxConsumers = cmp.Or(config.MaxConsumers, -1)
	config.Duplicates = cmp.Or(config.Duplicates, 2*time.Minute)
	config.Metadata = is.Metadata
	return reflect.DeepEqual(is, config)
}

func (s *store) makeRuns(ctx context.Context, replicas int) (err error) {
	there, err := s.there(ctx, permit.RunsStream)
	if err == nil {
		is := there.CachedInfo().Config
		if is.Replicas == replicas && is.MaxAge == 0 && is.MaxMsgsPerSubject == 1 && is.MaxBytes == -1 && is.Discard == jetstream.DiscardNew {
			s.runs, err = s.js.KeyValue(ctx, runsBucket)
			return err
		}
	}
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, making)
	defer cancel()
	s.runs, err = s.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: runsBucket, Description: "runs, and how many tasks each has", Replicas: replicas,
	})
	return err
}

// makeWorkers makes the store of what workers say of themselves. It is one as the
// client makes them, but that nobody's message can remove those of others (a
// "rollup"), and that there is an end to how much they say.
func (s *store) makeWorkers(ctx context.Context, replicas int, maxBytes int64) error {
	_, err := s.stream(ctx, jetstream.StreamConfig{
		Name: "KV_" + workersBucket, Description: "what each worker does", Subjects: []string{permit.WorkersSubject + ">"},
		MaxMsgsPerSubject: 1, MaxAge: workerGone, Duplicates: workerGone, Discard: jetstream.DiscardNew,
		MaxMsgSize: mostTold, MaxBytes: min(mostToldInAll, max(maxBytes/4, 8*mostTold)), DenyDelete: true, AllowDirect: true, Replicas: replicas,
	})
	if err == nil {
		s.workers, err = s.js.KeyValue(ctx, workersBucket)
	}
	if err != nil {
		return fmt.Errorf("cluster: make store %s: %w", workersBucket, err)
	}
	return nil
}

// How many bytes a worker may say of itself, and all, where there is much room.
const (
	mostTold      = 128 << 10
	mostToldInAll = 128 << 20
)

// insist asks until there is an answer that no repetition changes, or ctx is
// done.
func (s *store) insist(ctx context.Context, prefix string, ask func(context.Context) error) error {
	for {
		err := s.during(ctx, prefix, ask)
		var api *jetstream.APIError
		var denied *DeniedError
		var little *NoRoomError
		switch {
		case err == nil, errors.As(err, &denied), errors.As(err, &little), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrMaxPayload),
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
	making   = 5 * time.Second        // and for several servers to make something
	soon     = 20 * time.Millisecond  // until something is tried again,
	atLatest = 500 * time.Millisecond // and at most
)

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

// eachTask reads the messages of a subject in the task stream, in order: one
// question for each, as no consumer may read beside those of the workers. It reads to
// their end, as somebody says who has message number barrier, which is one of them and
// stays there; 0: as anybody says. It ends early where f says that it is enough.
func (s *store) eachTask(ctx context.Context, subject string, barrier uint64, f func(*jetstream.RawStreamMsg) (more bool)) error {
	for from, late := uint64(1), 0; ; {
		m, err := s.following(ctx, tasksStream, subject, from)
		if err == nil && m == nil && barrier > 0 {
			last, wrong := s.latest(ctx, tasksStream, subject)
			switch {
			case wrong != nil:
				err = wrong
			case last != nil && last.Sequence >= barrier && last.Sequence < from:
				return nil
			}
		}
		switch {
		case err != nil:
			return fmt.Errorf("cluster: read stream %s: %w", tasksStream, err)
		case m != nil:
			from, late = m.Sequence+1, 0
			if !f(m) {
				return nil
			}
			continue
		case barrier == 0:
			return nil
		case late == disagree*lateFor:
			return errBehind
		}
		late++
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// known looks a batch up in the done log.
func (s *store) known(ctx context.Context, run string, b protocol.Batch) ([]protocol.Record, error) {
	own, err := s.lastNote(ctx, doneSubject(run, b.Place()))
	if err != nil {
		return nil, err
	}
	var submitted *protocol.Note
	if b.Again {
		if submitted, err = s.lastNote(ctx, doneSubject(run, protocol.Place{Of: b.Of})); err != nil {
			return nil, err
		}
	}
	return protocol.Known(b, own, submitted), nil
}

// lastNote is the last message of a subject in the done log; nil: there is none,
// or it is garbage, so that something may run once more than it need. What a newer
// skein has written is an error: whoever can read it has the batch next.
func (s *store) lastNote(ctx context.Context, subject string) (*protocol.Note, error) {
	m, err := s.last(ctx, doneStream, subject)
	if err != nil || m == nil {
		return nil, err
	}
	var w wireRecords
	switch err, unknown := w.parse(subject, m.Header, m.Data), (*VersionError)(nil); {
	case errors.As(err, &unknown):
		return nil, err
	case err != nil:
		return nil, nil
	}
	n := &protocol.Note{Gone: w.Gone}
	for i := range w.Records {
		n.Records = append(n.Records, w.Records[i].plan(wordsOf(subject).typ()))
	}
	return n, nil
}

// eachKey calls f for each entry that there is of a key-value store of these.
func eachKey(ctx context.Context, store jetstream.KeyValue, these string, f func(jetstream.KeyValueEntry) error) error {
	w, err := store.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("cluster: list the %s: %w", these, err)
	}
	defer w.Stop()
	for kv := range w.Updates() {
		if kv == nil {
			return nil // that was all
		}
		if err := f(kv); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
