package command

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// checkPipe refuses a pipeline in which a later command reads code.
func (v *visitor) checkPipe(f *syntax.File, later *syntax.Stmt) error {
	var err error
	look := func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && err == nil {
			if name, reads := readsCode(v.words(call)); reads {
				err = asCode(name, pipeHint)
			}
		}
		return err == nil
	}
	syntax.Walk(later, look)
	syntax.Walk(f, func(n syntax.Node) bool {
		if d, ok := n.(*syntax.FuncDecl); ok {
			syntax.Walk(d.Body, look)
		}
		return true
	})
	return err
}

// byDefault are programs that run a shell or commands from standard input if
// they are given no command.
var byDefault = set("chroot newgrp nsenter parallel runuser rush sem su unshare")

// always are programs that read commands, whatever their arguments.
var always = set("at batch crontab")

// readsCode says that a command reads code from its standard input, as far as
// that is known of it.
func readsCode(words []word) (name string, ok bool) {
	for i, w := range words {
		if i > 0 && !isWrapper(words[0]) {
			return "", false
		}
		name := path.Base(w.text)
		if readsAs(name, words, i) {
			return name, true
		}
	}
	return "", false
}

func readsAs(name string, words []word, i int) bool {
	rest := words[i+1:]
	viaArgs := path.Base(words[0].text) == "xargs" && i > 0
	in, known := interpreterOf(name)
	switch {
	case i == 0 && isUnknown(words):
		return false
	case always[name]:
		return true
	case byDefault[name]:
		return onlyOptions(rest) || (name == "su" || name == "runuser") && !hasOption(rest, "c", "--command")
	case name == "sudo" || name == "doas":
		return onlyOptions(rest) || hasOption(rest, "is", "--login", "--shell")
	case name == "ssh" || name == "autossh" || name == "mosh":
		return len(remote(rest)) == 0 || lineReads(remote(rest))
	case name == "make" || name == "gmake":
		return hasOption(rest, "f", "--file", "--makefile") && namesStdin(rest)
	case name == "." || name == "source":
		return namesStdin(rest)
	case name == "skein":
		return namesWord(rest, "--tasks")
	case viaArgs && known && !in.common():
		return hasOption(rest, in.code) && (onlyOptions(rest) || hasOption(words[1:i], "IiJ", "--replace"))
	case viaArgs:
		return false
	}
	return known && !in.common() && in.readsStdin(rest)
}

// lineReads says the same of the commands in a line for another shell, which
// words make. It is read near enough.
func lineReads(words []word) bool {
	var line strings.Builder
	for _, w := range words {
		line.WriteString(w.text + " ")
	}
	for part := range strings.FieldsFuncSeq(line.String(), func(r rune) bool { return strings.ContainsRune("\n;&|(){}", r) }) {
		var command []word
		for s := range strings.FieldsSeq(part) {
			command = append(command, newWord(text{{text: unquote(s)}}))
		}
		if _, reads := readsCode(command); reads {
			return true
		}
	}
	return false
}

func namesStdin(words []word) bool {
	for _, w := range words {
		if w.text == "-" || w.text == "-f-" || isStdin(w.text) || strings.HasSuffix(w.text, "=-") {
			return true
		}
	}
	return false
}

func namesWord(words []word, prefix string) bool {
	for _, w := range words {
		if strings.HasPrefix(w.text, prefix) {
			return true
		}
	}
	return false
}

// hasOption says that one of the words has one of the letters, or is one of the
// long options.
func hasOption(words []word, letters string, long ...string) bool {
	for _, w := range words {
		if isOption(w.text) && w.text[1] != '-' && strings.ContainsAny(w.text[1:], letters) {
			return true
		}
		for _, l := range long {
			if w.text == l || strings.HasPrefix(w.text, l+"=") {
				return true
			}
		}
	}
	return false
}

func onlyOptions(words []word) bool {
	for _, w := range words {
		if !isOption(w.text) && w.text != "-" {
			return false
		}
	}
	return true
}

// readsStdin says that an interpreter may read its standard input: no word is
// code, nor a file.
func (in interpreter) readsStdin(args []word) bool {
	for i := 0; i < len(args); i++ {
		a := args[i].text
		switch {
		case a == "-" || isStdin(a):
			return true
		case !isOption(a):
			return false
		case in.flags == "*" && a[0] == '-' && a[1] != '-' && strings.Contains(a, "s"):
			return true
		case in.code == python.code && in.hint == scriptHint && strings.Contains(a, "m"):
			return false // python -m MODULE
		}
		switch in.read(a) {
		case codeFollows:
			return in.flags == "*" && lineReads(args[min(len(args), i+1):min(len(args), i+2)])
		case valueFollows:
			i++
		case doubtful:
			return true
		}
	}
	return true
}
