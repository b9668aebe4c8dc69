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

// Template makes the command of each task. It does not change, so it is safe
// for concurrent use.
type Template struct {
	words []text // what is executed, if no shell is needed
	line  line   // else, or if the user wants one, the line for the shell
	name  text   // nil: the line
}

// Parse reads a command of at least one word. If no placeholder stands in it
// the input becomes its last argument. The name is what reports call the
// task, with placeholders of its own; if it is empty that is the line.
//
// An error is a *[usage.Error]: a placeholder where an input cannot be given
// as one argument, or where it would be read as code.
func Parse(words []string, mode Mode, name string) (*Template, error) {
	t := &Template{}
	var err error
	if t.name, err = parseText(name); err != nil {
		return nil, err
	}
	switch {
	case mode == Shell || mode == Auto && len(words) == 1 && needsShell(words[0]):
		if mode == Auto {
			err = checkFile(words[0])
		}
		if err == nil {
			t.line, t.words, err = parseLine(strings.Join(words, " "))
		}
		if mode == Shell {
			t.words = nil // the user's word, even where none is needed
		}
	default:
		t.words, err = parseWords(words)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Fixed says that every task has the same command word.
func (t *Template) Fixed() bool { return t.words == nil || t.words[0].fixed() }

// Work is the [task.Work] of the template.
func (t *Template) Work(s task.Spec, slot int) (task.Command, error) {
	if err := check(s.Input); err != nil {
		return unmade(t.name, s, slot), err
	}
	c := t.command(s, slot)
	label(&c, t.name, s, slot)
	return c, nil
}

func (t *Template) command(s task.Spec, slot int) task.Command {
	if t.words == nil {
		return t.line.command(s, slot)
	}
	argv := make([]string, len(t.words))
	for i, w := range t.words {
		argv[i] = w.fill(s, slot, asIs)
	}
	return task.Command{Argv: argv, Line: Join(argv)}
}

// longestName is where a name is cut off: it is there to tell tasks apart.
const longestName = 400

// label gives a command its name and its tag.
func label(c *task.Command, name text, s task.Spec, slot int) {
	c.Name = c.Line
	if name != nil {
		c.Name = name.fill(s, slot, asIs)
	}
	if len(c.Name) > longestName {
		end := longestName
		for end > longestName-utf8.UTFMax && !utf8.RuneStart(c.Name[end]) {
			end--
		}
		c.Name = c.Name[:end] + "..."
	}
	c.Name = visible(c.Name)
	c.Tag = visible(s.Input)
}

// unmade is a command that there is not, but for its name.
func unmade(name text, s task.Spec, slot int) task.Command {
	c := task.Command{Line: s.Input}
	label(&c, name, s, slot)
	c.Line = ""
	return c
}

// check refuses an input that no command can have.
func check(input string) error {
	if len(input) > task.LongestInput {
		return fmt.Errorf("the input is longer than %d bytes, too long for an argument", task.LongestInput)
	}
	if strings.Contains(input, "\x00") {
		return fmt.Errorf("the input has a NUL byte, which no argument can have (-0 reads inputs that end with NUL)")
	}
	return nil
}

// parseWords reads a command that is executed as it is.
func parseWords(words []string) ([]text, error) {
	texts := make([]text, 0, len(words)+1)
	known := make([]word, 0, len(words)+1)
	appended := true
	for _, w := range words {
		t, err := parseText(w)
		if err != nil {
			return nil, err
		}
		appended = appended && t.fixed()
		texts = append(texts, t)
		known = append(known, word{w, !t.fixed()})
	}
	if appended {
		texts = append(texts, text{{kind: whole}})
		known = append(known, word{"{}", true})
	}
	if err := checkCode(known); err != nil {
		return nil, err
	}
	if isExported(words[0]) {
		return append([]text{{{text: "bash"}}, {{text: "-c"}}, {{text: words[0] + ` "$@"`}}}, texts...), nil
	}
	return texts, nil
}

// isExported says that the name is that of a function which bash exports
// (export -f): its users expect it to run as a command does.
func isExported(name string) bool {
	_, ok := os.LookupEnv("BASH_FUNC_" + name + "%%")
	return ok
}

// needsShell says that a lone word has blanks or characters that mean
// something to a shell, other than its placeholders.
func needsShell(w string) bool {
	found, err := holes(w)
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
