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
type reserve struct{ name string }

func (r *reserve) keep(name string) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	r.name = name
	allocate(f, reserveSize) // what it has is good enough
	f.Close()
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
