package chaos

import "time"

// The faults of one server and its clients.

var workerKilled = Fault{
	Name: "a worker of three killed every 0.3 s", bound: lease,
	play: func(s *stage) error {
		for until := time.Now().Add(s.length()); time.Now().Before(until) && s.after(300*time.Millisecond); {
			i := s.r.IntN(len(s.workers))
			w, now := s.workers[i], time.Now()
			w.kill()
			s.note(blow{pid: w.pid(), from: now, to: now, since: now})
			if err := s.startWorker(i); err != nil {
				return err
			}
		}
		return nil
	},
}

// A worker that is told to end gives back what it has: at once.
var workerDrained = Fault{
	Name: "a worker of three told to end every 0.5 s", bound: at(time.Second),
	play: func(s *stage) error {
		for until := time.Now().Add(s.length()); time.Now().Before(until) && s.after(500*time.Millisecond); {
			i := s.r.IntN(len(s.workers))
			w, now := s.workers[i], time.Now()
			w.drain()
			s.note(blow{pid: w.pid(), from: now, to: time.Now(), since: now, harmless: true})
			if err := s.startWorker(i); err != nil {
				return err
			}
		}
		return nil
	},
}

// It comes back as a zombie: others have its tasks by then.
var workerStopped = Fault{
	Name: "a worker stopped for 1 to 3 leases", bound: lease, rate: 50,
	play: func(s *stage) error {
		for range s.times(2) {
			if !s.after(s.within(s.length()/20, s.length()/5)) {
				return nil
			}
			w, now := s.workers[s.r.IntN(len(s.workers))], time.Now()
			w.stop()
			s.after(s.within(s.Lease, 3*s.Lease))
			w.carryOn()
			s.note(blow{pid: w.pid(), from: now, to: time.Now(), since: now})
		}
		return nil
	},
}

var serverKilled = Fault{
	Name: "the server killed, 0.5 s down", bound: lease,
	play: func(s *stage) error {
		for range s.times(3) {
			if !s.after(s.within(s.length()/20, s.length()/3)) {
				return nil
			}
			n, now := s.nodes[0], time.Now()
			n.kill()
			s.after(500 * time.Millisecond)
			if err := s.startNode(n); err != nil {
				return err
			}
			s.note(blow{from: now, to: time.Now(), since: time.Now()})
		}
		return nil
	},
}

// Who submits and waits is killed at any moment, and another one goes on: it
// reads again what the first has read.
var waiterKilled = Fault{
	Name: "who submits and waits killed", bound: lease,
	play: func(s *stage) error {
		for range s.times(5) {
			if !s.after(s.within(s.length()/50, s.length()/3)) {
				return nil
			}
			s.mu.Lock()
			x := s.owner
			s.mu.Unlock()
			now := time.Now()
			x.kill()
			next := x
			for next == x && s.after(5*time.Millisecond) { // until the other is ready
				s.mu.Lock()
				next = s.owner
				s.mu.Unlock()
			}
			s.note(blow{from: now, to: time.Now(), since: time.Now(), harmless: true})
		}
		return nil
	},
}
