package command

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// readers are programs, beside interpreters, that may run what they read from
// standard input, or hand it to one that does.
var readers = set(`. at batch chroot crontab dc doas docker ed eval ex expect ftp gdb
	gmake gnuplot julia kubectl lftp lldb lxc m4 machinectl make mariadb mosh mysql
	nerdctl newgrp nsenter oc octave osascript parallel pkexec podman powershell
	psql pwsh R rush Rscript sem sftp sg skein source sqlite sqlite3 ssh su sudo
	systemd-run tclsh unshare vi vim wish xargs`)

const (
	docHint  = "give the input as an argument, sh -c 'echo \"$1\"' sh {}, or through a pipe: printf '%s\\n' {} | COMMAND"
	pipeHint = `give the input as an argument: sh -c 'echo "$1"' sh {}; or quote it for that shell: sh -c 'echo {q}'`
)

// checkStdin refuses inputs that a command may read as code from its standard
// input.
func (v *visitor) checkStdin(f *syntax.File) error {
	for _, s := range f.Stmts {
		if err := v.checkDocuments(f, s); err != nil {
			return err
		}
	}
	var err error
	syntax.Walk(f, func(n syntax.Node) bool {
		b, ok := n.(*syntax.BinaryCmd)
		if ok && err == nil && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) && v.hasHole(b.X) {
			err = v.checkPipe(f, b.Y)
		}
		return err == nil
	})
	return err
}

// checkDocuments refuses inputs in the here-documents of a statement any word
// of which names a program that may run what it reads. It does not find out who
// reads the document.
func (v *visitor) checkDocuments(f *syntax.File, s *syntax.Stmt) error {
	var where syntax.Node = s
	found := false
	syntax.Walk(s, func(n syntax.Node) bool {
		r, ok := n.(*syntax.Redirect)
		found = found || ok && r.Hdoc != nil && v.hasHole(r.Hdoc)
		return true
	})
	if !found {
		return nil
	}
	if hasFunctions(f) {
		where = f
	}
	if name := v.reader(where); name != "" {
		return asCode(name, docHint)
	}
	return nil
}

// hasFunctions says that a line declares functions, or changes its standard
// input, so that any command may be the one that reads.
func hasFunctions(f *syntax.File) bool {
	found := false
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.FuncDecl:
			found = true
		case *syntax.CallExpr:
			found = found || len(n.Args) > 0 && (n.Args[0].Lit() == "exec" || n.Args[0].Lit() == "alias")
		}
		return true
	})
	return found
}

// reader names a program below n that may run what it reads; empty: there is
// none.
func (v *visitor) reader(n syntax.Node) (name string) {
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Redirect:
			return n.Hdoc == nil
		case *syntax.CallExpr:
			if words := v.words(n); name == "" && (isUnknown(words) || readsProgram(words)) {
				name = words[0].text
			}
		case *syntax.Word:
			if start, end := span(n); name == "" {
				name = readerIn(v.source[start:end])
			}
		}
		return name == ""
	})
	return name
}

// isUnknown says that a command word is made by the shell.
func isUnknown(words []word) bool {
	return len(words) > 0 && words[0].known == nil && strings.ContainsAny(words[0].text, "$`*?[~")
}

// readsProgram says that awk or sed may take standard input for its program.
func readsProgram(words []word) bool {
	for i, w := range words {
		if name := path.Base(w.text); (awks[name] || name == "sed") && namesStdin(words[i+1:]) {
			return true
		}
	}
	return false
}

// readerIn looks for the name of a program in a word, which may be a string of
// several.
func readerIn(s string) string {
	sees := strings.ContainsAny(s, "\\'\"")
	split := func(r rune) bool { return strings.ContainsRune(" \t\n;&|()<>{}`=,", r) }
	for _, s := range []string{s, unquote(s)} {
		for _, w := range append(strings.FieldsFunc(s, split), s) {
			w = unquote(w)
			name := path.Base(w)
			if w == "" {
				continue
			}
			if _, known := interpreterOf(name); known || readers[name] || readers[unversioned(name)] || isStdin(w) {
				return name
			}
		}
		if !sees {
			break
		}
	}
	return ""
}

// isStdin says that a word names standard input as a file.
func isStdin(w string) bool {
	return strings.HasSuffix(w, "/dev/stdin") || strings.HasSuffix(w, "/fd/0")
}

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
