package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"slices"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/input"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// source is where the specs come from.
type source struct {
	specs  iter.Seq2[task.Spec, error]
	finite bool       // they end by themselves, and soon
	total  func() int // nil: nobody can know before
	notice string     // for somebody at the terminal
	close  func()
}

// read reads specs from a stream whose records end with sep.
type read func(r io.Reader, sep byte) iter.Seq2[task.Spec, error]

// source opens what the flags name.
func (f *flags) source() (*source, error) {
	sep := byte('\n')
	if f.null {
		sep = 0
	}
	switch {
	case f.tasks != "":
		return open("--tasks", f.tasks, "reading commands from the terminal", input.Tasks, sep)
	case f.from != "":
		return open("--from", f.from, "reading inputs from the terminal", input.Lines, sep)
	case f.hasInputs:
		n := len(f.inputs)
		return &source{specs: input.Args(f.inputs), finite: true, total: func() int { return n }, close: func() {}}, nil
	}
	return stream(os.Stdin, "standard input", "reading inputs from the terminal", input.Lines, sep), nil
}

func open(flag, name, notice string, read read, sep byte) (*source, error) {
	if name == "-" {
		return stream(os.Stdin, "standard input", notice, read, sep), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, usage.Errorf(flag+" - reads standard input", "%s %s: %v", flag, name, cause(err))
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, usage.Errorf("name a file; a directory's files are inputs so: find "+command.Quote(name)+" -type f -print0 | skein run -0 COMMAND",
			"%s %s: is a directory", flag, name)
	}
	return stream(file, name, notice, read, sep), nil
}

// stream makes a source of an open file.
func stream(file *os.File, name, notice string, read read, sep byte) *source {
	s := &source{specs: named(name, read(file, sep)), close: func() {}}
	if file != os.Stdin {
		s.close = func() { file.Close() }
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.Mode().IsRegular():
		s.finite = true
		s.count(file, read, sep)
	case isTerminal(info):
		s.notice = notice + ", one per line; end with ctrl-D"
	}
	return s
}

// count lets the total be found out by reading the file a second time, without
// moving the place at which it is read.
func (s *source) count(file *os.File, read read, sep byte) {
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return
	}
	total, stop := input.Total(read(io.NewSectionReader(file, at, math.MaxInt64-at), sep))
	before := s.close
	s.total = total
	s.close = func() { stop(); before() }
}

// announce says that skein waits for somebody to type, who may not know.
func (s *source) announce() {
	if s.notice != "" {
		fmt.Fprintln(os.Stderr, "skein: "+s.notice)
	}
}

// named puts the name of a stream before its errors.
func named(name string, specs iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		for s, err := range specs {
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// isTerminal tells terminals from pipes and files; of the devices that a
// program can have for its input, the null device is the other one in use.
func isTerminal(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return info.Mode()&fs.ModeCharDevice != 0 && (err != nil || !os.SameFile(info, null))
}

// cause is what an error of the file system says beside the name.
func cause(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// work is what makes the commands.
type work struct {
	work  task.Work
	fixed bool // the command word is the same for every task
}

// work reads the command.
func (f *flags) work() (work, error) {
	if f.tasks != "" {
		w, err := command.Tasks(f.name)
		return work{w, false}, err
	}
	mode := command.Auto
	switch {
	case f.shell:
		mode = command.Shell
	case f.exec:
		mode = command.Exec
	}
	t, err := command.Parse(f.command, mode, f.name)
	if err != nil {
		return work{}, err
	}
	return work{t.Work, t.Fixed()}, nil
}

// cutInputs separates COMMAND and ARGs from what follows `:::`.
func cutInputs(args []string) (command, inputs []string, found bool, err error) {
	i := slices.IndexFunc(args, isSeparator)
	if i < 0 {
		return args, nil, false, nil
	}
	command, inputs = args[:i], args[i+1:]
	for _, a := range args[i:] {
		switch {
		case a == "::::" || a == "::::+":
			return nil, nil, false, usage.Errorf("--from FILE reads the inputs from a file", "%s: files of inputs are not named so", a)
		case a == ":::+":
			return nil, nil, false, usage.Errorf("join the inputs that belong together into one", "%s: linked inputs are not there yet", a)
		}
	}
	if slices.Contains(inputs, ":::") {
		return nil, nil, false, usage.Errorf("one ::: with all inputs; a literal ::: can come from standard input",
			"::: more than once: combinations of inputs are not there yet")
	}
	return command, inputs, true, nil
}

func isSeparator(a string) bool {
	switch a {
	case ":::", ":::+", "::::", "::::+":
		return true
	}
	return false
}
