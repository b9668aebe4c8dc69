package journal

import (
	"path/filepath"

	"example.com/skein/cmd/internal/task"
)

// Known is a task whose input is there.
type Known struct {
	task.Spec
	Run int // the last of the runs that have its command, from 0
}

// Specs gives those tasks that are wanted, as far as their inputs are there.
func (s *State) Specs(want func(seq int) bool) (map[int]Known, error) {
	makers := s.makers()
	all := map[int]Known{}
	_, err := eachLine(filepath.Join(s.Dir, inputsName), func(_ int, line []byte) error {
		e, ok := parseEntry(line)
		if !ok || e.dropped || e.spec.Seq == 0 || !want(e.spec.Seq) {
			return nil
		}
		known := Known{e.spec, len(s.Runs) - 1}
		for _, m := range makers {
			if m.ids.key(&e.spec) == e.key {
				known.Run = m.run
				break
			}
		}
		all[e.spec.Seq] = known
		return nil
	})
	return all, err
}

// maker is a run that has another command, or directory, than those after it.
type maker struct {
	run int
	ids identity
}

// makers gives them, the last first.
func (s *State) makers() (all []maker) {
	had := map[identityBase]bool{}
	for i := len(s.Runs) - 1; i >= 0; i-- {
		ids := newIdentity(s.Runs[i].Template, s.Runs[i].Directory)
		if !had[ids.base] {
			had[ids.base] = true
			all = append(all, maker{i, ids})
		}
	}
	return all
}
