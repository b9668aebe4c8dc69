package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.com/skein/cmd/internal/task"
)

func TestAGlanceSaysWhatTheEndsOfAJournalSay(t *testing.T) {
	dir := t.TempDir()
	write := func(lines ...[]byte) {
		t.Helper()
		var all []byte
		for _, line := range lines {
			all = append(all, line...)
		}
		if err := os.WriteFile(filepath.Join(dir, journalName), all, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	begun := appendRun(nil, Run{ID: "r", Args: Words{"gzip", ":::"}})
	var tasks []byte
	for seq := range 2000 {
		tasks = appendEvent(tasks, &task.Event{Kind: task.Started, Time: time.Now(), Spec: task.Spec{Seq: seq + 1}})
	}
	ended := appendEnded(nil, 3, &State{Inputs: 2000})

	write(begun, tasks, ended)
	g, err := GlanceAt(dir)
	if err != nil || g.First.ID != "r" || g.First.Args[0] != "gzip" || g.Ended == nil || g.Ended.ExitStatus != 3 || g.Running {
		t.Errorf("a run that ended: %+v, %v", g, err)
	}

	write(begun, tasks, ended, begun, tasks)
	if g, err = GlanceAt(dir); err != nil || g.Ended != nil || g.Running {
		t.Errorf("one that was resumed and killed: %+v, %v", g, err)
	}

	log, err := lockFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	if g, err = GlanceAt(dir); err != nil || !g.Running {
		t.Errorf("one that goes on: %+v, %v", g, err)
	}
	log.Close()

	for what, lines := range map[string][][]byte{
		"nothing": {}, "half a line": {begun[:20]}, "no run": {tasks}, "a line that is damaged": {begun[1:]},
	} {
		write(lines...)
		if g, err := GlanceAt(dir); !errors.Is(err, ErrNoRun) {
			t.Errorf("%s: %+v, %v", what, g, err)
		}
	}
}
