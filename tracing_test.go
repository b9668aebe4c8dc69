package skein_test

import (
	"bytes"
	"context"
	"runtime/trace"
	"testing"

	"example.com/skein"
)

// What the tracer wrote is not read as a trace here: its format is for its own
// tools. But its strings stand in it as they are.
func TestTracing(t *testing.T) {
	const function = "example.com/skein_test.tracedTask"
	var out bytes.Buffer
	if err := trace.Start(&out); err != nil {
		t.Fatal(err)
	}
	g := skein.New(t.Context(), skein.Name("traced group"))
	g.GoNamed("traced worker", tracedTask)
	for range 10 {
		g.Go(tracedTask)
	}
	g.Go(quit)
	wantErr(t, g.Wait(), skein.ErrGoexit)
	trace.Stop()
	for _, want := range []string{"traced group", "traced worker", function, "a user's own region"} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("the trace has no %q", want)
		}
	}
}

// tracedTask fails if the context it is given is not the group's to the user.
func tracedTask(ctx context.Context) error {
	defer trace.StartRegion(ctx, "a user's own region").End()
	return ctx.Err()
}
