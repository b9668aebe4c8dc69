package journal

import (
	"os"
	"path/filepath"
	"time"
)

const (
	keepFor   = 14 * 24 * time.Hour
	keepBytes = 200 << 20

	// keepLarge is how long a journal is kept however large it is: what is
	// large is the inputs, and they are there only where something is left to
	// be done.
	keepLarge = 24 * time.Hour

	// pruneEvery is how often it is looked after. A run with a large journal
	// looks at once.
	pruneEvery = time.Hour
	largeBytes = 10 << 20
)

// Prune deletes journals of runs that ended long ago, and if all together are
// too large the oldest of those that ended more than a day ago. It never touches one that is running, nor what
// lies elsewhere. dir is the journal of the run that has just ended.
func Prune(dir string) error {
	home, err := Home()
	if err != nil {
		return err
	}
	stamp := filepath.Join(home, ".pruned")
	info, err := os.Stat(stamp)
	if err == nil && time.Since(info.ModTime()) < pruneEvery && size(dir) < largeBytes {
		return nil
	}
	if err := os.WriteFile(stamp, nil, 0o600); err != nil {
		return err
	}
	return prune(time.Now())
}

func prune(now time.Time) error {
	home, err := Home()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	var total int64
	for i := len(entries) - 1; i >= 0; i-- {
		dir := filepath.Join(home, entries[i].Name())
		info, err := os.Stat(filepath.Join(dir, journalName))
		linked := entries[i].Type()&os.ModeSymlink != 0
		switch {
		case !linked && !entries[i].IsDir(): // the stamp
		case err != nil && linked:
			os.Remove(dir) // it leads nowhere
		case err != nil:
		case linked:
			if now.Sub(info.ModTime()) > keepFor {
				os.Remove(dir)
			}
		default:
			bytes := size(dir)
			age := now.Sub(info.ModTime())
			total += bytes
			if (total > keepBytes && age > keepLarge || age > keepFor) && remove(dir) == nil {
				total -= bytes
			}
		}
	}
	return nil
}

// remove deletes a journal that nobody keeps.
func remove(dir string) error {
	lock, err := lockFile(filepath.Join(dir, journalName))
	if err != nil {
		return err
	}
	defer lock.Close()
	return os.RemoveAll(dir)
}

// size is how many bytes the files of a directory have.
func size(dir string) (sum int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
	}
	return sum
}
