package skein_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/skein"
)

// The ways in which a task can end, and what tests say about ends.

var errBoom = errors.New("boom")

type task = func(ctx context.Context) error

func succeed(context.Context) error { return nil }

func boom(context.Context) error { return errBoom }

func quit(context.Context) error {
	runtime.Goexit()
	return nil
}

func untilDone(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func fail(err error) task { return func(context.Context) error { return err } }

func burst(v any) task { return func(context.Context) error { panic(v) } }

// until ends well when end is closed, whatever its context says.
func until(end <-chan struct{}) task {
	return func(context.Context) error {
		<-end
		return nil
	}
}

// lasting takes d of fake time and ends with err, whatever its context says.
func lasting(d time.Duration, err error) task {
	return func(context.Context) error {
		<-time.After(d)
		return err
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if got != want {
		t.Errorf("got error %v, want %v itself", got, want)
	}
}

func wantErrs(t *testing.T, got error, want ...error) {
	t.Helper()
	joined, ok := got.(interface{ Unwrap() []error })
	if !ok {
		t.Errorf("got error %v, want %v joined", got, want)
		return
	}
	errs := joined.Unwrap()
	if len(errs) != len(want) {
		t.Errorf("got errors %v, want %v", errs, want)
		return
	}
	for i := range want {
		if errs[i] != want[i] {
			t.Errorf("error %d is %v, want %v", i, errs[i], want[i])
		}
	}
}

// thrown calls f and returns what it panics with, or nil.
func thrown(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func wantPanic(t *testing.T, want string, f func()) {
	t.Helper()
	if v := thrown(f); v != want {
		t.Errorf("got panic %v, want %q", v, want)
	}
}

// panicOf calls Wait and returns the panic that comes out of it.
func panicOf(t *testing.T, wait func() error) *skein.PanicError {
	t.Helper()
	var err error
	v := thrown(func() { err = wait() })
	p, ok := v.(*skein.PanicError)
	if !ok {
		t.Fatalf("got panic %v and error %v, want a *PanicError", v, err)
	}
	return p
}

const hasEnded = "skein: the group has ended: Go, TryGo or Group called after Wait has returned"

// goroutineID is the number that a dump gives the goroutine.
func goroutineID() string {
	buf := make([]byte, 32)
	id, _, _ := strings.Cut(string(buf[:runtime.Stack(buf, false)]), " [")
	return id
}
