package local_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/task"
)

// specs gives a spec for each input.
func specs(inputs ...string) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		for i, input := range inputs {
			if !yield(task.Spec{Seq: i + 1, Input: input}, nil) {
				return
			}
		}
	}
}

// shell runs each input as a shell line.
func shell(spec task.Spec, _ int) (task.Command, error) {
	return task.Command{Argv: []string{"sh", "-c", spec.Input}, Line: spec.Input, Name: spec.Input}, nil
}

// words runs each input as words.
func words(spec task.Spec, _ int) (task.Command, error) {
	return task.Command{Argv: strings.Fields(spec.Input), Line: spec.Input, Name: spec.Input}, nil
}

// ended is what became of a task.
type ended struct {
	task.Event
	out, err string
}

// collect runs all and gives what became of each, by its number, and the
// errors of the run.
func collect(ctx context.Context, t *testing.T, o local.Options, work task.Work, inputs ...string) (map[int]ended, []error) {
	t.Helper()
	all := map[int]ended{}
	var errs []error
	started := map[int]bool{}
	for ev := range local.Run(ctx, specs(inputs...), work, o) {
		var out, err strings.Builder
		ev.Stdout.WriteTo(&out)
		ev.Stderr.WriteTo(&err)
		ev.Stdout.Free()
		ev.Stderr.Free()
		e := all[ev.Spec.Seq]
		e.out += out.String()
		e.err += err.String()
		switch ev.Kind {
		case task.Started:
			started[ev.Spec.Seq] = true
		case task.Halted, task.Faulted:
			errs = append(errs, ev.Err)
			continue
		case task.Finished:
			if e.Kind == task.Finished {
				t.Errorf("task %d ended twice", ev.Spec.Seq)
			}
			if (ev.PID != 0) != started[ev.Spec.Seq] {
				t.Errorf("task %d: started %v, process %d", ev.Spec.Seq, started[ev.Spec.Seq], ev.PID)
			}
			e.Event = ev
		}
		all[ev.Spec.Seq] = e
	}
	return all, errs
}

func TestRun(t *testing.T) {
	ctx := context.Background()
	t.Run("each task ends with an outcome", func(t *testing.T) {
		got, errs := collect(ctx, t, local.Options{Limit: 3, Grace: time.Second}, shell,
			"echo out; echo err >&2", "exit 3", "kill -9 $$", "exec true", "nosuchcommand 2>/dev/null")
		if len(errs) > 0 {
			t.Errorf("run: %v", errs)
		}
		if e := got[1]; e.Outcome != task.Succeeded || e.out != "out\n" || e.err != "err\n" || e.ExitStatus != 0 {
			t.Errorf("1: %+v", e)
		}
		if e := got[2]; e.Outcome != task.Failed || e.ExitStatus != 3 {
			t.Errorf("2: %+v", e)
		}
		if e := got[3]; e.Outcome != task.Killed || e.Signal != 9 || e.ExitStatus != -1 {
			t.Errorf("3: %+v", e)
		}
		if e := got[4]; e.Outcome != task.Succeeded {
			t.Errorf("4: %+v", e)
		}
		if e := got[5]; e.Outcome != task.Failed || e.ExitStatus != 127 {
			t.Errorf("5: %+v", e)
		}
	})
	t.Run("a task that cannot be started fails alone", func(t *testing.T) {
		got, errs := collect(ctx, t, local.Options{Limit: 1}, words, "nosuchcommand", "true", "/etc/passwd", "true")
		if len(errs) > 0 {
			t.Errorf("run: %v", errs)
		}
		for n, want := range []task.Outcome{task.Failed, task.Succeeded, task.Failed, task.Succeeded} {
			if got[n+1].Outcome != want {
				t.Errorf("%d: %s, want %s", n+1, got[n+1].Outcome, want)
			}
		}
	})
	t.Run("the fixed command word ends the run", func(t *testing.T) {
		got, errs := collect(ctx, t, local.Options{Limit: 1, Fixed: true, SkipAll: true}, words, "nosuchcommand", "true", "true")
		var bad *task.NotRunnable
		if len(errs) != 1 || !errors.As(errs[0], &bad) || bad.Status != 127 {
			t.Errorf("run: %v", errs)
		}
		if got[2].Outcome != task.Skipped || got[3].Outcome != task.Skipped {
			t.Errorf("2: %+v, 3: %+v", got[2], got[3])
		}
	})
	t.Run("a task's memory is its own", func(t *testing.T) {
		got, _ := collect(ctx, t, local.Options{Limit: 1}, shell, "exec true", "head -c 300000000 /dev/zero | tail -c 300000000 >/dev/null")
		if e := got[1]; e.PeakMemory != 0 {
			t.Errorf("true took %d bytes, which is what we take", e.PeakMemory)
		}
		if e := got[2]; e.PeakMemory < 300e6 || e.PeakMemory > 330e6 {
			t.Errorf("300 MB in memory took %d bytes", e.PeakMemory)
		}
	})
	t.Run("a time-out ends the group", func(t *testing.T) {
		got, _ := collect(ctx, t, local.Options{Limit: 2, Timeout: 200 * time.Millisecond, Grace: 100 * time.Millisecond}, shell,
			"sleep 60 & sleep 60", "trap '' TERM; while :; do sleep 60; done", "true")
		for n, want := range []task.Outcome{task.TimedOut, task.TimedOut, task.Succeeded} {
			if got[n+1].Outcome != want {
				t.Errorf("%d: %+v, want %s", n+1, got[n+1], want)
			}
		}
	})
	t.Run("what a task leaves behind does not hold the run", func(t *testing.T) {
		begin := time.Now()
		got, _ := collect(ctx, t, local.Options{Limit: 1, Grace: time.Second}, shell, "sleep 60 & setsid sleep 60 & echo yes")
		if got[1].Outcome != task.Succeeded || got[1].out != "yes\n" {
			t.Errorf("%+v", got[1])
		}
		if d := time.Since(begin); d > 10*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
