package bench

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
)

// asynqQueue is asynq on Redis. It keeps no outcome: a task is accounted when
// its handler returns, which is a little too early.
type asynqQueue struct {
	b      testing.TB
	redis  asynq.RedisConnOpt
	config asynq.Config
	client *asynq.Client

	submitted int // by submitAll
	ran       tally
}

// enqueuers is how many callers submit at a time: asynq has no other way to
// submit many.
const enqueuers = 64

// asynqOn opens one on a Redis with the given appendfsync.
func asynqOn(fsync string, opts ...func(*asynq.Config)) func(testing.TB) queue {
	return func(b testing.TB) queue {
		q := &asynqQueue{
			b:      b,
			redis:  asynq.RedisClientOpt{Network: "unix", Addr: startRedis(b, fsync), PoolSize: concurrency + enqueuers},
			config: asynq.Config{Concurrency: concurrency, LogLevel: asynq.FatalLevel},
		}
		for _, opt := range opts {
			opt(&q.config)
		}
		q.client = asynq.NewClient(q.redis)
		b.Cleanup(func() { q.client.Close() })
		return q
	}
}

// oftener has asynq look for tasks every millisecond rather than every second,
// which costs Redis a thousand questions a second.
func oftener(c *asynq.Config) { c.TaskCheckInterval = time.Millisecond }

func (q *asynqQueue) work(f func()) {
	server := asynq.NewServer(q.redis, q.config)
	if err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		f()
		q.ran.add()
		return nil
	})); err != nil {
		q.b.Fatal(err)
	}
	q.b.Cleanup(server.Shutdown)
}

func (q *asynqQueue) submit() error {
	_, err := q.client.Enqueue(asynq.NewTask("nothing", []byte(strings.Repeat("x", Bytes))))
	return err
}

func (q *asynqQueue) submitAll(n int) (err error) {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	var once sync.Once
	for range enqueuers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if e := q.submit(); e != nil {
					once.Do(func() { err = e })
					return
				}
			}
		})
	}
	all.Wait()
	q.submitted += n
	return err
}

func (q *asynqQueue) wait() error {
	q.ran.wait(q.submitted)
	return nil
}
