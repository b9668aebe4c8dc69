package attach

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a run that is stopped or busy may take to answer.
const patience = 5 * time.Second

// Client is a connection to a run. Any goroutine may use it.
type Client struct {
	mu   sync.Mutex // of whoever asks, until the answer is there
	conn *os.File
	in   *json.Decoder
	out  *json.Encoder
}

// Runs are the ids of this user's runs that go on, the eldest first. What dead
// ones left behind is removed.
func Runs() ([]string, error) {
	dir, err := Home()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), suffix)
		if ok && !strings.HasPrefix(id, ".") && goesOn(filepath.Join(dir, entry.Name())) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func goesOn(path string) bool {
	conn, err := connect(path)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			os.Remove(path)
		}
		return false
	}
	conn.Close()
	return true
}

// Dial connects to a run.
func Dial(id string) (*Client, error) {
	dir, err := Home()
	if err != nil {
		return nil, err
	}
	conn, err := connect(filepath.Join(dir, filepath.Base(id)+suffix))
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, in: json.NewDecoder(conn), out: json.NewEncoder(conn)}, nil
}

// Close hangs up.
func (c *Client) Close() { c.conn.Close() }

// Ask sends a request and waits for its answer, for five seconds at most.
func (c *Client) Ask(q Request) (State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return State{}, err
	}
	if err := c.out.Encode(q); err != nil {
		return State{}, err
	}
	var r Reply
	if err := c.in.Decode(&r); err != nil {
		return State{}, err
	}
	if r.State == nil {
		return State{}, errors.New(r.Error)
	}
	return *r.State, nil
}
