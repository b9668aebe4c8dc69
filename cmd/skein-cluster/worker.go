package main

import (
	"fmt"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/remote"
	"example.com/skein/cmd/internal/usage"
)

// worker is skein worker.
func worker(args []string) int {
	var f member.Worker
	set := f.Set()
	done, err := parse(set, member.WorkerHelp, args)
	if err == nil {
		err = none(set)
	}
	if err != nil {
		return fail("worker", err, exitUsage)
	}
	if done {
		return 0
	}
	if status, guarded := guard(); guarded {
		return status
	}
	w, key, err := newWorker(&f)
	if err != nil {
		return fail("worker", err, exitUsage)
	}
	ctx, second, release := signals()
	defer release()
	how := []cluster.OpenOption{cluster.OnlyWork()}
	at := ""
	if isAddress(f.Join) {
		at, key.Address, key.Name = f.Join, f.Join, "a worker without a key"
	} else {
		how = append(how, cluster.WithKey(key))
	}
	if w.client, err = cluster.Open(ctx, at, how...); err != nil {
		return fail("worker", err, exitFailed)
	}
	defer w.client.Close()
	if f.Health != "" {
		at, stop, err := w.serveHealth(f.Health)
		if err != nil {
			return fail("worker", usage.Errorf("another --health ADDR", "%v", err), exitUsage)
		}
		defer stop()
		fmt.Printf("health at http://%s/healthz\n", at)
	}
	fmt.Printf("joined %s as %s: up to %d commands at a time, of %s\n", key.Address, key.Name, f.Jobs, f.Allow)
	if err := w.work(ctx, second); err != nil {
		return fail("worker", err, exitFailed)
	}
	return 0
}

// newWorker is a crew that has not joined yet.
func newWorker(f *member.Worker) (*crew, cluster.Key, error) {
	var key cluster.Key
	var err error
	if isAddress(f.Join) {
		err = checkAddress(f.Join)
	} else {
		key, err = readKey(f.Join)
	}
	if err != nil {
		return nil, key, err
	}
	if f.Drain < 0 {
		return nil, key, usage.Errorf("0 is no limit", "--drain %v: negative", f.Drain)
	}
	w, err := newCrew(f.Allow, f.Jobs)
	if err != nil {
		return nil, key, err
	}
	w.drain = f.Drain
	return w, key, nil
}

// newCrew is a crew that has no client yet.
func newCrew(allow string, n int) (*crew, error) {
	if n < 1 {
		return nil, usage.Errorf("one per CPU if it is not said", "%d commands at a time: too few", n)
	}
	if allow == "" {
		return nil, usage.Errorf("--allow-commands PROGRAMS says which may be run: --allow-commands convert,/opt/bin/render, or any",
			"it runs no command unless it is allowed to")
	}
	allowed, err := remote.Allow(allow)
	if err != nil {
		return nil, fmt.Errorf("--allow-commands: %w", err)
	}
	return &crew{allowed: allowed, n: n}, nil
}
