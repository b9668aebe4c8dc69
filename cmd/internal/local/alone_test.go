package local

import "testing"

func TestAlone(t *testing.T) {
	t.Run("a guard is no job whose end would give room", func(t *testing.T) {
		y, err := newSystem(1, false)
		if err != nil {
			t.Fatal(err)
		}
		defer y.close()
		y.guard.pid = 4711
		y.running[4711] = struct{}{}
		if !y.alone() {
			t.Error("with the guard only, a start would be tried again for ever")
		}
		y.running[4712] = struct{}{}
		if y.alone() {
			t.Error("with a job there is hope")
		}
		y.guard.pid = 0
	})
}
