package report

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/spool"
)

// redrawEvery is how often the live line is drawn again.
const redrawEvery = 100 * time.Millisecond

// erase clears the line that the cursor is on.
const erase = "\r\x1b[2K"

// screen is where outputs, messages and the live line meet. The line is only
// drawn where nothing else stands, and is wiped before anything is written to
// a terminal.
type screen struct {
	mu     sync.Mutex // over all writing and drawing
	stdout *output
	stderr *output
	drawn  bool // the live line is to be seen
	inside bool // a terminal's cursor is in the middle of somebody's line
}

// output is standard output or standard error.
type output struct {
	file     *os.File
	terminal bool
}

func newScreen(stdout, stderr *os.File) *screen {
	return &screen{
		stdout: &output{stdout, isTerminal(stdout)},
		stderr: &output{stderr, isTerminal(stderr)},
	}
}

// write writes a text as l has it.
func (s *screen) write(to *output, text *spool.Text, l liner) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe(to)
	w := &lines{to: to.file, liner: l, plain: l.prefix == ""}
	_, err := text.WriteTo(w)
	if err == nil && l.whole && w.last != '\n' {
		_, err = io.WriteString(to.file, "\n")
		w.last = '\n'
	}
	if to.terminal {
		s.inside = w.last != '\n'
	}
	return err
}

// lines passes a text on.
type lines struct {
	to    io.Writer
	liner liner
	plain bool
	last  byte
}

func (w *lines) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	w.last = p[len(p)-1]
	if w.plain {
		return w.to.Write(p)
	}
	if _, err := w.to.Write(w.liner.add(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// say writes a message to standard error.
func (s *screen) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe(s.stderr)
	if s.inside && s.stderr.terminal {
		format = "\n" + format
		s.inside = false
	}
	// Nobody is left to be told if this fails.
	fmt.Fprintf(s.stderr.file, format+"\n", args...)
}

func (s *screen) wipe(to *output) {
	if s.drawn && to.terminal {
		io.WriteString(s.stderr.file, erase)
		s.drawn = false
	}
}

// live draws the line again and again, if standard error is a terminal, until
// stop, which wipes it.
func (s *screen) live(line func() string) (stop func()) {
	if !s.stderr.terminal || os.Getenv("TERM") == "dumb" {
		return func() {}
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		tick := time.NewTicker(redrawEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.draw(line())
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wipe(s.stderr)
	}
}

func (s *screen) draw(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inside {
		return
	}
	if w := width(s.stderr.file); len(line) >= w {
		line = line[:max(0, w-1)]
	}
	io.WriteString(s.stderr.file, erase+line)
	s.drawn = true
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	return err == nil
}

// width of a terminal, in columns; 80 if it does not say.
func width(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return 80
	}
	return int(size.Col)
}
