package journal

import (
	"path/filepath"

	"example.com/skein/cmd/internal/task"
)

// Specs gives the specs of those tasks that are wanted, as far as their inputs
// are there.
func (s *State) Specs(want func(seq int) bool) (map[int]task.Spec, error) {
	all := map[int]task.Spec{}
	_, err := eachLine(filepath.Join(s.Dir, inputsName), func(_ int, line []byte) error {
		if e, ok := parseEntry(line); ok && !e.dropped && e.spec.Seq > 0 && want(e.spec.Seq) {
			all[e.spec.Seq] = e.spec
		}
		return nil
	})
	return all, err
}
