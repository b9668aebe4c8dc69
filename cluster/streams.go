package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

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
