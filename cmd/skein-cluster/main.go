// Command skein-cluster is skein serve, worker, tasks and doctor, and skein top
// --on, which start it. It is a program of its own, as linking a server would slow
// down the start of every run.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/pflag"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/local"
	"example.com/skein/cmd/internal/usage"
)

const help = `usage: skein-cluster serve|worker|tasks|doctor|top ...

skein serve, worker, tasks and doctor, and skein top --on start this. Nobody has to
call it: see skein serve --help and the others'.
`

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(begin(os.Args[1:])) }

// begin is the program but for the exit.
func begin(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, help)
		return exitUsage
	}
	switch {
	case args[0] == "serve" && len(args) > 1 && args[1] == "token":
		return token(args[2:])
	case args[0] == "serve":
		return serve(args[1:])
	case args[0] == "worker":
		return worker(args[1:])
	case args[0] == "away":
		return serveAway()
	case args[0] == "web":
		return web(args[1:])
	case args[0] == "tasks":
		return runTasks(args[1:])
	case args[0] == "doctor":
		return runDoctor(args[1:])
	case args[0] == "top":
		return runTop(args[1:])
	case args[0] == local.GuardedWord && len(args) > 2 && local.Guarded(args[1]):
		return begin(args[2:])
	case args[0] == "--help" || args[0] == "-h":
		fmt.Print(help)
		return 0
	}
	usage.Tell(os.Stderr, "skein: ", usage.Errorf("skein serve and skein worker start this", "skein-cluster %s: not so", args[0]))
	return exitUsage
}

// parse reads the flags; done says that there is nothing more to do.
func parse(set *pflag.FlagSet, help string, args []string) (done bool, err error) {
	if err := set.Parse(args); err != nil {
		return false, usage.Errorf("skein "+set.Name()+" --help says what there is", "%v", err)
	}
	if wanted, _ := set.GetBool("help"); wanted {
		fmt.Print(help)
		return true, nil
	}
	return false, nil
}

// fail tells what is wrong, and gives the exit status: 2, once it has begun 1. A
// part of what is wrong may be what others wrote.
func fail(subcommand string, err error, status int) int {
	var e *usage.Error
	hint := ""
	if err = withHint(err); errors.As(err, &e) {
		hint = e.Hint
	}
	usage.Tell(os.Stderr, "skein: "+subcommand+": ", usage.Errorf(inert.Text(hint), "%s", inert.Text(err.Error())))
	return status
}

// withHint adds what to do about errors of the library.
func withHint(err error) error {
	var denied *cluster.DeniedError
	var little *cluster.NoRoomError
	hint := ""
	switch {
	case errors.Is(err, cluster.ErrKey):
		hint = "skein serve token NAME, where the server is, makes another key; skein serve token --list lists those that count"
	case errors.Is(err, cluster.ErrOtherServer):
		hint = "its directory was made anew, or the address leads to another: a key of that server is owner.key in its directory, or what skein serve token prints there"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		hint = "skein serve lets nobody in without a key: give the file of one instead of the address"
	case isTimeout(err):
		hint = "what answers there is no server of a cluster, or a very slow one"
	case errors.Is(err, cluster.ErrNoServer):
		hint = "skein serve runs one; where it cannot be reached by what it listens at, --advertise ADDR says what keys tell"
	case errors.Is(err, cluster.ErrNothing):
		hint = "the first run makes what it needs; an address may lead to another server than you mean"
	case errors.As(err, &little):
		hint = "make room there, or have skein serve keep its files on another disk: --dir D"
	case errors.Is(err, syscall.ENOSPC):
		hint = "make room on that disk, and start it again"
	case errors.As(err, &denied):
		hint = "the key is for other types of tasks: skein serve token --types command NAME makes one for commands"
	default:
		return err
	}
	return usage.Errorf(hint, "%v", err)
}

// isTimeout reports whether a connection was there, and nothing came.
func isTimeout(err error) bool {
	var late *net.OpError
	return errors.As(err, &late) && late.Op != "dial" && late.Timeout()
}

// stateDir is where a server keeps its files if nobody says it.
func stateDir() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "skein", "cluster"), nil
}

// guard lets another process of this program do the work, and guards it, as
// skein run does; done says that this has happened.
func guard() (status int, done bool) {
	if local.HasGuard() {
		return 0, false
	}
	status, err := local.Guard()
	return status, err == nil
}

// signals gives a context that is done at the first signal that ends programs,
// and a channel that is closed at the second.
func signals() (ctx context.Context, second <-chan struct{}, release func()) {
	return local.Signals(context.Background(), nil)
}

// none refuses arguments that are no flags.
func none(set *pflag.FlagSet) error {
	if set.NArg() == 0 {
		return nil
	}
	if looksLikeKey(set.Arg(0)) {
		return errInArguments
	}
	return usage.Errorf("skein "+set.Name()+" --help says what there is", "%s: it takes no arguments but flags", set.Arg(0))
}
