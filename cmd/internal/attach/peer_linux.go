package attach

import (
	"os"

	"golang.org/x/sys/unix"
)

// samePeer says whether the other end is a program of this user.
func samePeer(fd int) bool {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	return err == nil && int(peer.Uid) == os.Getuid()
}
