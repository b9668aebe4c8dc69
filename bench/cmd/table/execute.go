package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/creack/pty"
)

// stage is where runners are executed: a directory that also is their home,
// so that what they keep there is neither found nor left.
type stage struct {
	dir string
}

// execution is one run of a runner.
type execution struct {
	argv  []string
	stdin io.Reader
	want  int64 // bytes on standard output
	lossy bool  // fewer are no error

	env      []string // beside ours
	terminal bool     // standard error is a terminal, which somebody reads

	// sized asks for the sizes. Looking costs a runner with many threads a
	// tenth of its time, and one with a single thread nothing, so nobody looks
	// at what is timed.
	sized bool

	// enough, with sized, ends the execution with a signal as soon as so many bytes are
	// out; 0: it goes on to its end.
	enough int64
}

// result is what an execution took, its children's processor time included.
type result struct {
	wall, cpu time.Duration
	lost      int64 // bytes missing on standard output
	peak      int64 // if sized: resident size of the runner, all its processes together, in bytes
	spool     int64 // if sized: what its files without a name took of the disk, at most, in bytes
}

// inputFile holds the numbers 1 to n, one on a line.
func (s stage) inputFile(n int) (*os.File, error) {
	name := filepath.Join(s.dir, "inputs-"+strconv.Itoa(n))
	if f, err := os.Open(name); err == nil {
		return f, nil
	}
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		return nil, err
	}
	return os.Open(name)
}

// execute runs e to its end. Standard output goes to a file, which costs the
// runner the least, and must come out complete.
func (s stage) execute(ctx context.Context, e execution) (result, error) {
	stdout, err := os.Create(filepath.Join(s.dir, "stdout"))
	if err != nil {
		return result{}, err
	}
	defer stdout.Close()
	stderr, err := s.stderr(e.terminal)
	if err != nil {
		return result{}, err
	}
	defer stderr.Close()

	cmd := exec.CommandContext(ctx, e.argv[0], e.argv[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+s.dir, "TMPDIR="+s.dir, "XDG_STATE_HOME=", "XDG_CACHE_HOME=", "TERM=xterm", "CI=")
	cmd.Env = append(cmd.Env, e.env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.stdin, stdout, stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	var w *watcher
	if e.sized {
		w = watch(cmd.Process, stdout, e.enough)
	}
	err = cmd.Wait()
	r := result{wall: time.Since(start)}
	if w != nil {
		r.peak, r.spool = w.stop()
	}
	r.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return s.check(e, r, err, stdout)
}

// check holds the execution to its contract: it ended well and the output is
// all there.
func (s stage) check(e execution, r result, err error, stdout *os.File) (result, error) {
	info, statErr := stdout.Stat()
	if statErr != nil {
		return r, statErr
	}
	r.lost = e.want - info.Size()
	var exit *exec.ExitError
	switch {
	case e.enough > 0 && info.Size() >= e.enough && (err == nil || errors.As(err, &exit)):
		return r, nil // we ended it
	case err == nil && (r.lost == 0 || e.lossy):
		return r, nil
	case err == nil:
		err = fmt.Errorf("%d bytes of output, %d missing", info.Size(), r.lost)
	}
	told, _ := os.ReadFile(filepath.Join(s.dir, "stderr"))
	return r, fmt.Errorf("%s: %w: %s", e.argv[0], err, told[:min(len(told), 500)])
}

// stderr is where a runner complains: a file, or a terminal whose other end
// throws away what is drawn.
func (s stage) stderr(terminal bool) (*os.File, error) {
	if !terminal {
		return os.Create(filepath.Join(s.dir, "stderr"))
	}
	far, near, err := pty.Open()
	if err != nil {
		return nil, err
	}
	go func() {
		defer far.Close()
		io.Copy(io.Discard, far) // ends when nobody has the near end any more
	}()
	return near, nil
}
