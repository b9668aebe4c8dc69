package local

import (
	"os"
	"runtime"
	"testing"
)

func TestForkExecHasMoreProcessors(t *testing.T) {
	t.Setenv("GOMAXPROCS", "") // so that it is put back
	os.Unsetenv("GOMAXPROCS")
	before := runtime.GOMAXPROCS(0)
	y, err := newSystem(100, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		y.raise()
		if n, want := runtime.GOMAXPROCS(0), max(before, min(4*before, 16)); n != want {
			t.Errorf("%d, want %d", n, want)
		}
	}
	y.close()
	if n := runtime.GOMAXPROCS(0); n != before {
		t.Errorf("%d in the end, %d before", n, before)
	}
}
