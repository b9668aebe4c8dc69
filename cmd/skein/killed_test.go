package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/task"
)

func TestKilledAndResumed(t *testing.T) { killAndResume(t, 15) }

// killAndResume kills a run at random moments, and those that go on with it,
// and looks at what is left: each task has one final outcome, none is lost, and what
// ran twice is what was running.
func killAndResume(t *testing.T, rounds int) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	again, killed := 0, 0
	for round := range rounds {
		k := &killing{t: t, dir: t.TempDir(), random: random}
		k.round()
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, seed)
		}
		again += k.again
		killed += k.killed
	}
	t.Logf("%d times killed, %d tasks of %d ran again", killed, again, rounds*killedTasks)
	if killed < rounds/3 {
		t.Errorf("only %d of %d rounds met a kill: the test sees little", killed, rounds)
	}
}

const killedTasks = 60

// killing is a round: a run, killed, and resumed until it is through.
type killing struct {
	t      *testing.T
	dir    string
	random *rand.Rand
	killed int
	again  int
}

func (k *killing) round() {
	var inputs strings.Builder
	for i := range killedTasks {
		fmt.Fprintf(&inputs, "input %d\n", i%50) // some are the same
	}
	k.write("inputs", inputs.String())
	k.start(true, "run", "-j", "4", "--journal", "kept", "--from", "inputs", `echo {#} >> ran; echo out`)
	for try := 0; ; try++ {
		if try == 50 {
			k.t.Fatal("it does not come to an end")
		}
		if _, err := journal.Read(k.path("kept")); err != nil {
			// Killed before it said that there is a run.
			k.start(try < 3, "run", "-j", "4", "--journal", "kept", "--from", "inputs", `echo {#} >> ran; echo out`)
			continue
		}
		if k.resume(try < 3) {
			break
		}
	}
	k.check()
}

// resume resumes and reports whether the run is through.
func (k *killing) resume(kill bool) bool {
	args := []string{"resume", "kept"}
	s, err := journal.Read(k.path("kept"))
	if err != nil {
		k.t.Fatal(err)
	}
	if !s.Whole {
		lines := strings.SplitAfter(k.read("inputs"), "\n")
		k.write("rest", strings.Join(lines[s.Inputs:], ""))
		args = []string{"resume", "--from", "rest", "kept"}
	}
	return k.start(kill, args...) == 0
}

// start starts skein, kills it perhaps, and gives its exit status; -1 if it
// was killed.
func (k *killing) start(kill bool, args ...string) int {
	cmd := exec.Command("skein", args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+k.path("state"), "TMPDIR="+k.dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	if kill {
		timer := time.AfterFunc(time.Duration(k.random.Int64N(int64(30*time.Millisecond))), func() { cmd.Process.Kill() })
		defer timer.Stop()
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		k.killed++
		return -1
	case err != nil:
		k.t.Fatalf("skein %q: %v\n%s", args, err, &stderr)
	}
	return 0
}

// check compares what ran with what the journal says.
func (k *killing) check() {
	started, last, outcomes := map[int]int{}, map[int]task.Outcome{}, map[int]int{}
	err := journal.Records(k.path("kept"), func(journal.Run) {}, func(r *journal.Record) {
		switch r.Event {
		case task.Started:
			started[r.Seq]++
			if last[r.Seq] == task.Succeeded {
				k.t.Errorf("task %d was started after it had succeeded", r.Seq)
			}
		case task.Finished:
			last[r.Seq] = r.Outcome
			if r.Outcome != task.Cancelled && r.Outcome != task.Skipped { // those are not final
				outcomes[r.Seq]++
			}
		}
	})
	if err != nil {
		k.t.Fatal(err)
	}
	ran := map[int]int{}
	for line := range strings.FieldsSeq(k.read("ran")) {
		seq, err := strconv.Atoi(line)
		if err != nil {
			k.t.Fatal(err)
		}
		ran[seq]++
	}
	for seq := 1; seq <= killedTasks; seq++ {
		if outcomes[seq] != 1 || last[seq] != task.Succeeded {
			k.t.Errorf("task %d has %d outcomes, the last is %q", seq, outcomes[seq], last[seq])
		}
		if ran[seq] < 1 || ran[seq] > started[seq] {
			k.t.Errorf("task %d ran %d times and was started %d times", seq, ran[seq], started[seq])
		}
		k.again += ran[seq] - 1
	}
	if len(ran) != killedTasks {
		k.t.Errorf("%d tasks ran, want %d", len(ran), killedTasks)
	}
}

func (k *killing) path(name string) string { return filepath.Join(k.dir, name) }

func (k *killing) write(name, text string) {
	if err := os.WriteFile(k.path(name), []byte(text), 0o666); err != nil {
		k.t.Fatal(err)
	}
}

func (k *killing) read(name string) string {
	text, err := os.ReadFile(k.path(name))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}
