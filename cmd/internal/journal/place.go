package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/skein/cmd/internal/usage"
)

// Home is the directory that has the journals of all runs:
// $XDG_STATE_HOME/skein/runs.
func Home() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // as the specification of XDG has it
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "skein", "runs"), nil
}

// NewID makes a name for a run: its time, so that names are in the order of
// the runs, and a few digits that no other has.
func NewID() string {
	b := make([]byte, 2)
	rand.Read(b)
	now := time.Now().UTC()
	return fmt.Sprintf("%s-%03x%x", now.Format("20060102-150405"), now.Nanosecond()/1e6, b)
}

// All gives the directories of all journals, the latest run first.
func All() ([]string, error) {
	home, err := Home()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(home)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var dirs []string
	for _, e := range slices.Backward(entries) {
		dir := filepath.Join(home, e.Name())
		if isJournal(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

func isJournal(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, journalName))
	return err == nil && info.Mode().IsRegular()
}

// Find gives the directory of a run: that of its ID, of which the start or
// the end is enough, or the directory itself.
func Find(run string) (string, error) {
	if isJournal(run) {
		return filepath.Abs(run)
	}
	dirs, err := All()
	if err != nil {
		return "", err
	}
	var found []string
	for _, dir := range dirs {
		id := filepath.Base(dir)
		if id == run {
			return dir, nil
		}
		if run != "" && (strings.HasPrefix(id, run) || strings.HasSuffix(id, run)) {
			found = append(found, dir)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", usage.Errorf("skein runs lists them; a directory that --journal named will do, too", "%s: no such run", run)
	}
	return "", usage.Errorf(fmt.Sprintf("%s or %s?", filepath.Base(found[0]), filepath.Base(found[1])), "%s: %d runs are named so", run, len(found))
}

// Link lets the journal in dir, which somebody put elsewhere, be found as
// that of the run.
func Link(dir, id string) error {
	home, err := Home()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	err = os.Symlink(dir, filepath.Join(home, id))
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}
