package member

import "github.com/spf13/pflag"

// WebHelp is the help of skein web.
const WebHelp = `usage: skein web --on KEY [ADDR]

Serves a page that shows in a browser what a cluster does: runs and queues with how
many tasks ended how, rates and what waits, workers with what each does, dead tasks
with their history, the timeline of a run. It can cancel runs and submit dead tasks
again. skein serve --web has it too.

It is at a free port of loopback, or at ADDR, and prints two addresses, each with a
secret in it: whoever knows the first can do what the page can, and whoever knows the
second sees all of it and changes nothing. It ends with SIGTERM or SIGINT.

      --on KEY  the cluster: the file of an owner's key, which skein serve prints;
                - is standard input. Or the address of a server without keys
  -h, --help

exit status
  0  ended by SIGTERM or SIGINT
  1  it could not go on
  2  wrong usage, or the cluster could not be asked

examples
  the page of a server on another machine, whose owner's key was copied here:
      skein web --on owner.key
  always at the same port:
      skein web --on owner.key 127.0.0.1:8080
`

// Web is the command line of skein web.
type Web struct{ On string }

// Set tells pflag what there is.
func (f *Web) Set() *pflag.FlagSet {
	set := newSet("web")
	set.StringVar(&f.On, "on", "", "")
	return set
}
