package command_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/task"
)

// nasty are inputs that a shell or printf would like to read as something
// else. INJECTED would be a file.
var nasty = []string{
	"plain", "", " ", "a  b", " lead", "trail ", "\t", "a\nb", "\n", "a\n", "\na",
	"it's", "''", "'", `"`, `""`, `x"y`, `\`, `\\`, `a\`, `\'`, `\n`, "`touch INJECTED`", "$(touch INJECTED)",
	"; touch INJECTED", "& touch INJECTED &", "| touch INJECTED", "\ntouch INJECTED\n", "'; touch INJECTED; '",
	`"; touch INJECTED; "`, `'"; touch INJECTED; "'`, `$(touch INJECTED)'`, `\"; touch INJECTED; \"`,
	"> INJECTED", ">INJECTED", "#", "# x", "~", "~root", "*", "?", "[a]", "!x", "!!", "$HOME", "${HOME}", "$((1))",
	"-n", "--", "-e", "{}", "{.}", "{a,b}", "%s", "%d%n", "\xff", "a\xc3", "é", "\x81\x82\x83\x88", "\x01\x7f\x1b[31m",
	")", "(", "}", "{", "EOF", "if", "done", "a=b", "2", "&1", "a\rb", "\r", "*/", "esac", ";;", "a[$(touch INJECTED)]",
}

// templates are shell lines; all of them print the input as [input] and NUL.
// {1} stands for the input so that an input which has {} cannot be mistaken.
var templates = []string{
	`printf '[%s]\0' {}`,
	`printf '[%s]\0' "{}"`,
	`printf '[%s]\0' '{}'`,
	`printf '[%s]\0' ""{}''`,
	`printf [%s]\\0 {}`,
	`printf '[%s]\0'`,
	`printf '[%s]\0' {} | cat`,
	`printf '[%s]\0' "{}" | cat`,
	`printf '[%s]\0' '{}' | cat`,
	`x={}; printf '[%s]\0' "$x"`,
	`x="{}"; printf '[%s]\0' "$x"`,
	`x='{}' sh -c 'printf "[%s]\0" "$x"'`,
	`sh -c 'printf "[%s]\0" "$1"' sh {}`,
	`f() { printf '[%s]\0' "$1"; }; f {}`,
	`for x in {}; do printf '[%s]\0' "$x"; done`,
	`if true; then (printf '[%s]\0' {}); fi`,
	`printf '[%s\0' "$(printf '%s]' {})"`,
	`printf '[%s\0' "$(printf '%s]' "{}")"`,
	`printf '[%s\0' "$(printf '%s]' '{}')"`,
	`printf '[%s\0' "$(printf '%s]' "$(printf '%s' "{}x")")" | sed 's/x\]/]/'`,
	`case {} in "{}") printf '[%s]\0' {};; esac`,
	`case "{}" in {}) printf '[%s]\0' "{}";; esac`,
	"printf '[%s]\\0' \\\n {}",
	"\n# it's a comment\nprintf '[%s]\\0' {}\n",
	`printf '[%s]\0' {} 2>&1 >out.{#}; cat <out.{#}`,
	`printf '[%s]\0' {} | sh -c cat`,
	`printf '%s\0' {} | xargs -0 printf '[%s]\0'`,
	`printf '%s\0' {} | xargs -0 sh -c 'printf "[%s]\0" "$1"' sh`,
	`true && printf '[%s]\0' {} || exit 3`,
	`export x={}; printf '[%s]\0' "$x"`,
	`printf "[%s]\0" "{}"`,
	`>out.{#} printf '[%s]\0' {}; cat out.{#}`,
	`<"/dev/null" >"out.{#}" x={} printf '[%s]\0' '{}' 2>&1; cat out.{#}`,
	"cat <<X; printf '[%s]\\0' {}\nX\n",
}

// TestNoInputIsCode runs every template with every nasty input through the
// shell: the program must get exactly that argument, and nothing else happen.
func TestNoInputIsCode(t *testing.T) {
	for _, line := range templates {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tmpl, err := command.Parse([]string{line}, command.Options{Mode: command.Shell})
			if err != nil {
				t.Fatal(err)
			}
			var script, want strings.Builder
			for _, input := range nasty {
				if strings.HasSuffix(input, "\n") && strings.Contains(line, "%s' \"{}x\"") {
					continue // the substitution has its own rule about newlines at the end
				}
				c, err := tmpl.Work(task.Spec{Seq: 1, Input: input}, 1)
				if err != nil {
					t.Fatal(err)
				}
				prints(t, dir, c.Argv, "["+input+"]\x00")
				script.WriteString(c.Line + "\n")
				want.WriteString("[" + input + "]\x00")
			}
			pastes(t, dir, script.String(), want.String())
		})
	}
}

// TestJoin pastes lines of words into a shell.
func TestJoin(t *testing.T) {
	var script, want strings.Builder
	for _, input := range nasty {
		script.WriteString(try(t, input, command.Exec, "printf", "[%s]\\0", "{}").Line + "\n")
		want.WriteString("[" + input + "]\x00")
	}
	pastes(t, t.TempDir(), script.String(), want.String())
	for _, argv := range [][]string{{"if", "x"}, {"a=b", "x"}, {"cd", "x"}, {"echo", "-n"}, {"echo", `\n`}, {"time", "x"}} {
		if line := command.Join(argv); line[0] != '\'' && !strings.HasPrefix(line, "env ") {
			t.Errorf("%s: a shell takes the first word for its own", line)
		}
	}
	for _, argv := range [][]string{{"echo", "x"}, {"gzip", "-9"}, {"true"}} {
		if line := command.Join(argv); line != strings.Join(argv, " ") {
			t.Errorf("%s: more than needed", line)
		}
	}
}

// pastes gives a script to two shells, which must print what is wanted.
func pastes(t *testing.T, dir, script, want string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pasted")
	if err := os.WriteFile(name, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	prints(t, dir, []string{"/bin/sh", name}, want)
	prints(t, dir, []string{"/bin/bash", name}, want)
}

// prints executes argv, which must print what is wanted and make no file of
// an injection.
func prints(t *testing.T, dir string, argv []string, want string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != want {
		t.Errorf("%q\n got %q, %v\nwant %q", argv, out, err, want)
	}
	if _, err := os.Lstat(filepath.Join(dir, "INJECTED")); err == nil {
		t.Fatalf("%q: injected", argv)
	}
}

// FuzzLine parses any line, fills it in, and parses that: the placeholders
// must have become parts of words, and all else be as it was.
func FuzzLine(f *testing.F) {
	for _, line := range templates {
		for _, input := range nasty[5:20] {
			f.Add(line, input)
		}
	}
	f.Add("cat <<X | q {}\n\\{} $(p) $x\\$\n{}\nX\n", "$(q)")
	f.Add("cat <<-'X' | q\n\t{}\n\tX\np <<Y\n{}\nY", "X\nY\n`q`\\")
	f.Add(`p "\{}" \{} \\{} "\\{}" '\{}'`, `"; x; "`)
	f.Fuzz(func(t *testing.T, line, input string) {
		if strings.ContainsRune(line, 0) || strings.ContainsAny(input, "\x00\r") || len(line) > 1000 {
			return // no argument can have a NUL; the parser drops carriage returns
		}
		tmpl, err := command.Parse([]string{line}, command.Options{Mode: command.Shell})
		if err != nil {
			return
		}
		shape := func(input string) string {
			c, err := tmpl.Work(task.Spec{Seq: 1, Input: input}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if c.Argv[0] != "/bin/sh" {
				return strconv.Itoa(len(c.Argv))
			}
			return outline(t, c.Argv[2])
		}
		if got, want := shape(input), shape("x"); got != want {
			t.Errorf("%q with %q\n got %s\nwant %s", line, input, got, want)
		}
	})
}

// outline is the syntax of a line without what stands in single quotes, and
// without \', for there are as many of both as the input has quotes.
func outline(t *testing.T, line string) string {
	p := syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true))
	f, err := p.Parse(strings.NewReader(ascii(line)), "")
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	var b strings.Builder
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case nil:
			b.WriteByte(')')
		case *syntax.Redirect:
			if n.Hdoc == nil {
				fmt.Fprintf(&b, "(%T", n)
				break
			}
			// The word at its end may be another, and its text has the input;
			// but nothing else may be expanded in it.
			for _, part := range n.Hdoc.Parts {
				if _, ok := part.(*syntax.Lit); !ok {
					start, end := part.Pos().Offset(), part.End().Offset()
					fmt.Fprintf(&b, "(doc %T %q", part, line[start:end])
				}
			}
			return false
		case *syntax.Lit:
			fmt.Fprintf(&b, "(%q", strings.ReplaceAll(n.Value, `\'`, ""))
		case *syntax.SglQuoted:
			b.WriteString(`(""`)
		default:
			fmt.Fprintf(&b, "(%T", n)
		}
		return true
	})
	return strings.ReplaceAll(b.String(), `("")`, "")
}

// ascii is a line with every byte beyond ASCII replaced.
func ascii(line string) string {
	b := []byte(line)
	for i, c := range b {
		if c >= 0x80 {
			b[i] = '.'
		}
	}
	return string(b)
}
