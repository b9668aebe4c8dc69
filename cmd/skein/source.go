package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/input"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// source is where the specs come from.
type source struct {
	specs  iter.Seq2[task.Spec, error]
	inputs command.Inputs // what they have for placeholders
	finite bool           // they end by themselves, and soon
	total  func() int     // nil: nobody can know before
	notice string         // for somebody at the terminal
	close  func()
	file   *os.File   // nil: the command line
	name   string     // of the file
	many   input.Many // with -n and -X; known when the command is
}

// read reads specs from a stream.
type read func(r io.Reader) iter.Seq2[task.Spec, error]

// source opens what the flags name.
func (f *flags) source() (*source, error) {
	s := &source{inputs: f.inputs(f.replace), close: func() {}}
	var err error
	switch {
	case f.tasks != "":
		err = s.open("--tasks", f.tasks, "commands", f.reader(s))
	case f.from != "":
		err = s.open("--from", f.from, "inputs", f.reader(s))
	case f.sources != nil:
		s.list(f)
	default:
		s.stream(os.Stdin, "standard input", "inputs", f.reader(s))
	}
	if err == nil && (f.csv || f.tsv) {
		err = f.readHeader(s)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// list makes a source of what stands on the command line.
func (s *source) list(f *flags) {
	specs := input.Combine(f.sources)
	if len(f.sources) == 1 {
		specs = input.Args(f.sources[0].Args)
	}
	s.specs = f.reshape(s, specs)
	n := input.Combinations(f.sources)
	s.finite = n < largeSource
	s.total = func() int { return n }
	if f.skipEmpty || f.many() {
		total, stop := input.Total(f.reshape(s, specs))
		s.total, s.close = total, stop
	}
}

// largeSource is how many combinations are too many to be told one by one that
// they were skipped.
const largeSource = 1_000_000

// reshape does what the flags say to the specs of any source.
func (f *flags) reshape(s *source, specs iter.Seq2[task.Spec, error]) iter.Seq2[task.Spec, error] {
	if f.skipEmpty {
		specs = input.NotEmpty(specs)
	}
	if f.many() {
		ungrouped := specs
		specs = func(yield func(task.Spec, error) bool) { s.many.Group(ungrouped)(yield) }
	}
	return specs
}

// reader says how a stream is read.
func (f *flags) reader(s *source) read {
	sep := byte('\n')
	if f.null {
		sep = 0
	}
	return func(r io.Reader) iter.Seq2[task.Spec, error] {
		var specs iter.Seq2[task.Spec, error]
		switch {
		case f.tasks != "":
			specs = input.Tasks(r, sep)
		case f.csv:
			specs = f.records(r, ',')
		case f.tsv:
			specs = f.records(r, '\t')
		case f.jsonl:
			return input.Objects(r, f.skipEmpty)
		case f.pipe && f.null:
			return input.Blocks(r, int(f.block), []byte{0})
		case f.pipe:
			return input.Blocks(r, int(f.block), []byte(f.recordEnd))
		default:
			specs = input.Lines(r, sep)
		}
		return f.reshape(s, specs)
	}
}

func (s *source) open(flag, name, what string, read read) error {
	if name == "-" {
		s.stream(os.Stdin, "standard input", what, read)
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return usage.Errorf(flag+" - reads standard input", "%s %s: %v", flag, name, cause(err))
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return usage.Errorf("name a file; a directory's files are inputs so: find "+command.Quote(name)+" -type f -print0 | skein run -0 COMMAND",
			"%s %s: is a directory", flag, name)
	}
	s.stream(file, name, what, read)
	return nil
}

// stream makes a source of an open file.
func (s *source) stream(file *os.File, name, what string, read read) {
	s.file, s.name = file, name
	s.specs = named(name, read(file))
	if file != os.Stdin {
		s.close = func() { file.Close() }
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.Mode().IsRegular():
		s.finite = !s.inputs.None
		s.count(file, read)
	case isTerminal(info):
		s.notice = "reading " + what + " from the terminal, one per line; end with ctrl-D"
		if s.inputs.None {
			s.notice = "reading from the terminal; end with ctrl-D"
		}
	}
}

// count lets the total be found out by reading the file a second time, without
// moving the place at which it is read. Blocks are not counted: that would be
// to read all of it twice.
func (s *source) count(file *os.File, read read) {
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil || s.inputs.None {
		return
	}
	total, stop := input.Total(read(io.NewSectionReader(file, at, math.MaxInt64-at)))
	before := s.close
	s.total = total
	s.close = func() { stop(); before() }
}

// readHeader reads the names of the columns before the command is read, which
// may have them. It waits until they are there.
func (f *flags) readHeader(s *source) error {
	s.announce()
	s.notice = ""
	comma := ','
	if f.tsv {
		comma = '\t'
	}
	t, err := f.table(s.file, comma)
	if errors.Is(err, input.ErrNoHeader) {
		return usage.Errorf("the first line of a table names its columns: name,size", "%s: %v", s.name, err)
	}
	if errors.Is(err, input.ErrCarriageReturn) {
		return usage.Errorf("lines end with a newline, or with both: tr '\\r' '\\n' <FILE | skein run --csv", "%s: %v", s.name, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	s.inputs.Names, s.inputs.Values = t.Names, len(t.Names)
	s.specs = named(s.name, f.reshape(s, t.Records()))
	return nil
}

// table reads the header of a table, or the rest of one.
func (f *flags) table(r io.Reader, comma rune) (*input.Table, error) {
	if len(f.columns) > 0 {
		return input.GoOn(r, comma, f.columns)
	}
	return input.NewTable(r, comma)
}

// records reads the records of a table once more.
func (f *flags) records(r io.Reader, comma rune) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		t, err := f.table(r, comma)
		if err != nil {
			yield(task.Spec{}, err)
			return
		}
		t.Records()(yield)
	}
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
	fixed bool       // the command word is the same for every task
	many  input.Many // what fits into one command
}

// work reads the command for the inputs of a source, and the template of the
// tags if there is one. warn may be nil: who only wants the names of tasks that
// ran has nobody to warn.
func (f *flags) work(from *source, warn func(message, hint string)) (work, error) {
	made, err := f.parse(f.command, command.Options{Name: f.name, Inputs: from.inputs, Warn: warn})
	if err == nil && f.many() {
		from.many = made.many
	}
	if err != nil || f.tagWith == "" {
		return made, err
	}
	tags, err := f.parse([]string{"true"}, command.Options{Name: f.tagWith, Inputs: from.inputs})
	made.work = tagged(made.work, tags.work)
	return made, err
}

// checkProgram refuses a directory where a program must be: whoever names one
// has left out the program, and the system says of it that permission is denied.
func (f *flags) checkProgram() error {
	if f.isAway() {
		return nil // who runs it looks
	}
	if f.tasks != "" || f.shell || !strings.Contains(f.command[0], "/") {
		return nil
	}
	file := f.command[0]
	if !filepath.IsAbs(file) {
		file = filepath.Join(f.dir, file)
	}
	if info, err := os.Stat(file); err != nil || !info.IsDir() {
		return nil
	}
	return &task.NotRunnable{Word: command.Quote(f.command[0]), Status: 126, Err: usage.Errorf(
		"COMMAND is the program to run, and inputs come behind :::, or on standard input: ls -d "+command.Quote(f.command[0])+"/* | skein run COMMAND",
		"is a directory")}
}

func (f *flags) parse(words []string, o command.Options) (work, error) {
	if f.tasks != "" {
		w, err := command.Tasks(o.Name)
		return work{work: w}, err
	}
	switch {
	case f.shell:
		o.Mode = command.Shell
	case f.exec:
		o.Mode = command.Exec
	}
	t, err := command.Parse(words, o)
	if err != nil {
		return work{}, err
	}
	made := work{work: t.Work, fixed: t.Fixed()}
	if f.many() {
		m := f.measure()
		made.many = input.Many{Most: f.most, Room: t.Room(m), Size: func(in string) int { return t.Size(m, in) }}
	}
	return made, nil
}

// warn tells of something that is perhaps not meant.
func warn(message, hint string) {
	fmt.Fprintf(os.Stderr, "skein: run: %s\nhint: %s\n", message, hint)
}

// cutInputs separates COMMAND and ARGs from what follows each `:::`.
func cutInputs(args []string) (words []string, sources []input.Source, err error) {
	i := slices.IndexFunc(args, isSeparator)
	if i < 0 {
		return args, nil, nil
	}
	words = args[:i]
	for _, a := range args[i:] {
		switch {
		case (a == "::::" || a == "::::+") && isOnlyOne(args):
			return nil, nil, usage.Errorf("--from FILE reads the inputs from a file", "%s is none of skein's words", a)
		case a == "::::" || a == "::::+":
			return nil, nil, usage.Errorf(useLines, "%s is none of skein's words", a)
		case a == ":::+" && sources == nil:
			return nil, nil, usage.Errorf("the first source is ::: INPUT...", "there is no source before :::+ to be linked to")
		case isSeparator(a):
			sources = append(sources, input.Source{Linked: a == ":::+"})
		default:
			last := &sources[len(sources)-1]
			last.Args = append(last.Args, a)
		}
	}
	return words, sources, checkLinks(sources)
}

// checkLinks refuses linked sources of which one has more than the other:
// GNU parallel drops the rest, and nothing is to be lost here.
func checkLinks(sources []input.Source) error {
	for i, s := range sources {
		if s.Linked && len(s.Args) != len(sources[i-1].Args) {
			return usage.Errorf("give as many, for each goes with one; ::: instead of :::+ makes every combination",
				"%s linked by :::+ to %d", count(len(s.Args), "input is", "inputs are"), len(sources[i-1].Args))
		}
	}
	return nil
}

// isOnlyOne says that all the inputs come from one place.
func isOnlyOne(args []string) bool {
	n := 0
	for _, a := range args {
		if isSeparator(a) {
			n++
		}
	}
	return n == 1
}

func isSeparator(a string) bool {
	switch a {
	case ":::", ":::+", "::::", "::::+":
		return true
	}
	return false
}
