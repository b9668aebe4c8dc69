package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// process is one that the harness has started: this program, in a role.
type process struct {
	part    part
	cmd     *exec.Cmd
	ready   chan struct{} // closed when it says that it is
	ended   chan struct{} // closed when it has been reaped
	err     error         // how it ended; read after ended
	wounded atomic.Bool   // we ended it
}

// patience is how long a process may take until it is ready.
const patience = 30 * time.Second

// start starts one, and returns when it is ready. In a network namespace, if
// there is one. What it says on standard error goes to w.
func start(namespace string, p part, w io.Writer) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	argv := []string{self}
	if namespace != "" {
		argv = []string{"ip", "netns", "exec", namespace, self} // which replaces itself: the pid is ours
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), variable+"="+string(text))
	cmd.Stderr = w
	if _, err := cmd.StdinPipe(); err != nil { // closed when we end: then it does
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	x := &process{part: p, cmd: cmd, ready: make(chan struct{}), ended: make(chan struct{})}
	go x.follow(out)
	select {
	case <-x.ready:
		return x, nil
	case <-x.ended:
		return nil, fmt.Errorf("%s ended before it was ready: %w", p.Role, x.err)
	case <-time.After(patience):
		x.kill()
		return nil, fmt.Errorf("%s is not ready after %v", p.Role, patience)
	}
}

func (x *process) follow(out io.Reader) {
	lines := bufio.NewScanner(out)
	if lines.Scan() {
		close(x.ready)
	}
	for lines.Scan() {
	}
	x.err = x.cmd.Wait()
	close(x.ended)
}

func (x *process) pid() int { return x.cmd.Process.Pid }

// kill is kill -9. It returns when there is nothing left of it.
func (x *process) kill() {
	x.wounded.Store(true)
	x.cmd.Process.Kill()
	<-x.ended
}

// drain asks it to end, and waits for that.
func (x *process) drain() {
	x.wounded.Store(true)
	x.cmd.Process.Signal(syscall.SIGTERM)
	<-x.ended
}

// stop has it stand still until it is continued.
func (x *process) stop()    { x.cmd.Process.Signal(syscall.SIGSTOP) }
func (x *process) carryOn() { x.cmd.Process.Signal(syscall.SIGCONT) }
