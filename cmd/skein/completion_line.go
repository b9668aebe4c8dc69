package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// line is a command line whose last word is to be completed, as pflag would
// read it.
type line struct {
	words []string       // behind skein
	set   *pflag.FlagSet // of the subcommand; nil: it has no flags

	ended    bool // by --
	operands int  // before the last word
	command  int  // where COMMAND is; 0: it is not there
}

// read goes through the words before the last one. It gives the flag whose
// value the last one is, if it is one.
func (l *line) read() *pflag.Flag {
	last := len(l.words) - 1
	for i := 1; i < last; i++ {
		w := l.words[i]
		switch {
		case l.ended || len(w) < 2 || w[0] != '-':
			l.operands++
			if l.words[0] == "run" {
				l.command = i
				return nil
			}
		case w == "--":
			l.ended = true
		default:
			f, at := l.joined(w)
			if f == nil || at < len(w) || strings.HasSuffix(w, "=") {
				continue
			}
			if i++; i == last {
				return f
			}
		}
	}
	return nil
}

// joined gives the flag of a word that may have a value, and where in the word
// the value is; without a value in it that is its end. It is nil if there is no
// such flag, or it takes no value there.
func (l *line) joined(word string) (f *pflag.Flag, at int) {
	if l.set == nil {
		return nil, 0
	}
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, _, valued := strings.Cut(name, "=")
		f := l.set.Lookup(name)
		at := len("--" + name)
		if valued {
			at++
		} else if f != nil && f.NoOptDefVal != "" {
			return nil, 0
		}
		return f, at
	}
	for i := 1; i < len(word); i++ { // a letter is a flag: -kj 4
		switch f := l.set.ShorthandLookup(word[i : i+1]); {
		case f == nil:
			return nil, 0
		case f.NoOptDefVal == "":
			return f, i + 1
		}
	}
	return nil, 0
}
