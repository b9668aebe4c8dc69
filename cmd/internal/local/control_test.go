package local_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/task"
)

func TestControl(t *testing.T) {
	ctx := context.Background()
	inputs := func(n int, line string) []string { return strings.Split(strings.Repeat(line+"\n", n-1)+line, "\n") }

	t.Run("a raised limit is used at once", func(t *testing.T) {
		c := local.NewControl()
		running, most := 0, 0
		for ev := range local.Run(ctx, specs(inputs(6, "sleep 0.3")...), shell, local.Options{Limit: 1, Control: c}) {
			switch ev.Kind {
			case task.Started:
				running++
				most = max(most, running)
				c.SetLimit(3)
			case task.Finished:
				running--
			}
		}
		if most != 3 || c.Limit() != 3 {
			t.Errorf("%d ran at a time, the limit is %d", most, c.Limit())
		}
	})
	t.Run("with a lowered one enough end first", func(t *testing.T) {
		c := local.NewControl()
		ended, after := 0, 0
		running := 0
		for ev := range local.Run(ctx, specs(inputs(12, "sleep 0.1")...), shell, local.Options{Limit: 4, Control: c}) {
			switch ev.Kind {
			case task.Started:
				if running++; ended >= 8 {
					after = max(after, running)
				}
			case task.Finished:
				running--
				if ended++; ended == 4 {
					c.SetLimit(1)
				}
			}
		}
		if ended != 12 || after != 1 {
			t.Errorf("%d ended, %d ran at a time", ended, after)
		}
	})
	t.Run("a slot's number is free again when it left", func(t *testing.T) {
		c := local.NewControl()
		now := map[int]bool{}
		n := 0
		for ev := range local.Run(ctx, specs(inputs(200, "true")...), shell, local.Options{Limit: 4, Control: c}) {
			switch ev.Kind {
			case task.Started:
				if now[ev.Slot] {
					t.Fatalf("slot %d has two tasks", ev.Slot)
				}
				now[ev.Slot] = true
			case task.Finished:
				delete(now, ev.Slot)
				n++
				c.SetLimit(1 + n%6)
			}
		}
		if n != 200 {
			t.Errorf("%d tasks", n)
		}
	})
	t.Run("a task that is cancelled by hand ends, the others do not", func(t *testing.T) {
		c := local.NewControl()
		got := map[int]task.Event{}
		for ev := range local.Run(ctx, specs("true", "sleep 1000", "sleep 0.2"), shell, local.Options{Limit: 3, Control: c, Grace: time.Second}) {
			switch {
			case ev.Kind == task.Started && ev.Spec.Seq == 2:
				if !c.Cancel(2) {
					t.Error("it runs")
				}
			case ev.Kind == task.Finished:
				got[ev.Spec.Seq] = ev
			}
		}
		if got[1].Outcome != task.Succeeded || got[3].Outcome != task.Succeeded {
			t.Errorf("%+v", got)
		}
		if got[2].Outcome != task.Cancelled || got[2].Cause == "" {
			t.Errorf("%+v", got[2])
		}
		if c.Cancel(2) {
			t.Error("nothing runs any more")
		}
	})
	t.Run("a job finds out who it is", func(t *testing.T) {
		t.Setenv("SKEIN_RUN", "another")
		t.Setenv("SKEIN_TASK", "77")
		line := `env | grep '^SKEIN_[A-Z]*=' | sort | tr '\n' ' '`
		got, _ := collect(ctx, t, local.Options{Limit: 1, Run: "r1"}, shell, line, line)
		for n := 1; n <= 2; n++ {
			want := fmt.Sprintf("SKEIN_ATTEMPT=1 SKEIN_RUN=r1 SKEIN_SLOT=1 SKEIN_TASK=%d ", n)
			if got[n].out != want {
				t.Errorf("%q, want %q", got[n].out, want)
			}
		}
		got, _ = collect(ctx, t, local.Options{Limit: 1}, shell, line)
		if want := "SKEIN_ATTEMPT=1 SKEIN_SLOT=1 SKEIN_TASK=1 "; got[1].out != want {
			t.Errorf("%q, want %q", got[1].out, want)
		}
	})
}
