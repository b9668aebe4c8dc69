package main

import (
	"strconv"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/input"
	"example.com/skein/cmd/internal/usage"
)

// inputFlags say where the inputs come from.
type inputFlags struct {
	null      bool
	tasks     string
	from      string
	csv       bool
	tsv       bool
	jsonl     bool
	skipEmpty bool
	most      int // -n
	fit       bool
	pipe      bool
	block     size
	recordEnd recordEnd

	sources []input.Source // after :::; nil: there was none
	columns []string       // of a table whose rest is read
}

func (f *inputFlags) define(set *pflag.FlagSet) {
	f.block, f.recordEnd = 1<<20, "\n"
	set.BoolVarP(&f.null, "null", "0", false, "")
	set.StringVar(&f.tasks, "tasks", "", "")
	set.StringVar(&f.from, "from", "", "")
	set.BoolVar(&f.csv, "csv", false, "")
	set.BoolVar(&f.tsv, "tsv", false, "")
	set.BoolVar(&f.jsonl, "jsonl", false, "")
	set.BoolVar(&f.skipEmpty, "skip-empty", false, "")
	set.VarP((*several)(&f.most), "max-args", "n", "")
	set.BoolVarP(&f.fit, "fit", "X", false, "")
	set.BoolVar(&f.pipe, "pipe", false, "")
	set.Var(&f.block, "block", "")
	set.Var(&f.recordEnd, "record-end", "")
}

// exclusive are flags of which there can be one, with what each is.
func (f *inputFlags) exclusive() []string {
	var given []string
	for _, x := range []struct {
		is   bool
		name string
	}{
		{f.tasks != "", "--tasks"}, {f.csv, "--csv"}, {f.tsv, "--tsv"}, {f.jsonl, "--jsonl"},
		{f.pipe, "--pipe"}, {f.many(), f.manyName()},
	} {
		if x.is {
			given = append(given, x.name)
		}
	}
	return given
}

// many says that a command gets several inputs.
func (f *inputFlags) many() bool { return f.most > 0 || f.fit }

func (f *inputFlags) manyName() string {
	if f.most > 0 {
		return "-n"
	}
	return "-X"
}

// check refuses sources that cannot be together, with the command too.
func (f *inputFlags) check(c *commandFlags, changed func(name string) bool) error {
	switch given := f.exclusive(); {
	case f.tasks != "" && len(c.command) > 0:
		return usage.Errorf("leave out COMMAND, or give the file with --from if its lines are inputs",
			"%s: --tasks has whole commands, there is no other", c.command[0])
	case f.tasks != "" && (f.sources != nil || f.from != ""):
		return usage.Errorf("--tasks FILE has whole commands, --from FILE inputs: give one", "--tasks takes no inputs")
	case f.tasks != "" && (c.shell || c.exec):
		return usage.Errorf("each line of --tasks is a shell line", "--tasks takes neither --shell nor --exec")
	case f.tasks != "" && c.replace != "":
		return usage.Errorf("nothing is replaced in whole commands; leave out --replace", "--tasks and --replace together")
	case f.most > 0 && f.fit:
		return usage.Errorf("-n N gives at most N inputs to a command, -X as many as fit", "-n and -X together")
	case f.pipe && f.most > 0:
		return usage.Errorf(useRecords, "--pipe and -n together")
	case len(given) > 1:
		return usage.Errorf("each says what an input is: give one", "%s and %s together", given[0], given[1])
	case f.from != "" && f.sources != nil:
		return usage.Errorf("give one of them; "+useLines, "--from and ::: together")
	case f.many() && len(f.sources) > 1:
		return usage.Errorf("one ::: with -n or -X; or combinations, one a command", "%s and several ::: together", f.manyName())
	case f.pipe && f.skipEmpty:
		return usage.Errorf("a block is never empty; leave out --skip-empty", "--pipe and --skip-empty together")
	}
	return f.checkRecords(changed)
}

// checkRecords refuses flags that say how a stream is cut where it is not so.
func (f *inputFlags) checkRecords(changed func(name string) bool) error {
	records := f.csv || f.tsv || f.jsonl
	switch {
	case f.sources != nil && (records || f.pipe):
		return usage.Errorf("give the file with --from, or on standard input", "%s and ::: together", f.exclusive()[0])
	case f.null && records:
		return usage.Errorf("leave out -0", "-0 and %s together", f.exclusive()[0])
	case f.null && f.pipe && changed("record-end"):
		return usage.Errorf(`-0 is --record-end '\x00'`, "-0 and --record-end together")
	case !f.pipe && changed("block"):
		return usage.Errorf("--pipe cuts standard input into blocks", "--block without --pipe")
	case !f.pipe && changed("record-end"):
		return usage.Errorf("--pipe cuts standard input into blocks", "--record-end without --pipe")
	}
	return nil
}

// readsStdin says that the inputs come from standard input.
func (f *inputFlags) readsStdin() bool {
	switch {
	case f.tasks != "":
		return f.tasks == "-"
	case f.sources != nil:
		return false
	}
	return f.from == "" || f.from == "-"
}

// inputs says what there is for placeholders; the columns are not yet known.
func (f *inputFlags) inputs(replace string) command.Inputs {
	in := command.Inputs{Fields: f.jsonl, Many: f.many(), Most: f.most, None: f.pipe, Braces: replace}
	if len(f.sources) > 1 {
		in.Values = len(f.sources)
	}
	return in
}

// several is the value of -n.
type several int

func (n *several) Type() string   { return "N" }
func (n *several) String() string { return strconv.Itoa(int(*n)) }

func (n *several) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 {
		return usage.Errorf("-n N gives at most N inputs to a command, at least 1; -X as many as fit", "not a number of inputs")
	}
	*n = several(v)
	return nil
}

const inputUsage = `inputs
  ::: INPUT...      what follows on the command line; nothing: no task
  ::: A... ::: B... every combination, {1} of the first and {2} of the second,
                    which varies fastest
  ::: A... :::+ B...
                    linked: the first of A with the first of B and so on; there
                    must be as many
  otherwise         standard input, one input per line. An empty line is an
                    input, too; a carriage return at the end of a line is
                    dropped
      --from FILE   the lines of FILE instead; - is standard input
  -0, --null        inputs end with NUL instead of a newline, and nothing is
                    dropped: find ... -print0 | skein run -0 ...
      --csv, --tsv  a table: each record behind the first line, which names the
                    columns, is a task with {NAME} or {1}. Quotes are as in RFC
                    4180, newlines in them too. A record with more or fewer
                    fields ends the run: no further task starts. An empty line
                    is passed over, or a record if there is one column
      --jsonl       each line is a JSON object, with {FIELD} and {FIELD.FIELD};
                    a string is given as it is, all else as JSON. Where a field
                    is missing, or no UTF-8, that task fails
      --skip-empty  pass over empty inputs, and records without any value
  -n, --max-args N  up to N inputs per command; {} is each of them, an argument
                    of its own together with what it is joined to: -f={}. {2} is
                    the second; if too few are left for it at the end, that task
                    fails and its command is not run
  -X, --fit         as many inputs per command as the system takes
      --pipe        cut standard input (or --from FILE) into blocks of whole
                    records, and give each to a task's standard input. {#} is
                    the number of the block; nothing is appended
      --block SIZE  with so many bytes at most (default 1M); a longer record is
                    a block of its own. Some 16 + N blocks are in memory
      --record-end STR  what ends a record (default \n); \t, \x00 and so on are
                    as in Go
      --tasks FILE  each line is a whole command, for the shell; - is standard
                    input. Blank lines and those that begin with # are passed
                    over. Nothing is replaced or appended

`
