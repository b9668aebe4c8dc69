package bench

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// start starts a server that ends with the benchmark, by the signal that it is
// ended with best; also if we are killed.
func start(b testing.TB, cmd *exec.Cmd, end syscall.Signal) {
	b.Helper()
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = end
	cmd.SysProcAttr.Setpgid = true // an interrupt from the terminal is for us
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Signal(end)
		cmd.Wait()
	})
}

// eventually tries until f succeeds.
func eventually(b testing.TB, what string, f func() error) {
	b.Helper()
	var err error
	for late := time.Now().Add(30 * time.Second); time.Now().Before(late); {
		if err = f(); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond) // a process starts in its own time
	}
	b.Fatal(fmt.Errorf("%s: %w", what, err))
}
