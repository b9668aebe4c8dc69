package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/journal"
)

// helpWhat is what no help says of --help.
const helpWhat = "all of it, with examples"

// subcommands reads from the help of the program what there is.
func subcommands() (all []option) {
	for line := range strings.Lines(topUsage) {
		if rest, ok := strings.CutPrefix(line, "  skein "); ok {
			call, what, _ := strings.Cut(rest, "   ")
			all = append(all, option{strings.Fields(call)[0], strings.TrimSpace(what)})
		}
	}
	return all
}

// having are the subcommands that are in a table.
func having[V any](table map[string]V) []option {
	return slices.DeleteFunc(subcommands(), func(o option) bool {
		_, ok := table[o.word]
		return !ok
	})
}

// flagsOf are the flags of a subcommand. What there is, pflag knows; what it is
// for, the help says.
func flagsOf(subcommand string) (all []option) {
	set := setOf(subcommand)
	if set == nil {
		return nil
	}
	set.VisitAll(func(f *pflag.Flag) {
		_, what := described(subcommand, f)
		all = append(all, option{"--" + f.Name, what})
		if f.Shorthand != "" {
			all = append(all, option{"-" + f.Shorthand, what})
		}
	})
	return all
}

// value completes the value of a flag, which is what the help calls it.
func (l *line) value(f *pflag.Flag, prefix string) answer {
	meta, what := described(l.words[0], f)
	a := answer{kind: onlyWords, what: what, prefix: prefix}
	if meta != "" {
		a.what = meta + ": " + what
	}
	switch meta {
	case "DIR":
		a.kind = dirs
	case "FILE", "WHAT":
		a.kind = files
	}
	if v, ok := f.Value.(interface{ choices() []string }); ok {
		for _, choice := range v.choices() {
			a.words = append(a.words, option{word: choice})
		}
	}
	return a
}

// described reads from the help of a subcommand how a flag calls its value, and
// what the flag is for.
func described(subcommand string, f *pflag.Flag) (meta, what string) {
	if f.Name == "help" {
		return "", helpWhat
	}
	lines := strings.Split(helpTexts[subcommand], "\n")
	for i, line := range lines {
		meta, rest, ok := explained(line, f)
		if !ok {
			continue
		}
		for _, more := range lines[i+1:] {
			if !strings.HasPrefix(more, "          ") {
				break
			}
			rest = append(rest, strings.Fields(more)...)
		}
		return meta, clause(strings.Join(rest, " "))
	}
	return "", ""
}

// explained reads a line that explains a flag, or several: their names, how the
// value is called, what they are for.
func explained(line string, f *pflag.Flag) (meta string, rest []string, ok bool) {
	if text := strings.TrimLeft(line, " "); !strings.HasPrefix(text, "-") || len(line)-len(text) > 6 {
		return "", nil, false
	}
	rest = strings.Fields(line)
	for comma := true; comma; rest = rest[1:] {
		var name string
		name, comma = strings.CutSuffix(rest[0], ",")
		name, optional, _ := strings.Cut(name, "[=")
		if name == "--"+f.Name {
			meta, ok = strings.TrimSuffix(optional, "]"), true
		}
	}
	if ok && f.NoOptDefVal == "" {
		meta, rest = rest[0], rest[1:]
	}
	return meta, rest, ok
}

// clause is the beginning of a description that is understood alone: as short
// as can be, but more than a word. A long one ends at its first comma.
func clause(what string) string {
	what = upTo(what, "; ", ": ", ". ", " (")
	if len(what) > 60 {
		what = upTo(what, ", ")
	}
	return strings.TrimSuffix(what, ".")
}

func upTo(what string, ends ...string) string {
	for i := range what {
		for _, end := range ends {
			if strings.HasPrefix(what[i:], end) && strings.Contains(what[:i], " ") {
				return what[:i]
			}
		}
	}
	return what
}

// liveRuns are those that go on, the latest first. A shell that completes has
// no place for errors.
func liveRuns() (all []option) {
	ids, _ := attach.Runs()
	home, _ := journal.Home()
	for _, id := range slices.Backward(ids) {
		what := ""
		if g, err := journal.GlanceAt(filepath.Join(home, id)); err == nil {
			what = commandOf(g)
		}
		all = append(all, option{id, what})
	}
	return all
}

// mostRuns is how many are offered: the latest ones. More can be had by typing
// more of the name.
const mostRuns = 100

// pastRuns are those that have a journal and a name that part is the start or
// the end of, the latest first; or of these only what is worth to be resumed.
func pastRuns(part string, unfinished bool) (all []option) {
	dirs, _ := journal.All()
	for _, dir := range dirs {
		id := filepath.Base(dir)
		if len(all) == mostRuns || !strings.HasPrefix(id, part) && !strings.HasSuffix(id, part) {
			continue
		}
		g, err := journal.GlanceAt(dir)
		if err != nil || unfinished && (g.Running || g.Ended != nil && g.Ended.ExitStatus == 0) {
			continue
		}
		state := "unfinished"
		switch {
		case g.Running:
			state = "running"
		case g.Ended != nil:
			state = "exit status " + strconv.Itoa(g.Ended.ExitStatus)
		}
		all = append(all, option{id, state + ", " + commandOf(g)})
	}
	return all
}

func commandOf(g journal.Glance) string { return plain(shorten(command.Join(g.First.Args), 60)) }
