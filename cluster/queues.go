package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

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
	name := tasksStream + "." + config.Durable
	so := false
	err := s.insist(ctx, permit.API+"CONSUMER.INFO."+name, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, answer)
		defer cancel()
		there, err := s.tasks.Consumer(ctx, config.Durable)
		if err == nil {
			is := there.CachedInfo().Config
			so = is.FilterSubject == config.FilterSubject && is.AckPolicy == config.AckPolicy && is.AckWait == config.AckWait && is.MaxDeliver == config.MaxDeliver &&
				is.MaxAckPending == config.MaxAckPending && is.MaxWaiting == config.MaxWaiting && is.InactiveThreshold == config.InactiveThreshold
		}
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			err = nil
		}
		return err
	})
	if err == nil && !so { // else several servers would agree on the same once more
		err = s.insist(ctx, permit.API+"CONSUMER.CREATE."+name, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, making)
			defer cancel()
			_, err := s.tasks.CreateOrUpdateConsumer(ctx, config)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("cluster: make consumer %s: %w", config.Durable, err)
	}
	return nil
}

// mostWaiting is how many requests for tasks of a type may wait at a time: those
// of a thousand workers.
const mostWaiting = 1000 * (ahead + 1)
