package main

import "github.com/spf13/pflag"

// outputFlags say what is told, and how.
type outputFlags struct {
	keepOrder bool
	tag       bool
	line      bool
	verbose   bool
	events    string
}

func (f *outputFlags) define(set *pflag.FlagSet) {
	set.BoolVarP(&f.keepOrder, "keep-order", "k", false, "")
	set.BoolVar(&f.tag, "tag", false, "")
	set.BoolVar(&f.line, "line", false, "")
	set.BoolVarP(&f.verbose, "verbose", "v", false, "")
	set.StringVar(&f.events, "events", "", "")
}

const outputUsage = `output
  Output is kept together and appears when its task ends.
  -k, --keep-order  in the order of the inputs
      --line        whole lines as soon as they are written
      --tag         the input and a tab before each line
      --name STR    what messages call a task, with placeholders (default: its
                    command)
  -v, --verbose     say on standard error what starts and what ends
      --events FILE one JSON object per line and event: started, finished, how,
                    when, CPU time, memory
  -h, --help

`
