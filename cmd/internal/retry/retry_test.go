package retry

import (
	"strings"
	"testing"

	"example.com/skein/cluster"
)

func TestTheNextName(t *testing.T) {
	long := strings.Repeat("x", mostName)
	all := []cluster.Listed{{Name: "a"}, {Name: "a-retry-1"}, {Name: "a-retry-2"}, {Name: long}}
	for name, want := range map[string]string{
		"a":           "a-retry-3",
		"a-retry-1":   "a-retry-3",
		"a-retry-7":   "a-retry-8",
		"b":           "b-retry-1",
		"a-retry-one": "a-retry-one-retry-1",
		long:          long[:mostName-len("-retry-1")] + "-retry-1",
	} {
		if got := nextName(all, name); got != want {
			t.Errorf("after %s comes %s, not %s", name, got, want)
		}
	}
}
