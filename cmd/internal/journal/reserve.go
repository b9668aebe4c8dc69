package journal

import (
	"errors"
	"io/fs"
	"os"
)

const (
	reserveName = "reserve"

	// reserveSize is room for the outcomes of all tasks that run when the
	// disk is found to be full.
	reserveSize = 1 << 20
)

// reserve is a file that is only there to be deleted, should its room be
// needed. It is empty on a disk that is full already.
type reserve struct {
	name string
	used bool // the disk was full, and its room was needed
}

// keep takes the room, and reports whether all of it was to be had. A part is
// good enough to begin with.
func (r *reserve) keep(name string) bool {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return false
	}
	defer f.Close()
	r.name = name
	return allocate(f, reserveSize) == nil
}

// use gives the room free for what must be written.
func (r *reserve) use() {
	if r.name != "" && !r.used {
		r.used = true
		os.Remove(r.name)
	}
}

// again reports whether the disk has room once more, and takes it.
func (r *reserve) again() bool {
	if r.used && r.keep(r.name) {
		r.used = false
	} else if r.used {
		os.Remove(r.name)
	}
	return !r.used
}

func (r *reserve) release() error {
	if r.name == "" {
		return nil
	}
	err := os.Remove(r.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
