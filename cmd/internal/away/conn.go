package away

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/usage"
)

// Conn is a run of a cluster that is open. It belongs to one goroutine.
type Conn struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	to      *json.Encoder
	replies chan Reply // closed when the other program has ended, or says nonsense
	gone    error      // why it was closed, written before
}

// Dial starts the program, which is skein-cluster, and has it open the run. An
// error says why that cannot be done; nothing has run then.
func Dial(ctx context.Context, program string, args []string, o Open) (*Conn, error) {
	c := &Conn{cmd: exec.Command(program, args...), replies: make(chan Reply, 64)}
	c.cmd.Stderr = os.Stderr
	// A ctrl-C is for us: what is to become of the run is ours to say.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	c.to = json.NewEncoder(c.stdin)
	go c.read(stdout)
	c.say(Request{Open: &o})
	select {
	case r, ok := <-c.replies:
		switch {
		case !ok:
			err = c.gone
		case r.Error != "":
			err = usage.Errorf(r.Hint, "%s", r.Error)
		case r.Opened:
			return c, nil
		default:
			err = fmt.Errorf("%s does not say that it has opened the run", program)
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	c.end()
	return nil, err
}

// read reads what the other program says.
func (c *Conn) read(from io.Reader) {
	defer close(c.replies)
	d := json.NewDecoder(from)
	for {
		var r Reply
		if err := d.Decode(&r); err != nil {
			c.gone = fmt.Errorf("skein-cluster has ended (%w)", err)
			return
		}
		c.replies <- r
	}
}

// say says something. That it cannot be heard is seen when replies end.
func (c *Conn) say(r Request) { c.to.Encode(r) }

// lastWords is how long the other program may take to end.
const lastWords = time.Minute

// end ends the other program. What it has not been told to cancel goes on.
func (c *Conn) end() {
	c.stdin.Close()
	late := time.AfterFunc(lastWords, func() { c.cmd.Process.Kill() })
	defer late.Stop()
	for range c.replies { // else it could not say what it still says
	}
	c.cmd.Wait()
}
