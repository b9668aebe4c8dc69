package main

import (
	"os"
	"time"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/journal"
	"example.com/skein/cmd/internal/usage"
)

// journalFlags say how the run is remembered.
type journalFlags struct {
	journal     string
	journalSync time.Duration // 0: as the journal has it

	recorded []string // the command line without its inputs
}

func (f *journalFlags) define(set *pflag.FlagSet) {
	set.StringVar(&f.journal, "journal", "", "")
	set.Var((*syncTime)(&f.journalSync), "journal-sync", "")
}

// keep gives the words of the command line by which the run can begin again:
// of the inputs only the separators stay, for the journal has them.
func (f *journalFlags) keep(args []string, words int) {
	inputs := false
	for i, a := range args {
		inputs = inputs || i >= len(args)-words && isSeparator(a)
		if !inputs || isSeparator(a) {
			f.recorded = append(f.recorded, a)
		}
	}
}

// check refuses what the environment has and we do not know.
func (f *journalFlags) check() error {
	if s := os.Getenv("SKEIN_JOURNAL"); s != "" && s != "off" {
		return usage.Errorf("SKEIN_JOURNAL=off keeps no journal; --journal DIR keeps it there", "SKEIN_JOURNAL=%s: only off is known", s)
	}
	return nil
}

// syncTime is the value of --journal-sync.
type syncTime time.Duration

func (s *syncTime) Type() string   { return "each|D" }
func (s *syncTime) String() string { return time.Duration(*s).String() }

func (s *syncTime) choices() []string { return []string{"each"} }

func (s *syncTime) Set(v string) error {
	if v == "each" {
		*s = syncTime(journal.SyncEach)
		return nil
	}
	if err := (*duration)(s).Set(v); err != nil || *s == 0 {
		return usage.Errorf("each, or a time like 200ms", "neither each nor a time")
	}
	return nil
}

const journalUsage = `journal
  A run notes its inputs, what starts and how it ends, so that skein resume can
  go on after ctrl-C, kill -9 or a power cut. It does so by itself, in
  $XDG_STATE_HOME/skein/runs (~/.local/state/skein/runs), for 14 days and at
  most 200 MB. If it cannot, it warns and goes on. When all tasks have succeeded
  the inputs are dropped. The values of environment variables are never noted.
      --journal DIR keep it in DIR. If there is one already, only tasks that it
                    does not know as done are run: a task is known by COMMAND,
                    input and directory, and equal ones are counted. If it can
                    not be written no further task starts: exit status 4
      --journal-sync each|D
                    bring records to the disk each by each, or every so often
                    (default 200ms): that much a power cut may take. Against the
                    death of skein alone nothing is needed
  SKEIN_JOURNAL=off in the environment keeps none, and inputs are then not read
  ahead.

`
