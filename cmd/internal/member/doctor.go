package member

import "github.com/spf13/pflag"

// DoctorHelp is the help of skein doctor.
const DoctorHelp = `usage: skein doctor --on KEY [flags]

Says what a cluster's server promises, and what that means for skein's promise
that each task is accounted exactly once: version, replicas, how full the streams
are, whether it writes to the disk before it acknowledges, clocks, round trip,
leases, who waits for whom. A1 to A6 are the assumptions of docs/states.md. It
changes nothing.

      --on KEY       the cluster: the file of an owner's key, which skein serve
                     prints; - is standard input. Or the address of a server
                     without keys
      --monitor URL,...
                     the monitoring of servers, as in http://HOST:8222: only
                     there those that skein serve has not started tell about
                     their disks
      --json         one JSON object for each finding, for programs
  -h, --help

Each finding is fine, broken (an assumption does not hold), unknown (nobody
tells), or look: the promise holds, and something is worth a look.

exit status
  0  nothing breaks the promise
  1  something does
  2  wrong usage, or the cluster could not be asked

examples
  the server of skein serve:
      skein doctor --on owner.key
  one's own cluster of three:
      skein doctor --on nats://n1:4222 --monitor http://n1:8222,http://n2:8222,http://n3:8222
`

// Doctor is the command line of skein doctor.
type Doctor struct {
	On      string
	Monitor []string
	JSON    bool
}

// Set tells pflag what there is.
func (f *Doctor) Set() *pflag.FlagSet {
	set := newSet("doctor")
	set.StringVar(&f.On, "on", "", "")
	set.StringSliceVar(&f.Monitor, "monitor", nil, "")
	set.BoolVar(&f.JSON, "json", false, "")
	return set
}
