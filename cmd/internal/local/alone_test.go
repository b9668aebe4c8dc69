package local

import (
	"os"
	"testing"
)

// TestMain lets the test binary be its own guard.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == GuardWord {
		Guard()
		return
	}
	os.Exit(m.Run())
}

func TestAlone(t *testing.T) {
	t.Run("a guard is no job whose end would give room", func(t *testing.T) {
		y, err := newSystem(1, true)
		if err != nil {
			t.Fatal(err)
		}
		defer y.close()
		if y.guard.pid == 0 {
			t.Fatal("there is no guard")
		}
		if !y.alone() {
			t.Error("with the guard only, a start would be tried again for ever")
		}
		y.running[4712] = struct{}{}
		if y.alone() {
			t.Error("with a job there is hope")
		}
		y.gone(4712)
	})
}
