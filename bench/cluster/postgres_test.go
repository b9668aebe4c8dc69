package bench

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// startPostgres starts a PostgreSQL with an empty database, and connects to it.
// A commit is on the disk when it is acknowledged, which is its default; it has
// the memory that it likes, and writes its log's files anew as rarely as it can.
func startPostgres(b testing.TB) *pgxpool.Pool {
	programs, err := postgresPrograms()
	if err != nil {
		b.Fatal(err)
	}
	dir, as := postgresDir(b)
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(programs, "initdb"), "--pgdata", data, "--username", "bench", "--auth", "trust", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		b.Fatalf("initdb: %v: %s", err, out)
	}
	server := exec.Command(filepath.Join(programs, "postgres"), "-D", data, "-k", dir,
		"-c", "listen_addresses=", "-c", "max_connections=200", "-c", "log_min_messages=panic",
		"-c", "shared_buffers=1GB", "-c", "wal_buffers=64MB", "-c", "checkpoint_timeout=1h",
		"-c", "min_wal_size=2GB", "-c", "max_wal_size=8GB")
	server.Dir, server.SysProcAttr = dir, as
	start(b, server, syscall.SIGQUIT) // it need not tidy up
	pool, err := pgxpool.New(b.Context(), fmt.Sprintf("host=%s user=bench dbname=postgres pool_max_conns=100", dir))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	eventually(b, "connect to PostgreSQL", func() error { return pool.Ping(b.Context()) })
	return pool
}

// postgresPrograms is where they are: Debian has them in no one's path.
func postgresPrograms() (dir string, err error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL is not installed (%w)", err)
	}
	return filepath.Dir(found[len(found)-1]), err
}

// postgresDir makes a directory for it. It refuses to run as root, so then it
// runs as the user that its package has made.
func postgresDir(b testing.TB) (dir string, as *syscall.SysProcAttr) {
	dir, err := os.MkdirTemp("", "skein-postgres-") // nobody else comes into the benchmark's own
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	as = &syscall.SysProcAttr{}
	if os.Geteuid() != 0 {
		return dir, as
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		b.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		b.Fatal(err)
	}
	return dir, as
}
