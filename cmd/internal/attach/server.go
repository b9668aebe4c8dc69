package attach

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

const suffix = ".sock"

// errFixed is the answer where a hand is missing.
var errFixed = errors.New("this run cannot be changed so")

// Server answers those who look into one run.
type Server struct {
	run   Run
	board *Board
	hands Hands
	path  string

	listener *os.File
	group    sync.WaitGroup

	mu    sync.Mutex
	conns map[*os.File]bool // nil: closed
}

// Listen lets others look into a run, until Close.
func Listen(run Run, board *Board, hands Hands) (*Server, error) {
	dir, err := Home()
	if err != nil {
		return nil, err
	}
	s := &Server{run: run, board: board, hands: hands, path: filepath.Join(dir, run.ID+suffix), conns: map[*os.File]bool{}}
	// Under its name a socket always has a listener, or is that of a dead
	// run. It would not be so between bind and listen, and Runs could remove it.
	unready := filepath.Join(dir, "."+run.ID)
	s.listener, err = listen(unready)
	if err != nil {
		return nil, err
	}
	if err := publish(unready, s.path); err != nil {
		s.listener.Close()
		os.Remove(unready)
		return nil, err
	}
	s.group.Go(s.accept)
	return s, nil
}

func publish(unready, path string) error {
	if err := os.Chmod(unready, 0o600); err != nil {
		return err
	}
	return os.Rename(unready, path)
}

// Close hangs up on everybody and removes the socket.
func (s *Server) Close() {
	os.Remove(s.path)
	s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		conn.Close()
	}
	s.conns = nil
	s.mu.Unlock()
	s.group.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := accept(s.listener)
		if err != nil {
			return
		}
		if !s.keep(conn) {
			conn.Close()
			continue
		}
		s.group.Go(func() { s.serve(conn) })
	}
}

func (s *Server) keep(conn *os.File) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return false
	}
	s.conns[conn] = true
	return true
}

func (s *Server) serve(conn *os.File) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	for {
		var q Request
		if err := in.Decode(&q); err != nil {
			out.Encode(Reply{Error: "cannot read the request: " + err.Error()}) // whoever hung up does not get it
			return
		}
		if out.Encode(s.answer(q)) != nil {
			return
		}
	}
}

func (s *Server) answer(q Request) Reply {
	if err := s.do(q); err != nil {
		return Reply{Error: err.Error()}
	}
	state := s.board.State()
	state.Run, state.Limit = s.run, s.hands.Limit()
	if q.After != nil {
		state.Ended, state.Next = s.board.Since(*q.After)
	}
	if q.Do == "state" && q.Task != 0 && s.hands.Output != nil {
		state.Output = s.hands.Output(q.Task)
	}
	return Reply{State: &state}
}

func (s *Server) do(q Request) error {
	switch q.Do {
	case "state":
	case "limit":
		if q.Limit == nil || *q.Limit < 0 || *q.Limit > 1_000_000 {
			return fmt.Errorf("limit: not a number of tasks")
		}
		if s.hands.SetLimit == nil {
			return errFixed
		}
		s.hands.SetLimit(*q.Limit)
	case "cancel":
		if s.hands.Cancel == nil {
			return errFixed
		}
		if !s.hands.Cancel(q.Task) {
			return fmt.Errorf("task %d does not run", q.Task)
		}
	case "stop":
		if s.hands.Stop == nil {
			return errFixed
		}
		s.hands.Stop()
	default:
		return fmt.Errorf("%.100q: no such request", q.Do)
	}
	return nil
}
