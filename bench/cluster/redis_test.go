package bench

import (
	"net"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// startRedis starts a Redis and returns its socket. fsync is when it syncs its
// log: always, as much as it takes to outlive a power cut, or everysec. It
// writes no snapshots, and rewrites no log, which would only cost.
func startRedis(b testing.TB, fsync string) string {
	dir := b.TempDir()
	socket := filepath.Join(dir, "redis.sock")
	start(b, exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--dir", dir,
		"--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-percentage", "0", "--save", "",
		"--loglevel", "warning", "--logfile", filepath.Join(dir, "log")), syscall.SIGTERM)
	eventually(b, "connect to Redis", func() error {
		c, err := net.Dial("unix", socket)
		if err == nil {
			c.Close()
		}
		return err
	})
	return socket
}
