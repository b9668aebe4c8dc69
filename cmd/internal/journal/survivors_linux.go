package journal

import (
	"bytes"
	"os"
	"strconv"
)

// KnowsSurvivors says whether [Survivors] can find any.
const KnowsSurvivors = true

// Survivors gives the processes of a run that are alive, by task. They are
// known by SKEIN_RUN and SKEIN_TASK in their environment, so those of other
// users are not, nor what has cleared it.
func Survivors(run string) map[int][]int {
	all := map[int][]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
		if err != nil || !bytes.Contains(env, []byte("SKEIN_RUN="+run)) {
			continue
		}
		if seq := taskOf(env, run); seq > 0 {
			all[seq] = append(all[seq], pid)
		}
	}
	return all
}

// taskOf reads which task of the run an environment is of; 0: none.
func taskOf(env []byte, run string) (seq int) {
	ours := false
	for v := range bytes.SplitSeq(env, []byte{0}) {
		name, value, _ := bytes.Cut(v, []byte{'='})
		switch string(name) {
		case "SKEIN_RUN":
			ours = string(value) == run
		case "SKEIN_TASK":
			seq, _ = parseSeq(value)
		}
	}
	if !ours {
		return 0
	}
	return seq
}
