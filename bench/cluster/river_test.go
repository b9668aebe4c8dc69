package bench

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// riverQueue is River on PostgreSQL.
type riverQueue struct {
	b       testing.TB
	pool    *pgxpool.Pool
	config  river.Config
	workers *river.Workers
	client  *river.Client[pgx.Tx]

	submitted int // by submitAll
	completed tally
}

// riverTask is a task that takes 100 bytes as River stores it.
type riverTask struct {
	P string `json:"p"`
}

func (riverTask) Kind() string { return "nothing" }

func newRiverTask() riverTask { return riverTask{strings.Repeat("x", Bytes-len(`{"p":""}`))} }

type riverWorker struct {
	river.WorkerDefaults[riverTask]
	f func()
}

func (w riverWorker) Work(context.Context, *river.Job[riverTask]) error {
	w.f()
	return nil
}

// riverWith opens one.
func riverWith(opts ...func(*river.Config)) func(testing.TB) queue {
	return func(b testing.TB) queue {
		q := &riverQueue{b: b, pool: startPostgres(b), workers: river.NewWorkers()}
		driver := riverpgxv5.New(q.pool)
		migrator, err := rivermigrate.New(driver, nil)
		if err == nil {
			_, err = migrator.Migrate(b.Context(), rivermigrate.DirectionUp, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
		q.config = river.Config{
			Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: concurrency}},
			Workers: q.workers, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		}
		for _, opt := range opts {
			opt(&q.config)
		}
		if q.client, err = river.NewClient(driver, &river.Config{Logger: q.config.Logger}); err != nil {
			b.Fatal(err)
		}
		return q
	}
}

// tuned has River ask for the next jobs a millisecond after the last ones came,
// the least that it takes, rather than 100 ms.
func tuned(c *river.Config) { c.FetchCooldown = time.Millisecond }

func (q *riverQueue) work(f func()) {
	river.AddWorker(q.workers, riverWorker{f: f})
	client, err := river.NewClient(riverpgxv5.New(q.pool), &q.config)
	if err != nil {
		q.b.Fatal(err)
	}
	events, cancel := client.SubscribeConfig(&river.SubscribeConfig{
		Kinds: []river.EventKind{river.EventKindJobCompleted}, ChanSize: 1 << 16, // what does not fit is dropped
	})
	go func() {
		for range events {
			q.completed.add()
		}
	}()
	if err := client.Start(context.Background()); err != nil {
		q.b.Fatal(err)
	}
	q.b.Cleanup(func() {
		client.Stop(context.Background())
		cancel()
	})
}

func (q *riverQueue) submit() error {
	_, err := q.client.Insert(context.Background(), newRiverTask(), nil)
	return err
}

// inserters is how many callers insert at a time: of 1, 2 and 4 the fastest.
const inserters = 4

// submitAll inserts a thousand jobs at a time.
func (q *riverQueue) submitAll(n int) (err error) {
	q.submitted += n
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	var once sync.Once
	for range inserters {
		all.Go(func() {
			for {
				rest := left.Add(-1000) + 1000
				if rest <= 0 {
					return
				}
				batch := make([]river.InsertManyParams, min(rest, 1000))
				for i := range batch {
					batch[i].Args = newRiverTask()
				}
				if _, e := q.client.InsertManyFast(context.Background(), batch); e != nil {
					once.Do(func() { err = e })
					return
				}
			}
		})
	}
	all.Wait()
	return err
}

func (q *riverQueue) wait() error {
	q.completed.wait(q.submitted)
	// What has been written so far is brought to its place now, and its files
	// are used again: no measurement pays for the one before it.
	_, err := q.pool.Exec(context.Background(), "CHECKPOINT")
	return err
}
