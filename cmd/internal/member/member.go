// Package member has what those who make up a cluster are told: the flags and
// the help of skein serve, worker, tasks and doctor. It knows nothing of clusters, so that
// skein, which starts skein-cluster for these, need not link one.
package member

import (
	"runtime"
	"time"

	"github.com/spf13/pflag"
)

// ServeHelp is the help of skein serve.
const ServeHelp = `usage: skein serve [flags]
       skein serve token [flags] NAME

Runs the server of a cluster, which keeps tasks and how they ended, until it gets
SIGTERM or SIGINT. It prints where it listens, and how others join. Everything is
encrypted, and nobody is let in without a key: they are made on the first start
and kept in the directory.

      --listen ADDR     where, as HOST:PORT; 127.0.0.1:4222 if it is not said.
                        :4222 is all addresses of the machine, port 0 a free one
      --advertise ADDR  what keys tell of where it is, HOST or HOST:PORT, if that
                        is not what it listens at
      --dir D           where its files are; one server at a time may have them.
                        $XDG_STATE_HOME/skein/cluster if it is not said. It needs
                        64 MiB there, and takes up to three quarters of what is
                        free at first, at most 3 GiB
      --fast            acknowledge before it is on the disk: a power cut loses up
                        to two minutes
      --workers N       run up to N commands at a time here too
      --allow-commands PROGRAMS
                        which they may run: see skein worker --help
      --web[=ADDR]      serve a page too, which shows runs, queues and workers in
                        a browser, cancels runs and submits dead tasks again. It
                        is at a free port of loopback, or at ADDR, for those who
                        know the address, which is printed
  -h, --help

skein serve token makes a worker's key named NAME and prints it: one line, which
is a secret. --dir must be that of the server, which may run.

      --types T,...     tasks of these types only; those of skein run are of the
                        type command
      --out FILE        write it to FILE, for this user alone, and print nothing
      --list            list the keys instead
      --revoke NAME     make one worthless instead; who works with it is cut off

The owner's key, with which everything may be done, is owner.key in the directory.

exit status
  0  ended by SIGTERM or SIGINT
  1  it could not go on
  2  wrong usage, or it could not start

examples
  a server for this machine alone, and a worker of it:
      skein serve
      skein serve token here --types command --out here.key
      skein worker --join here.key --allow-commands any
  one for others:
      skein serve --listen :4222 --advertise build.example.org
`

// WorkerHelp is the help of skein worker.
const WorkerHelp = `usage: skein worker --join FILE --allow-commands PROGRAMS [flags]

Joins a cluster and runs commands for it until it gets SIGTERM or SIGINT: then it
takes no more, gives back what it has not started, and waits for what runs.

      --join FILE       the key that skein serve token has made; - is standard
                        input. Without it the key itself is in SKEIN_JOIN. As an
                        argument it would be there for all to see. Servers of
                        one's own without keys: nats://HOST:4222,nats://OTHER:4222
      --allow-commands PROGRAMS
                        which programs may be run: names and absolute paths with
                        commas between them, or any. With a list a task brings no
                        environment. Whoever may submit can do with them what this
                        user can: a shell, or env, is as good as any
  -j, --jobs N          run up to N commands at a time; one per CPU if it is not
                        said
      --drain D         how long what runs may go on after SIGTERM, 1m if it is not
                        said; 0 is no limit. Then, or at a second signal, it is
                        ended, and goes to others when the lease ends
      --health ADDR     answer GET /healthz there: 200 while it works, 503 while it
                        drains or has no connection. :8080 is 127.0.0.1:8080
  -h, --help

What a command leaves behind, in a session of its own too, is ended when it has
ended, by SIGTERM and 5 seconds later by SIGKILL, which is printed. With skein run
--allow-background it lives as long as the worker. No process outlives that.

exit status
  0  ended by SIGTERM or SIGINT, and no task was given up
  1  tasks were given up, no server lets it in, or it could not go on
  2  wrong usage, or nobody can listen at --health ADDR

examples
  four at a time, any program:
      skein worker --join north.key -j 4 --allow-commands any
  with the key from somewhere else, and two programs only:
      pass show north | skein worker --join - --allow-commands convert,identify
`

func newSet(name string) *pflag.FlagSet {
	set := pflag.NewFlagSet(name, pflag.ContinueOnError)
	set.Usage = func() {}
	set.SortFlags = false
	set.BoolP("help", "h", false, "")
	return set
}

// Serve is the command line of skein serve.
type Serve struct {
	Listen, Advertise, Dir string
	Fast                   bool
	Workers                int
	Allow                  string
	Web                    string // the address of the page; empty: no page
}

// Set tells pflag what there is.
func (f *Serve) Set() *pflag.FlagSet {
	set := newSet("serve")
	set.StringVar(&f.Listen, "listen", "127.0.0.1:4222", "")
	set.StringVar(&f.Advertise, "advertise", "", "")
	set.StringVar(&f.Dir, "dir", "", "")
	set.BoolVar(&f.Fast, "fast", false, "")
	set.IntVar(&f.Workers, "workers", 0, "")
	set.StringVar(&f.Allow, "allow-commands", "", "")
	webFlag(set, &f.Web)
	return set
}

func webFlag(set *pflag.FlagSet, address *string) {
	set.StringVar(address, "web", "", "")
	set.Lookup("web").NoOptDefVal = "127.0.0.1:0"
}

// Token is the command line of skein serve token.
type Token struct {
	Dir    string
	Types  []string
	Out    string
	List   bool
	Revoke string
}

// Set tells pflag what there is.
func (f *Token) Set() *pflag.FlagSet {
	set := newSet("serve token")
	set.StringVar(&f.Dir, "dir", "", "")
	set.StringSliceVar(&f.Types, "types", nil, "")
	set.StringVar(&f.Out, "out", "", "")
	set.BoolVar(&f.List, "list", false, "")
	set.StringVar(&f.Revoke, "revoke", "", "")
	return set
}

// Worker is the command line of skein worker.
type Worker struct {
	Join   string
	Allow  string
	Jobs   int
	Drain  time.Duration
	Health string
}

// Set tells pflag what there is.
func (f *Worker) Set() *pflag.FlagSet {
	set := newSet("worker")
	set.StringVar(&f.Join, "join", "", "")
	set.StringVar(&f.Allow, "allow-commands", "", "")
	set.IntVarP(&f.Jobs, "jobs", "j", runtime.GOMAXPROCS(0), "")
	set.DurationVar(&f.Drain, "drain", time.Minute, "")
	set.StringVar(&f.Health, "health", "", "")
	return set
}
