package main

import (
	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/usage"
)

// inputFlags say where the inputs come from.
type inputFlags struct {
	null  bool
	tasks string
	from  string

	inputs    []string // after :::
	hasInputs bool     // there was a :::
}

func (f *inputFlags) define(set *pflag.FlagSet) {
	set.BoolVarP(&f.null, "null", "0", false, "")
	set.StringVar(&f.tasks, "tasks", "", "")
	set.StringVar(&f.from, "from", "", "")
}

// check refuses sources that cannot be together, with the command too.
func (f *inputFlags) check(c *commandFlags) error {
	switch {
	case f.tasks != "" && len(c.command) > 0:
		return usage.Errorf("leave out COMMAND, or give the file with --from if its lines are inputs",
			"%s: --tasks has whole commands, there is no other", c.command[0])
	case f.tasks != "" && (f.hasInputs || f.from != ""):
		return usage.Errorf("--tasks FILE has whole commands, --from FILE inputs: give one", "--tasks takes no inputs")
	case f.tasks != "" && (c.shell || c.exec):
		return usage.Errorf("each line of --tasks is a shell line", "--tasks takes neither --shell nor --exec")
	case f.from != "" && f.hasInputs:
		return usage.Errorf("give the inputs in one way", "--from and ::: together")
	}
	return nil
}

const inputUsage = `inputs
  ::: INPUT...      what follows on the command line; nothing: no task
  otherwise         standard input, one input per line. An empty line is an
                    input, too (sed '/^$/d' removes them); a carriage return at
                    the end of a line is dropped
      --from FILE   the lines of FILE instead; - is standard input
  -0, --null        inputs end with NUL instead of a newline, and nothing is
                    dropped: find ... -print0 | skein run -0 ...
      --tasks FILE  each line is a whole command, for the shell; - is standard
                    input. Blank lines and those that begin with # are passed
                    over. Nothing is replaced or appended

`
