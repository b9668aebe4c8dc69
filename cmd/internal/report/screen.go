package report

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"golang.org/x/sys/unix"
)

// redrawEvery is how often the live view is drawn again, and plainEvery how
// often a line of it goes to a log.
const (
	redrawEvery = 100 * time.Millisecond
	plainEvery  = 5 * time.Second
)

// screen is where outputs, messages and the live view meet. The view is only
// drawn where nothing else stands, and is wiped before anything is written to
// a terminal. It changes no mode of the terminal, so nothing has to be set
// right when the program ends in whatever way.
type screen struct {
	mu     sync.Mutex // over all writing and drawing
	stdout *output
	stderr *output
	inside bool      // a terminal's cursor is in the middle of somebody's line
	drawn  []string  // the lines of the view that are to be seen
	last   []string  // those that were drawn last
	when   time.Time // and when
}

// output is standard output or standard error.
type output struct {
	file     *os.File
	terminal bool
	colours  bool // it is a terminal that shows them, and nobody minds
}

func newScreen(stdout, stderr *os.File) *screen {
	return &screen{
		stdout: newOutput(stdout),
		stderr: newOutput(stderr),
	}
}

func newOutput(f *os.File) *output {
	is := isTerminal(f)
	return &output{f, is, is && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// write writes a text as l has it.
func (s *screen) write(to *output, text io.WriterTo, l liner) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wiped := s.wipe(to)
	w := &lines{to: to.file, liner: l, plain: l.prefix == ""}
	_, err := text.WriteTo(w)
	if err == nil && l.whole && w.last != '\n' {
		_, err = io.WriteString(to.file, "\n")
		w.last = '\n'
	}
	if to.terminal {
		s.inside = w.last != '\n'
	}
	if wiped && time.Since(s.when) > redrawEvery/4 {
		s.show(s.last) // so that it does not flicker
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

// wipe takes the view off the terminal, if that is where the output goes.
func (s *screen) wipe(to *output) (wiped bool) {
	if s.drawn == nil || !to.terminal {
		return false
	}
	io.WriteString(s.stderr.file, s.eraser())
	s.drawn = nil
	return true
}

// eraser clears the view line by line and goes to where it began. (To clear
// all from there on, when that is the top of the screen, makes tmux keep what
// it clears in its history.) If the terminal has become narrower since, it has
// broken the lines.
func (s *screen) eraser() string {
	columns, _ := size(s.stderr.file)
	up := -1
	for _, line := range s.drawn {
		up += max(1, (runewidth.StringWidth(line)+columns-1)/columns)
	}
	return "\r\x1b[2K" + strings.Repeat("\x1b[A\x1b[2K", max(0, up))
}

// live draws the view again and again until stop, which wipes it.
func (s *screen) live(view func(columns, lines int) []string) (stop func()) {
	end := every(redrawEvery, func() { s.draw(view(size(s.stderr.file))) })
	return func() {
		end()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wipe(s.stderr)
	}
}

// every calls f again and again until stop, which waits for it.
func every(d time.Duration, f func()) (stop func()) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				f()
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

func (s *screen) draw(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.show(lines)
}

// show draws the view where it stands or, if it does not, below all else.
func (s *screen) show(lines []string) {
	if s.inside || len(lines) == 0 {
		return
	}
	before := ""
	if s.drawn != nil {
		before = s.eraser()
	}
	io.WriteString(s.stderr.file, before+"\x1b[0m"+strings.Join(lines, "\r\n"))
	s.drawn, s.last, s.when = lines, lines, time.Now()
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	return err == nil
}

// size of a terminal, in columns and lines; 80 and 24 if it does not say.
func size(f *os.File) (columns, lines int) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 || size.Row == 0 {
		return 80, 24
	}
	return int(size.Col), int(size.Row)
}
