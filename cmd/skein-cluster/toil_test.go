package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"example.com/skein"
	"example.com/skein/cluster"
)

// hostile is what tasks say that fail: it would change the terminal's title, turn
// the line round, make it red in two ways, and forge a line of ours.
const hostile = "\x1b]0;owned\x07\u202e\u009b31m\x1b[31mevil\r\nskein: all is well\x00"

// evil is a type of which every odd task fails, twice.
var evil = cluster.Define[int, int]("evil", cluster.Attempts(2), cluster.Backoff(time.Millisecond, time.Millisecond))

// toil does something with tasks of the type evil, with the owner's key in a file:
//
//	toil KEYFILE run NAME N    submit N to a run, run them, wait
//	toil KEYFILE queue NAME N  the same with a queue
//	toil KEYFILE leave NAME N  submit N to a run that stays open, and run none
//	toil KEYFILE mend          run what there is, all of it well, until SIGTERM
//	toil KEYFILE hold          run what there is, and end none of it, until SIGTERM
//	toil KEYFILE lie           say that there are a hostile worker and a hostile run
func toil() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := toilAt(ctx, os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func toilAt(ctx context.Context, key, what string, args []string) error {
	url, opts, err := on(key)
	if err != nil {
		return err
	}
	if what == "lie" {
		return lie(url, opts)
	}
	c, err := cluster.Open(ctx, url, opts...)
	if err != nil {
		return err
	}
	defer c.Close()
	over := ctx.Done()
	evil.Handle(c, func(ctx context.Context, i int) (int, error) {
		if what == "hold" {
			fmt.Println("holding")
			select {
			case <-ctx.Done(): // its run was cancelled
			case <-over:
			}
			return 0, context.Cause(ctx)
		}
		if i%2 == 1 && what != "mend" {
			return 0, errors.New(hostile)
		}
		return i, nil
	})
	if what == "mend" || what == "hold" {
		fmt.Println("working")
		return c.Work(ctx, 4)
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	var to cluster.Target
	run, queue := (*cluster.Run)(nil), (*cluster.Queue)(nil)
	if what == "queue" {
		queue, err = c.Queue(ctx, args[0])
		to = queue
	} else {
		run, err = c.Run(ctx, args[0])
		to = run
	}
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := evil.Submit(ctx, to, i); err != nil {
			return err
		}
	}
	if what == "leave" {
		return nil
	}
	return skein.Run(ctx, func(g *skein.Group) error {
		working, enough := context.WithCancel(g.Context())
		defer enough()
		g.Go(func(context.Context) error { return c.Work(working, 4) })
		if queue == nil {
			var bad *cluster.RunError
			if err := run.Wait(ctx); err != nil && !errors.As(err, &bad) {
				return err
			}
			return nil
		}
		for _, err := range queue.Outcomes(ctx) {
			if n--; err != nil || n == 0 {
				return err
			}
		}
		return nil
	})
}

// lie writes what a worker would, and an owner, if they were hostile.
func lie(url string, opts []cluster.OpenOption) error {
	nc, err := cluster.Dial(url, opts...)
	if err != nil {
		return err
	}
	defer nc.Close()
	bad, err := json.Marshal(map[string]any{
		"host": hostile, "types": []string{hostile}, "slots": 7, "running": 1,
		"tasks": []map[string]any{{"run": hostile, "task": map[string]any{"Type": "evil", "Submitter": 1, "N": 1}}},
	})
	if err != nil {
		return err
	}
	if err := nc.Publish("$KV.SKEIN_WORKERS.liar", bad); err != nil {
		return err
	}
	if err := nc.Publish("$KV.SKEIN_RUNS.\x1b[31mred\u202e", []byte(`{"owner":1,"finished":"2026-01-01T00:00:00Z","counts":{"\u001b[31msucceeded":3}}`)); err != nil {
		return err
	}
	if err := nc.Publish("$KV.SKEIN_RUNS.bad", []byte(`{"owner":1,"cancelled":true,"cause":"\u001b[31mbad\u009b0m","finished":"2026-01-01T00:00:00Z","counts":{"\u001b[31mwell":3}}`)); err != nil {
		return err
	}
	return nc.Flush()
}
