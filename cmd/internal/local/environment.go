package local

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// The variables that a job finds beside ours.
const (
	runVariable     = "SKEIN_RUN="
	taskVariable    = "SKEIN_TASK="
	slotVariable    = "SKEIN_SLOT="
	attemptVariable = "SKEIN_ATTEMPT="
)

// environment is ours, without what a run that we may be a job of has put
// there, and with what all jobs of this one have.
func environment(run, dir string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, runVariable) || strings.HasPrefix(v, taskVariable) ||
			strings.HasPrefix(v, slotVariable) || strings.HasPrefix(v, attemptVariable) ||
			dir != "" && strings.HasPrefix(v, "PWD=")
	})
	if run != "" {
		env = append(env, runVariable+run)
	}
	if dir != "" {
		env = append(env, "PWD="+dir)
	}
	return env
}

// environment is a job's. It belongs to the slot, which replaces the end of it
// for the next one.
func (s *slot) environment(seq, attempt int) []string {
	if s.env == nil {
		s.env = append(slices.Clip(s.system.env), slotVariable+strconv.Itoa(s.n), taskVariable, attemptVariable+"1")
	}
	n := len(s.env)
	s.env[n-2] = taskVariable + strconv.Itoa(seq)
	if attempt > 1 || s.env[n-1] != attemptVariable+"1" {
		s.env[n-1] = attemptVariable + strconv.Itoa(attempt)
	}
	return s.env
}

// withOwn is env with what a command has for itself. Of a name that is twice
// there a program may see either, so the other goes; ours stay, as what belongs
// to a task is found by them.
func withOwn(env []string, cmd task.Command) []string {
	own := cmd.Env
	if cmd.Dir != "" {
		own = append(slices.Clip(own), "PWD="+cmd.Dir)
	}
	if len(own) == 0 {
		return env
	}
	set := map[string]string{}
	for _, v := range own {
		if name, _, ok := strings.Cut(v, "="); ok && name != "" && !strings.HasPrefix(name, "SKEIN_") {
			set[name] = v
		}
	}
	all := make([]string, 0, len(env)+len(set))
	for _, v := range env {
		if name, _, _ := strings.Cut(v, "="); set[name] == "" {
			all = append(all, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		all = append(all, set[name])
	}
	return all
}
