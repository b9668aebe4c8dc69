package attach_test

import (
	"encoding/json"
	"errors"
	"iter"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/task"
)

// listen serves a board in a directory of the test's own.
func listen(t *testing.T, b *attach.Board, h attach.Hands) {
	t.Helper()
	s, err := attach.Listen(attach.Run{ID: "r1", PID: os.Getpid(), Begun: time.Now(), Args: []string{"sleep"}}, b, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
}

func dial(t *testing.T) *attach.Client {
	t.Helper()
	c, err := attach.Dial("r1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// home is the directory of the sockets, the test's own.
func home(t *testing.T) string {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir, err := attach.Home()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func pass(b *attach.Board, events ...task.Event) (n int) {
	for range b.Watch(slices.Values(events)) {
		n++
	}
	return n
}

func started(seq int) task.Event {
	return task.Event{Kind: task.Started, Time: time.Unix(int64(seq), 0), Spec: task.Spec{Seq: seq}, Command: task.Command{Name: "n"}, Slot: 1, Attempt: 1, PID: 9}
}

func finished(seq int, o task.Outcome) task.Event {
	return task.Event{Kind: task.Finished, Spec: task.Spec{Seq: seq}, Outcome: o}
}

func TestBoard(t *testing.T) {
	t.Run("what runs is listed, the eldest first, and what has ended counted", func(t *testing.T) {
		var b attach.Board
		n := pass(&b, started(3), started(1), started(2), finished(1, task.Failed), finished(9, task.Skipped),
			task.Event{Kind: task.Retried, Spec: task.Spec{Seq: 3}}, started(3), task.Event{Kind: task.Halted, Err: errors.New("enough")})
		s := b.State()
		if n != 8 || s.Active != 2 || s.Running[0].Task != 2 || s.Running[1].Task != 3 {
			t.Errorf("%d events, %+v", n, s)
		}
		if s.Counts[task.Failed] != 1 || s.Counts[task.Skipped] != 1 || s.Retried != 1 || s.Halted != "enough" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("the last that have ended are known, with how", func(t *testing.T) {
		var b attach.Board
		for i := range 1500 {
			failed := finished(i+1, task.Failed)
			failed.ExitStatus = 3
			pass(&b, started(i+1), failed)
		}
		pass(&b, finished(1501, task.Skipped))
		all, next := b.Since(0)
		if len(all) != 1000 || next != 1500 || all[0].Task != 501 || all[999].Task != 1500 || all[0].Why != "exit status 3" {
			t.Errorf("%d, next %d, %+v", len(all), next, all[0])
		}
		if all, next := b.Since(1498); len(all) != 2 || next != 1500 || all[0].Task != 1499 {
			t.Errorf("%+v, next %d", all, next)
		}
		if all, next := b.Since(2000); len(all) != 0 || next != 1500 {
			t.Errorf("%+v, next %d", all, next)
		}
	})
	t.Run("leaving the loop leaves that of the events", func(t *testing.T) {
		left := false
		var events iter.Seq[task.Event] = func(yield func(task.Event) bool) { left = !yield(started(1)) }
		for range new(attach.Board).Watch(events) {
			break
		}
		if !left {
			t.Error("it goes on")
		}
	})
	t.Run("a thousand are listed, all are counted", func(t *testing.T) {
		var b attach.Board
		for i := range 1500 {
			pass(&b, started(i+1))
		}
		if s := b.State(); s.Active != 1500 || len(s.Running) != 1000 {
			t.Errorf("%d, %d", s.Active, len(s.Running))
		}
	})
}

func TestServer(t *testing.T) {
	t.Run("the directory has mode 0700 and the socket 0600", func(t *testing.T) {
		dir := home(t)
		listen(t, &attach.Board{}, attach.Hands{Limit: func() int { return 1 }})
		for name, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "r1.sock"): 0o600} {
			if info, err := os.Lstat(name); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	})
	t.Run("each request does what it says and is answered", func(t *testing.T) {
		home(t)
		var limit, cancelled, stopped atomic.Int32
		limit.Store(2)
		b := &attach.Board{}
		listen(t, b, attach.Hands{
			Limit: func() int { return int(limit.Load()) }, SetLimit: func(n int) { limit.Store(int32(n)) },
			Cancel: func(seq int) bool { cancelled.Store(int32(seq)); return seq == 7 }, Stop: func() { stopped.Add(1) },
		})
		pass(b, started(7))
		c, five, minus := dial(t), 5, -1
		for _, row := range []struct {
			q    attach.Request
			want string // in the error; empty: none
		}{
			{attach.Request{Do: "state"}, ""},
			{attach.Request{Do: "limit", Limit: &five}, ""},
			{attach.Request{Do: "limit", Limit: &minus}, "not a number of tasks"},
			{attach.Request{Do: "limit"}, "not a number of tasks"},
			{attach.Request{Do: "cancel", Task: 8}, "task 8 does not run"},
			{attach.Request{Do: "cancel", Task: 7}, ""},
			{attach.Request{Do: "stop"}, ""},
			{attach.Request{Do: "dance"}, "no such request"},
		} {
			s, err := c.Ask(row.q)
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("%+v: %v", row.q, err)
			}
			if err == nil && (s.ID != "r1" || s.Limit != int(limit.Load()) || s.Active != 1) {
				t.Errorf("%+v: %+v", row.q, s)
			}
		}
		if limit.Load() != 5 || cancelled.Load() != 7 || stopped.Load() != 1 {
			t.Errorf("limit %d, cancelled %d, stopped %d", limit.Load(), cancelled.Load(), stopped.Load())
		}
	})
	t.Run("what cannot be read is told, and ends the connection", func(t *testing.T) {
		dir := home(t)
		listen(t, &attach.Board{}, attach.Hands{Limit: func() int { return 1 }})
		conn, err := net.Dial("unix", filepath.Join(dir, "r1.sock"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("hello\n")); err != nil {
			t.Fatal(err)
		}
		var r attach.Reply
		in := json.NewDecoder(conn)
		if err := in.Decode(&r); err != nil || !strings.Contains(r.Error, "cannot read") {
			t.Errorf("%+v, %v", r, err)
		}
		if err := in.Decode(&r); err == nil {
			t.Error("it goes on")
		}
	})
	t.Run("closing hangs up on who looks", func(t *testing.T) {
		home(t)
		s, err := attach.Listen(attach.Run{ID: "r1"}, &attach.Board{}, attach.Hands{Limit: func() int { return 1 }})
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t)
		if _, err := c.Ask(attach.Request{Do: "state"}); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if _, err := c.Ask(attach.Request{Do: "state"}); err == nil {
			t.Error("it still answers")
		}
		if ids, err := attach.Runs(); len(ids) > 0 || err != nil {
			t.Errorf("%v, %v", ids, err)
		}
	})
}

func TestHome(t *testing.T) {
	t.Run("what a dead run left is removed, and what lives is listed", func(t *testing.T) {
		dir := home(t)
		dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "r0.sock"), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		dead.SetUnlinkOnClose(false)
		dead.Close()
		listen(t, &attach.Board{}, attach.Hands{Limit: func() int { return 1 }})
		if ids, err := attach.Runs(); err != nil || !slices.Equal(ids, []string{"r1"}) {
			t.Errorf("%v, %v", ids, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, "r0.sock")); !os.IsNotExist(err) {
			t.Errorf("the dead one's: %v", err)
		}
	})
	t.Run("a directory that others can get into is refused", func(t *testing.T) {
		dir := home(t)
		if err := os.Chmod(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if _, err := attach.Home(); err == nil || !strings.Contains(err.Error(), "others can get in") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a link is refused", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("XDG_RUNTIME_DIR", dir)
		if err := os.Symlink(t.TempDir(), filepath.Join(dir, "skein")); err != nil {
			t.Fatal(err)
		}
		if _, err := attach.Home(); err == nil {
			t.Error("it is taken")
		}
	})
}

func BenchmarkWatch(b *testing.B) {
	var board attach.Board
	events := make([]task.Event, 0, 2000)
	for i := range 1000 {
		events = append(events, started(i+1), finished(i+1, task.Succeeded))
	}
	for b.Loop() {
		pass(&board, events...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}
