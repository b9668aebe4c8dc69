package top_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/top"
)

// terminal opens a pseudo-terminal of 80 columns and 24 lines.
func terminal(t *testing.T) (master, tty *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	return master, tty
}

// seat is a user before a terminal.
type seat struct {
	t      *testing.T
	master *os.File
	ended  chan error
	mu     sync.Mutex
	seen   strings.Builder
	news   chan struct{} // something was written
}

// sit starts the view of one or more runs.
func sit(t *testing.T, ids ...string) *seat {
	master, tty := terminal(t)
	s := &seat{t: t, master: master, ended: make(chan error, 1), news: make(chan struct{}, 1)}
	go s.read()
	go func() {
		err := top.Show(ids, tea.WithInput(tty), tea.WithOutput(tty), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
		tty.Close()
		s.ended <- err
	}()
	return s
}

func (s *seat) read() {
	b := make([]byte, 4096)
	for {
		n, err := s.master.Read(b)
		s.mu.Lock()
		s.seen.Write(b[:n])
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// sees waits until a text has appeared.
func (s *seat) sees(text string) {
	s.t.Helper()
	late := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		seen := s.seen.String()
		s.mu.Unlock()
		if strings.Contains(seen, text) {
			return
		}
		select {
		case <-s.news:
		case <-late:
			s.t.Fatalf("%q never appeared in\n%q", text, seen)
		}
	}
}

func (s *seat) types(keys string) {
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *seat) leaves() {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Error(err)
		}
	case <-time.After(20 * time.Second):
		s.t.Fatal("it goes on")
	}
}

// await waits for what a run was told to do.
func await(t *testing.T, told <-chan string, want string) {
	t.Helper()
	select {
	case got := <-told:
		if got != want {
			t.Errorf("told to %s, want %s", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("not told to %s", want)
	}
}

// run is one that goes on, with two tasks, and tells what it is told.
func run(t *testing.T, id string) (server *attach.Server, told chan string) {
	t.Helper()
	told = make(chan string, 8)
	b := &attach.Board{}
	for range b.Watch(slices.Values([]task.Event{
		{Kind: task.Started, Time: time.Unix(1, 0), Spec: task.Spec{Seq: 1}, Command: task.Command{Name: "first"}},
		{Kind: task.Started, Time: time.Unix(2, 0), Spec: task.Spec{Seq: 2}, Command: task.Command{Name: "evil\x1b]0;title\a"}},
	})) {
	}
	server, err := attach.Listen(attach.Run{ID: id}, b, attach.Hands{
		Limit:    func() int { return 4 },
		SetLimit: func(n int) { told <- fmt.Sprint("limit ", n) },
		Cancel:   func(seq int) bool { told <- fmt.Sprint("cancel ", seq); return true },
		Stop:     func() { told <- "stop" },
		Output:   func(seq int) []byte { return fmt.Appendf(nil, "step 1\r\x1b[31mstep\t%d\x1b[0m\n", seq) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server, told
}

func TestShow(t *testing.T) {
	t.Run("keys change the run, and what cannot be taken back is asked about", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		_, told := run(t, "r1")
		s := sit(t, "r1")
		s.sees("first")
		s.types("+")
		await(t, told, "limit 5")
		s.types("-")
		await(t, told, "limit 3")
		s.types("jc")
		s.sees("cancel task 2?")
		s.types("ncy")
		await(t, told, "cancel 2")
		s.types("s")
		s.sees("stop the run")
		s.types("y")
		await(t, told, "stop")
		s.types("q")
		s.leaves()
		s.sees("\x1b[?1049l") // the screen is given back
	})
	t.Run("what a task has written is shown, and is no order to the terminal", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		run(t, "r1")
		s := sit(t, "r1")
		s.sees("first")
		s.types("j\r")
		s.sees("the end of what task 2 has written")
		s.sees("step    2")
		s.types("q")
		s.leaves()
		s.mu.Lock()
		defer s.mu.Unlock()
		if strings.Contains(s.seen.String(), "\x1b[31m") {
			t.Error("a colour of the task's came through")
		}
	})
	t.Run("a name is no order to the terminal", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		run(t, "r1")
		s := sit(t, "r1")
		s.sees("evil?]0;title?")
		s.types("q")
		s.leaves()
	})
	t.Run("of several runs one is chosen", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		run(t, "r1")
		_, told := run(t, "r2")
		s := sit(t, "r1", "r2")
		s.sees("runs that go on")
		s.types("j\r")
		s.sees("first")
		s.types("+")
		await(t, told, "limit 5")
		s.types("q")
		s.leaves()
	})
	t.Run("it ends with the run", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		server, _ := run(t, "r1")
		s := sit(t, "r1")
		s.sees("first")
		server.Close()
		s.leaves()
	})
}
