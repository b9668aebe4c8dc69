package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Size is how large a run is.
type Size struct {
	Tasks int           // that are submitted
	Rate  int           // how many of them each second
	Lease time.Duration // of the workers
	Task  time.Duration // what each takes
	Once  bool          // break it once, where a fault would do so a few times
}

// stage is a cluster that is to be broken: its processes, and what was done to
// them.
type stage struct {
	Size
	dir     string
	r       *rand.Rand // chooses the moments and the victims
	base    part       // what all parts have in common
	stderr  *os.File
	nodes   []*node
	workers []*process
	net     *network // nil: all listen on the loopback
	mounted string   // a disk that was made

	over chan struct{} // closed when the owner has ended, or could not
	err  error         // why it could not; read after over

	mu     sync.Mutex
	owner  *process
	razing bool // no other owner is wanted
	blows  []blow
}

// blow is a fault that has happened.
type blow struct {
	pid      int       // of the worker; 0: it was not one
	from, to time.Time // while it lasted
	since    time.Time // from when on it can be recovered from
	harmless bool      // no task may be executed again because of it
}

const (
	slots     = 16
	inNetwork = "10.0.0." // in namespaces of our own: nobody else is there
)

// raise starts servers and workers.
func raise(dir string, f Fault, size Size, seed uint64, r *rand.Rand) (*stage, error) {
	s := &stage{Size: size, dir: dir, r: r, over: make(chan struct{})}
	logs := filepath.Join(dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		return nil, err
	}
	var err error
	if s.stderr, err = os.Create(filepath.Join(logs, "stderr")); err != nil {
		return nil, err
	}
	s.base = part{Logs: logs, Lease: size.Lease, Task: size.Task, Slots: slots, Tasks: size.Tasks, Rate: size.Rate, Seed: seed, Replicas: max(1, f.nodes), MaxBytes: f.maxBytes}
	if f.network {
		if s.net, err = newNetwork(f.nodes); err != nil {
			return s, err
		}
	}
	if err := s.plan(f); err != nil {
		return s, err
	}
	if f.prepare != nil {
		if err := f.prepare(s); err != nil {
			return s, err
		}
	}
	return s, s.populate()
}

// startWorker starts the worker of a place. In a network of its own each lives
// beside a server, and is cut off with it.
func (s *stage) startWorker(i int) (err error) {
	p := s.base
	p.Role, p.Name = "worker", fmt.Sprint("w", i)
	namespace := ""
	if s.net != nil {
		namespace = s.net.node(i)
	}
	s.workers[i], err = start(namespace, p, s.stderr)
	return err
}

func (s *stage) hub() string {
	if s.net == nil {
		return ""
	}
	return s.net.hub()
}

// begin has the owner started, and another one whenever it was killed.
func (s *stage) begin() error {
	p := s.base
	p.Role = "owner"
	x, err := start(s.hub(), p, s.stderr)
	if err != nil {
		return err
	}
	s.owner = x
	go func() {
		defer close(s.over)
		for {
			<-x.ended
			if s.mu.Lock(); s.razing {
				s.mu.Unlock()
				return
			}
			s.mu.Unlock()
			if !x.wounded.Load() {
				s.err = x.err
				return
			}
			if x, s.err = start(s.hub(), p, s.stderr); s.err != nil {
				return
			}
			s.mu.Lock()
			s.owner = x
			if s.razing {
				x.cmd.Process.Kill()
			}
			s.mu.Unlock()
		}
	}()
	return nil
}

// after waits, and reports whether the owner is still at it.
func (s *stage) after(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.over:
		return false
	}
}

// within is a random time from a to b.
func (s *stage) within(a, b time.Duration) time.Duration {
	return a + time.Duration(s.r.Int64N(int64(b-a)+1))
}

// length is how long submitting takes if nothing disturbs it.
func (s *stage) length() time.Duration {
	return time.Duration(s.Tasks) * time.Second / time.Duration(s.Rate)
}

// times is how often to do what is done so many times.
func (s *stage) times(n int) int {
	if s.Once {
		return 1
	}
	return n
}

// note notes a fault that is over.
func (s *stage) note(b blow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blows = append(s.blows, b)
}

// finish waits for the owner, and reads all outcomes once more.
func (s *stage) finish(ctx context.Context) error {
	select {
	case <-s.over:
	case <-ctx.Done():
		return errors.New("it does not come to an end")
	}
	if s.err != nil {
		return fmt.Errorf("the owner: %w", s.err)
	}
	p := s.base
	p.Role = "reader"
	x, err := start(s.hub(), p, s.stderr)
	if err != nil {
		return err
	}
	select {
	case <-x.ended:
		return x.err
	case <-ctx.Done():
		x.kill()
		return errors.New("who reads once more does not come to an end")
	}
}

// raze ends all that was started.
func (s *stage) raze() {
	s.mu.Lock()
	owner := s.owner
	s.razing = true
	s.mu.Unlock()
	if owner != nil {
		owner.cmd.Process.Kill()
		<-s.over
	}
	for _, w := range s.workers {
		if w != nil {
			w.kill()
		}
	}
	for _, n := range s.nodes {
		if n.process != nil {
			n.kill()
		}
	}
	if s.net != nil {
		s.net.remove()
	}
	if s.mounted != "" {
		if err := syscall.Unmount(s.mounted, 0); err != nil {
			fmt.Fprintln(os.Stderr, "unmount", s.mounted, err)
		}
	}
	s.stderr.Close()
}
