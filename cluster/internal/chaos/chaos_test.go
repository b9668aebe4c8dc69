package chaos_test

import (
	"os"
	"testing"
	"time"

	. "example.com/skein/cluster/internal/chaos"
)

func TestMain(m *testing.M) {
	Main()
	os.Exit(m.Run())
}

// TestNothingIsLostWhateverDies plays a small round of each fault for which
// nobody has to be root. The times are those of a machine that does other things
// too, so they are bounded by make chaos and not here.
func TestNothingIsLostWhateverDies(t *testing.T) {
	size := Size{Tasks: 600, Rate: 400, Lease: time.Second, Task: 10 * time.Millisecond, Once: true}
	for _, f := range Faults() {
		if f.Root {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			tally, err := Run(t.Context(), t.TempDir(), f, size, seed)
			if err != nil {
				t.Error(err)
			}
			if err := tally.Wrong(); err != nil {
				t.Error(err)
			}
			if tally.Blows == 0 {
				t.Error("nothing broke")
			}
			t.Log(tally)
		})
	}
}
