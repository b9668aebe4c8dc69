package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// Worker is what a worker says of itself.
type Worker struct {
	Name    string    `json:"name"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Types   []string  `json:"types"`
	Slots   int       `json:"slots"`
	Running int       `json:"running"` // how many tasks
	Tasks   []Running `json:"tasks"`   // the oldest of them, at most 100
	Drains  bool      `json:"drains,omitempty"`
	At      time.Time `json:"at"` // when it said so
}

// Running is a task that a worker runs.
type Running struct {
	Run     string    `json:"run"`
	Task    ID        `json:"task"`
	Attempt int       `json:"attempt"`
	Since   time.Time `json:"since"`
}

const (
	workerTells = 5 * time.Second
	workerGone  = 3 * workerTells
	mostRunning = 100
)

// Workers lists the workers that have said something in the last 15 seconds, by
// name. It is for people to see: no decision rests on it, and one that was killed
// is listed until then.
func (c *Client) Workers(ctx context.Context) (all []Worker, err error) {
	err = eachKey(ctx, c.store.workers, "workers", func(kv jetstream.KeyValueEntry) error {
		var one Worker
		if json.Unmarshal(kv.Value(), &one) == nil {
			one.Name = kv.Key()
			one.Tasks = slices.DeleteFunc(one.Tasks, func(r Running) bool { return checkName("type", r.Task.Type) != nil })
			all = append(all, one)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Worker) int { return cmp.Compare(a.Name, b.Name) })
	return all, err
}

// show has the worker tell what runs of the batch, until hide.
func (w *worker) show(x *held) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown[x] = true
}

func (w *worker) hide(x *held) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.shown, x)
}

// nowRunning are the tasks that run.
func (x *held) nowRunning() (all []Running) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, since := range x.since {
		if t := x.Run[i]; !since.IsZero() {
			all = append(all, Running{x.run, ID(t.ID), t.Attempt, since})
		}
	}
	return all
}

// tell says what the worker does, every now and then.
func (w *worker) tell(ctx context.Context) {
	tick := time.NewTicker(workerTells)
	defer tick.Stop()
	for {
		if b, err := json.Marshal(w.snapshot()); err == nil {
			w.c.nc.Publish(permit.WorkersSubject+w.c.name, b) // if it is lost nobody sees us for a while
		}
		select {
		case <-ctx.Done():
			m := message(permit.WorkersSubject+w.c.name, nil)
			m.Header.Set("KV-Operation", "DEL") // as the client's Delete does
			w.c.nc.PublishMsg(m)
			w.c.nc.Flush()
			return
		case <-tick.C:
		}
	}
}

func (w *worker) snapshot() Worker {
	host, _ := os.Hostname()
	s := Worker{Name: w.c.name, Host: host, PID: os.Getpid(), Since: w.since, Slots: cap(w.slots), Drains: w.drain.Err() != nil, At: time.Now()}
	for _, h := range w.handlers {
		s.Types = append(s.Types, h.typ)
	}
	slices.Sort(s.Types)
	w.mu.Lock()
	shown := slices.Collect(maps.Keys(w.shown))
	w.mu.Unlock()
	for _, x := range shown {
		s.Tasks = append(s.Tasks, x.nowRunning()...)
	}
	s.Running = len(s.Tasks)
	slices.SortFunc(s.Tasks, func(a, b Running) int { return a.Since.Compare(b.Since) })
	s.Tasks = s.Tasks[:min(len(s.Tasks), mostRunning)]
	return s
}
