//go:build !skein_portable

package spawn

import "syscall"

func attributes(terminal bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL, Setctty: terminal, Ctty: 1}
}
