package cluster

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// Usage is how full the server is.
type Usage struct {
	Tasks, Outcomes Room
	Halted          error // [ErrHalted] with its reason, if the server can write nothing; only one of package embed tells
}

// Room is how much of a stream's room is taken, in bytes; Most is 0 if it has no
// limit.
type Room struct{ Used, Most int64 }

// nearly is how full a stream is when it may refuse a message.
const nearly = 0.99

func (r Room) full() bool { return r.Most > 0 && float64(r.Used) > nearly*float64(r.Most) }

// Full says for what there is no room, or as good as none: "tasks", or
// "outcomes"; "": there is.
func (u Usage) Full() string {
	switch {
	case u.Outcomes.full():
		return "outcomes"
	case u.Tasks.full():
		return "tasks"
	}
	return ""
}

// Usage asks how full the server is. While it is full submitting blocks, and
// workers wait with what has ended.
func (c *Client) Usage(ctx context.Context) (u Usage, err error) {
	if c.onlyWork {
		return u, errOnlyWorks
	}
	for _, one := range []struct {
		stream jetstream.Stream
		to     *Room
	}{{c.store.tasks, &u.Tasks}, {c.store.done, &u.Outcomes}} {
		err := c.store.during(ctx, permit.API, func(ctx context.Context) error {
			info, err := one.stream.Info(ctx)
			if err == nil {
				*one.to = Room{int64(info.State.Bytes), max(0, info.Config.MaxBytes)}
			}
			return err
		})
		if err != nil {
			return u, fmt.Errorf("cluster: ask how full the server is: %w", err)
		}
	}
	u.Halted = c.store.halted(ctx)
	return u, nil
}
