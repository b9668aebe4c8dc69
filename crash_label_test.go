//go:build go1.26

package skein_test

import (
	"context"
	"testing"

	"example.com/skein"
)

// Go 1.26 writes a goroutine's labels into its crash dumps, if it is asked to.
func TestANameStandsInACrashDump(t *testing.T) {
	t.Setenv("GODEBUG", "tracebacklabels=1")
	t.Setenv("GOTRACEBACK", "all")
	wantCrash(t, func() {
		g := skein.New(context.Background())
		begun := make(chan struct{})
		g.GoNamed("cat.jpg", func(context.Context) error { close(begun); select {} })
		<-begun
		panic("torn")
	}, "panic: torn", `labels:{"worker": "cat.jpg"}`)
}
