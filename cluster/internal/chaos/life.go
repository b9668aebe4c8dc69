package chaos

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// life is what is known of a task.
type life struct {
	submitted, safe, accounted time.Time
	submitter, n               int64
	starts                     []execution
}

type execution struct {
	pid int
	at  time.Time
}

// outcome is a line of a reading.
type outcome struct {
	submitter, n, number int64
	how                  string
	at                   time.Time
}

func readLives(logs string) (map[int64]*life, error) {
	lives := map[int64]*life{}
	submitted, err := readLog(filepath.Join(logs, submittedLog))
	if err != nil {
		return nil, err
	}
	for _, words := range submitted {
		n, at := number(words[0]), time.Unix(0, number(words[1]))
		if lives[n] == nil {
			lives[n] = &life{submitted: at}
		}
		if len(words) > 2 {
			l := lives[n]
			l.safe, l.submitter, l.n = at, number(words[2]), number(words[3])
		}
	}
	started, err := readLog(filepath.Join(logs, startedLog))
	for _, words := range started {
		l := lives[number(words[0])]
		if l == nil {
			return nil, fmt.Errorf("task %s ran, and nobody has submitted it", words[0])
		}
		l.starts = append(l.starts, execution{int(number(words[1])), time.Unix(0, number(words[2]))})
	}
	for _, l := range lives {
		slices.SortFunc(l.starts, func(a, b execution) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	}
	return lives, err
}

type reading struct {
	outcomes []outcome
	whole    bool
}

// leaveOutInvented leaves out what garbage says of tasks that nobody can have
// submitted. Until a run is closed its waiter does not know how many there are,
// and tells those too.
func (r *reading) leaveOutInvented(lives map[int64]*life) {
	submitters := map[int64]bool{}
	for _, l := range lives {
		submitters[l.submitter] = true
	}
	delete(submitters, 0) // of those of which nobody knows whether they are safe
	r.outcomes = slices.DeleteFunc(r.outcomes, func(o outcome) bool {
		return !submitters[o.submitter] || o.n > int64(len(lives))
	})
}

// readAll gives all readings, the last one last.
func readAll(logs string) (all []reading, err error) {
	for k := 1; ; k++ {
		lines, err := readLog(readingName(logs, k))
		if err != nil {
			return nil, err
		}
		if lines == nil {
			break
		}
		all = append(all, parseReading(lines))
	}
	lines, err := readLog(filepath.Join(logs, finalLog))
	return append(all, parseReading(lines)), err
}

func parseReading(lines [][]string) (r reading) {
	for _, words := range lines {
		if words[0] == whole {
			r.whole = true
			break
		}
		r.outcomes = append(r.outcomes, outcome{number(words[0]), number(words[1]), number(words[2]), words[3], time.Unix(0, number(words[4]))})
	}
	return r
}
