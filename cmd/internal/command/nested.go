package command

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// posix are the shells that read single quotes as POSIX has it.
var posix = set("sh bash dash ash zsh ksh mksh yash rbash")

func isPOSIX(name string) bool { return posix[name] || posix[unversioned(name)] }

// again says that one of the words has a {q}.
func again(words []word) bool {
	for _, w := range words {
		if w.known.again() {
			return true
		}
	}
	return false
}

// withoutQuoted gives the words of a command as if those had no placeholder
// which may be code for a shell.
func withoutQuoted(words []word) []word {
	if !again(words) {
		return words
	}
	ok := make([]word, len(words))
	for i, w := range words {
		ok[i] = w
		ok[i].hole = w.hole && !isQuoted(words[i:i+1])
	}
	return ok
}

// isQuoted says that all placeholders of some words are {q}, and that each is
// an argument if a shell reads the words as a line. A command in that line
// which would read the argument as code once more is not had: for that the
// input would have to be quoted three times.
func isQuoted(words []word) bool {
	var line strings.Builder
	var found []hole
	for i, w := range words {
		if i > 0 {
			line.WriteByte(' ')
		}
		if w.known == nil { // the shell makes something of it, perhaps a quote
			return false
		}
		for _, p := range w.known {
			if p.kind == literal {
				line.WriteString(p.text)
				continue
			}
			if !p.again {
				return false
			}
			at := line.Len()
			line.WriteString("{}")
			found = append(found, hole{holder{kind: whole, n: 1}, at, at + 2})
		}
	}
	return areArguments(line.String(), found)
}

// areArguments says that every placeholder of a line is outside of quotes, and
// an argument.
func areArguments(line string, found []hole) bool {
	if strings.ContainsAny(line, "\r\x00") {
		return false
	}
	p, err := placeHoles(line, found, false)
	if err != nil || len(p.placed) != len(found) {
		return false
	}
	for _, h := range p.placed {
		if h.place != inWord {
			return false
		}
	}
	_, err = parseInBash(mask(line, found, '.'))
	return err == nil && p.areData()
}

// counts are builtins that calculate with an argument in the Korn shells and
// in zsh: a[$(command)] would be code to them.
var counts = set("[ test printf print exit return shift ulimit break continue")

// areData says that no placeholder names the program that is run, nor a number
// for a builtin. That matters in code for another shell, which need not be sh.
func (p *parsed) areData() bool {
	v := &visitor{source: p.source}
	for _, h := range p.placed {
		v.holes = append(v.holes, h.hole)
	}
	data := true
	syntax.Walk(p.file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			words := v.words(call)
			data = data && !words[0].hole && !(wrappers[words[0].text] && len(words) == 2 && words[1].hole) && !calculates(words)
		}
		return data
	})
	return data
}

// calculates says that a Korn shell would calculate with a placeholder.
func calculates(words []word) bool {
	name := words[0].text
	if !counts[name] || !anyHole(words) {
		return false
	}
	switch name {
	case "[", "test":
		return namesAny(words, "-eq -ne -lt -le -gt -ge -v -t -R")
	case "printf", "print":
		return strings.ContainsAny(strings.NewReplacer("%s", "", "%b", "", "%%", "").Replace(words[min(1, len(words)-1)].text), "%-{")
	}
	return true
}

func namesAny(words []word, list string) bool {
	for _, w := range words {
		if slices.Contains(strings.Fields(list), w.text) {
			return true
		}
	}
	return false
}
