package clustertest_test

import (
	"context"
	"strings"
	"testing"

	"example.com/skein/cluster"
	"example.com/skein/cluster/clustertest"
)

var shout = cluster.Define[string, string]("shout")

func loud(_ context.Context, text string) (string, error) { return strings.ToUpper(text), nil }

// TestShout is how a test of one's own looks.
func TestShout(t *testing.T) {
	c := clustertest.Open(t)
	shout.Handle(c, loud)
	clustertest.Work(t, c, 2)

	run, err := c.Run(t.Context(), "texts")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shout.Submit(t.Context(), run, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := run.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for text, err := range shout.Results(t.Context(), run) {
		if text != "HELLO" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	}
}
