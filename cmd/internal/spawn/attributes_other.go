//go:build !linux || skein_portable

package spawn

import "syscall"

func attributes(terminal bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: terminal, Ctty: 1}
}
