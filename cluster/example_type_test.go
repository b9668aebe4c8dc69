package cluster_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"time"

	"example.com/skein/cluster"
)

// gobs writes arguments and results as package encoding/gob does.
type gobs struct{}

func (gobs) Name() string { return "gob" }

func (gobs) Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func (gobs) Unmarshal(b []byte, v any) error { return gob.NewDecoder(bytes.NewReader(b)).Decode(v) }

// What JSON cannot write another codec may: complex numbers, for one.
func ExampleEncoding() {
	turn := cluster.Define[complex128, complex128]("turn", cluster.Encoding(gobs{}))
	onServer(turn, func(_ context.Context, c complex128) (complex128, error) { return c * 1i, nil },
		func(ctx context.Context, c *cluster.Client) error {
			run, err := c.Run(ctx, "numbers")
			if err != nil {
				return err
			}
			if _, err := turn.Submit(ctx, run, 3+4i); err != nil {
				return err
			}
			if err := run.Wait(ctx); err != nil {
				return err
			}
			for v, err := range turn.Results(ctx, run) {
				fmt.Println(v, err)
			}
			return nil
		})
	// Output: (-4+3i) <nil>
}

// An attempt that takes too long is told so by its context, and tried again; a
// task may have another limit than its type.
func ExampleTimeout() {
	nap := cluster.Define[string, int]("nap", cluster.Attempts(2), cluster.Timeout(time.Minute), cluster.Backoff(0, 0))
	onServer(nap, func(ctx context.Context, _ string) (int, error) {
		task, _ := cluster.TaskOf(ctx)
		if task.Attempt == 1 {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}
		return task.Attempt, nil
	}, func(ctx context.Context, c *cluster.Client) error {
		run, err := c.Run(ctx, "naps")
		if err != nil {
			return err
		}
		if _, err := nap.Submit(ctx, run, "short", cluster.Timeout(20*time.Millisecond)); err != nil {
			return err
		}
		if err := run.Wait(ctx); err != nil {
			return err
		}
		for attempt, err := range nap.Results(ctx, run) {
			fmt.Println("well after attempt", attempt, err)
		}
		return nil
	})
	// Output: well after attempt 2 <nil>
}
