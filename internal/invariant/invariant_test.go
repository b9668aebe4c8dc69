package invariant_test

import (
	"testing"

	"example.com/skein/internal/invariant"
)

func TestCheck(t *testing.T) {
	t.Run("what holds is silent", func(t *testing.T) { invariant.Check(true, "one and one are two") })
	t.Run("what does not panics with the claim", func(t *testing.T) {
		defer func() {
			if got := recover(); got != "skein: invariant broken: one is two" {
				t.Errorf("panicked with %v", got)
			}
		}()
		invariant.Check(false, "one is two")
	})
}
