package embed

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// The disk of a program of its own is really filled by package chaos, and that of
// skein serve by a script of cmd/skein-cluster.

// begun is a server that tells in the channel why it takes nothing.
func begun(t *testing.T) (*local, <-chan error) {
	t.Helper()
	told := make(chan error, 10)
	own := config{dir: t.TempDir(), fast: true, halt: func(why error) { told <- why }}
	l, nc, err := own.begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	t.Cleanup(nc.Close)
	return l, told
}

func next(t *testing.T, told <-chan error) error {
	t.Helper()
	select {
	case why := <-told:
		return why
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was told")
		return nil
	}
}

func TestAServerThatSaysItCannotWriteIsStartedAgainWhenThereIsRoom(t *testing.T) {
	l, told := begun(t)
	first := l.now()
	dir := l.dir
	l.dir = filepath.Join(dir, "nosuch") // where nothing can be written
	first.Errorf("Filestore [%s] Critical write error: %v", "SKEIN_TASKS", &fs.PathError{Op: "write", Path: "1.blk", Err: syscall.ENOSPC})
	if why := next(t, told); !errors.Is(why, syscall.ENOSPC) {
		t.Errorf("told %v", why)
	}
	if why := l.why(); why == "" {
		t.Error("nobody who asks is told why it takes nothing")
	}
	first.Errorf("JetStream failed to store a msg on stream: %v", syscall.ENOSPC) // as for each message
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if why := next(t, told); why != nil {
		t.Errorf("told %v", why)
	}
	if l.now() == nil || l.now() == first || l.why() != "" {
		t.Error("it was not started again")
	}
	second := l.now()
	l.mend(first, syscall.ENOSPC) // it was said late
	if l.now() != second || len(told) > 0 {
		t.Error("the next one was started again for what the first had said")
	}
}

func TestAServerThatWaitsForRoomCanBeClosed(t *testing.T) {
	l, told := begun(t)
	l.dir = filepath.Join(l.dir, "nosuch")
	l.now().Errorf("Filestore [x] Critical write error: %v", syscall.EIO)
	if why := next(t, told); !errors.Is(why, syscall.EIO) {
		t.Errorf("told %v", why)
	}
	l.close()
	if l.now() != nil {
		t.Error("it runs")
	}
}

func TestWhatAServerSaysBesideIsNoHalt(t *testing.T) {
	var heard []string
	e := &ear{halted: func(_ *server.Server, why error) { heard = append(heard, why.Error()) }}
	e.Errorf("TLS handshake error: %v", errors.New("EOF"))
	e.Errorf("JetStream resource limits exceeded for server")
	e.Warnf("write error")
	e.Errorf(`127.0.0.1:4711 - cid:9 - "v1.0:go:write error" - Publish Violation - Subject "x"`) // a worker's name for itself
	if len(heard) > 0 {
		t.Errorf("heard %q", heard)
	}
	for format, v := range map[string][]any{
		"Filestore [%s] Critical write error: %v":                 {"x", syscall.EIO},
		"JetStream failed to store a msg on stream '%s > %s': %v": {"a", "s", syscall.EIO},
	} {
		if why := haltedBy(format, v); why != error(syscall.EIO) {
			t.Errorf("%q: %v", format, why)
		}
	}
	if why := haltedBy("JetStream cluster meta group critical write error", nil); why == nil {
		t.Error("without an error it is none")
	}
}
