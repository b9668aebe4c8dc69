// Package command makes commands of inputs. [Parse] reads the words of a
// command with their placeholders once; the Work of the [Template] it gives
// fills them in for each task. [Tasks] is for inputs that are whole commands.
//
// No input is ever code. Words are executed as they are, without a shell. In a
// line for a shell every placeholder becomes exactly one argument, quoted
// after the place where it stands; where that cannot be done the line is
// refused.
package command

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// Mode says what the words of a command are.
type Mode uint8

const (
	// Auto takes one word with blanks or shell characters for a shell line,
	// everything else for a program and its arguments.
	Auto  Mode = iota
	Shell      // a shell line, joined with blanks if it has several words
	Exec       // a program and its arguments
)

// Options are what a command depends on beside its words. The zero value is
// useful.
type Options struct {
	Mode   Mode
	Name   string // what reports call the task, with placeholders of its own; empty: the line
	Inputs Inputs

	// Warn is called by Parse, once at most, for text that is a placeholder to
	// GNU parallel, and by a slot, once at most, for the first input that the
	// command takes for an option. Nil: nobody wants to know.
	Warn func(message, hint string)
}

// Template makes the command of each task. It does not change, so it is safe
// for concurrent use.
type Template struct {
	words []text // what is executed, if no shell is needed
	line  line   // else, or if the user wants one, the line for the shell
	name  text   // nil: the line

	inputs  Inputs
	fields  []string // of the object that an input is
	most    int      // how many of the inputs must be there
	options options
}

// Parse reads a command of at least one word. If no placeholder stands in it
// the input becomes its last argument, or all values do.
//
// An error is a *[usage.Error]: a placeholder where an input cannot be given
// as one argument, or where it would be read as code.
func Parse(words []string, o Options) (*Template, error) {
	t := &Template{inputs: o.Inputs, options: options{warn: o.Warn}}
	g := &grammar{Inputs: &t.inputs}
	var err error
	switch {
	case o.Mode == Shell || o.Mode == Auto && len(words) == 1 && g.needsShell(words[0]):
		if o.Mode == Auto {
			err = checkFile(words[0])
		}
		if err == nil {
			err = t.parseLine(g, strings.Join(words, " "))
		}
		if o.Mode == Shell {
			t.words = nil // the user's word, even where none is needed
		}
	default:
		err = t.parseWords(g, words)
	}
	if err != nil {
		return nil, err
	}
	if o.Warn != nil {
		g.warnForeign(strings.Join(append(slices.Clip(words), o.Name), " "), o.Warn)
	}
	g.label = true
	t.name, err = g.parseText(o.Name)
	t.fields, t.most = g.fields, g.most
	return t, err
}

// Fixed says that every task has the same command word.
func (t *Template) Fixed() bool { return t.words == nil || t.words[0].fixed() }

// Work is the [task.Work] of the template.
func (t *Template) Work(s task.Spec, slot int) (task.Command, error) {
	tag := s.Input
	if t.inputs.None {
		tag = strconv.Itoa(s.Seq)
	}
	v, err := t.values(s)
	if err == nil {
		err = check(v)
	}
	if err != nil {
		return unmade(t.name, v, slot, tag), err
	}
	if err = t.options.look(v, slot); err == nil {
		err = t.line.check(v, slot)
	}
	if err != nil {
		return unmade(t.name, v, slot, tag), err
	}
	c := t.command(v, slot)
	label(&c, t.name, v, slot, tag)
	return c, nil
}

// values gives the spec the values that the placeholders mean. With an error
// they are empty ones, so that a name can be filled in.
func (t *Template) values(s task.Spec) (task.Spec, error) {
	have := len(s.Values)
	var err error
	switch {
	case t.inputs.Fields && t.fields != nil:
		s.Values, err = fieldsOf(s.Input, t.fields)
		have = len(t.fields)
	case have < t.most:
		err = fmt.Errorf("there is no input %d: the last command has %d", t.most, have)
	}
	if have < t.most {
		s.Values = append(slices.Clip(s.Values), make([]string, t.most-have)...)
	}
	return s, err
}

func (t *Template) command(s task.Spec, slot int) task.Command {
	if t.words == nil {
		return t.line.command(s, slot)
	}
	argv := make([]string, 0, len(t.words)+len(s.Values))
	for _, w := range t.words {
		if t.inputs.Many && w.repeats() {
			argv = w.append(argv, s, slot)
			continue
		}
		argv = append(argv, w.fill(s, slot))
	}
	return task.Command{Argv: argv, Line: Join(argv)}
}

// longestName is where a name is cut off: it is there to tell tasks apart.
const longestName = 400

// label gives a command its name and its tag.
func label(c *task.Command, name text, s task.Spec, slot int, tag string) {
	c.Name = c.Line
	if name != nil {
		c.Name = name.fill(s, slot)
	}
	c.Name = visible(cutName(c.Name))
	c.Tag = visible(tag)
}

// cutName cuts a name between characters.
func cutName(name string) string {
	if len(name) <= longestName {
		return name
	}
	end := longestName
	for end > longestName-utf8.UTFMax && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end] + "..."
}

// unmade is a command that there is not, but for its name.
func unmade(name text, s task.Spec, slot int, tag string) task.Command {
	c := task.Command{Line: s.Input}
	label(&c, name, s, slot, tag)
	c.Line = ""
	return c
}

// parseWords reads a command that is executed as it is.
func (t *Template) parseWords(g *grammar, words []string) error {
	known := make([]word, 0, len(words)+1)
	appended := !g.None
	for i, w := range words {
		x, err := g.parseText(w)
		if err != nil {
			return err
		}
		if i == 0 && g.Many && x.repeats() {
			return usage.Errorf("put the program before it: xargs -n1 is skein run without -n", "%s: several inputs cannot be a command", w)
		}
		if g.Many && x.repeats() && len(x) > 1 && x.again() {
			return usage.Errorf(`give the inputs as arguments: sh -c 'COMMAND "$@"' sh {}`, "%s: {q} is several inputs, and stands in one word with others", w)
		}
		appended = appended && !x.takes()
		t.words = append(t.words, x)
		known = append(known, newWord(x))
	}
	if appended {
		for _, h := range g.all() {
			t.words = append(t.words, text{{holder: h}})
			known = append(known, word{text: "{}", hole: true})
		}
	}
	if err := checkCode(known); err != nil {
		return err
	}
	t.options.find(t.words, known)
	if isExported(words[0]) {
		t.words = append([]text{{{text: "bash"}}, {{text: "-c"}}, {{text: words[0] + ` "$@"`}}}, t.words...)
	}
	return nil
}

// isExported says that the name is that of a function which bash exports
// (export -f): its users expect it to run as a command does.
func isExported(name string) bool {
	_, ok := os.LookupEnv("BASH_FUNC_" + name + "%%")
	return ok
}

// needsShell says that a lone word has blanks or characters that mean
// something to a shell, other than its placeholders.
func (g *grammar) needsShell(w string) bool {
	found, err := g.holes(w)
	if err != nil {
		return true // told by who parses it
	}
	for _, p := range cut(w, found) {
		if p.kind == literal && strings.ContainsAny(p.text, " \t\n\r|&;<>()$`\\\"'*?[~#!{}") {
			return true
		}
	}
	return false
}

// checkFile refuses a line that is the name of a file, too.
func checkFile(line string) error {
	if info, err := os.Stat(line); err != nil || info.IsDir() {
		return nil
	}
	return usage.Errorf("--exec runs the file, --shell gives the line to the shell",
		"%s: this is a file and could be a shell line as well", Quote(line))
}
