package member

import "github.com/spf13/pflag"

// TasksHelp is the help of skein tasks.
const TasksHelp = `usage: skein tasks --on KEY [flags] [list]
       skein tasks --on KEY [flags] dead [RUN...]
       skein tasks --on KEY [flags] retry RUN [TASK...]
       skein tasks --on KEY [flags] cancel RUN...
       skein tasks --on KEY [flags] delete RUN...

Looks at the tasks of a cluster, and changes them. RUN is the name of a run or a
queue, TASK is as in thumb.1.17.

  list    the runs and queues, the one that changed last at the end, with how
          many tasks ended how
  dead    the tasks that ended neither well nor by being cancelled, and that
          nobody has submitted again: why, and how their earlier attempts ended
  retry   submit dead tasks again, all of RUN or those that are named: to a queue
          or an open run itself, else to a new run, RUN-retry-1, that is closed
          then
  cancel  what has not started of a run is not run, and what runs is told to end
  delete  forget a run whose tasks have all ended; of one that was cancelled, wait
          until they have

      --on KEY      the cluster: the file of an owner's key, which skein serve
                    prints; - is standard input. Or the address of a server
                    without keys
      --cause TEXT  why a run is cancelled; its tasks are told
      --wait        with retry: wait until what was submitted has ended
      --json        one JSON object for each run or task, for programs
  -h, --help

A run is open (it takes tasks), closed (no more), cancelled, or finished: all have
ended, and somebody who waited for it has seen that.

exit status
  0  done
  1  not all could be done; with --wait, not all succeeded
  2  wrong usage, or the cluster could not be asked

examples
  what is there, and what is dead of one run:
      skein tasks --on owner.key
      skein tasks --on owner.key dead thumbs
  try all of that again, and see how it ends:
      skein tasks --on owner.key retry --wait thumbs
`

// Tasks is the command line of skein tasks.
type Tasks struct {
	On    string
	Cause string
	Wait  bool
	JSON  bool
}

// Set tells pflag what there is.
func (f *Tasks) Set() *pflag.FlagSet {
	set := newSet("tasks")
	set.StringVar(&f.On, "on", "", "")
	set.StringVar(&f.Cause, "cause", "", "")
	set.BoolVar(&f.Wait, "wait", false, "")
	set.BoolVar(&f.JSON, "json", false, "")
	return set
}
