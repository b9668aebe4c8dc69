//go:build unix

package skein_test

import (
	"context"
	"syscall"
)

func init() {
	stuckIn = append(stuckIn, stuck{"system call", "syscall", func(end <-chan struct{}) task {
		var p [2]int
		if err := syscall.Pipe(p[:]); err != nil {
			panic(err)
		}
		go func() { <-end; _ = syscall.Close(p[1]) }()
		return func(context.Context) error {
			_, err := syscall.Read(p[0], make([]byte, 1))
			_ = syscall.Close(p[0])
			return err
		}
	}})
}
