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
		if ok && err == nil && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) && (v.hasHole(b.X) || v.expandsInput(b.X)) {
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
		found = found || ok && r.Hdoc != nil && (v.hasHole(r.Hdoc) || v.expandsInput(r.Hdoc))
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
