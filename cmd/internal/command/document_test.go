package command_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/task"
)

// lines of here-documents: what is written and what it means, in which \x00
// stands for the input.
var docLines = map[string][][2]string{
	"<<X": {
		{"a {} b", "a \x00 b"}, {"{}", "\x00"}, {"{}{}", "\x00\x00"}, {`"{}"`, "\"\x00\""}, {`'{}'`, "'\x00'"},
		{`\{}`, "\\\x00"}, {`\\{}`, "\\\x00"}, {`{}\$`, "\x00$"}, {"\t{}", "\t\x00"}, {"X{}", "X\x00"}, {"{}X", "\x00X"},
		{"${y}{}", "Y\x00"}, {"$y {}", "Y \x00"}, {"{}$y", "\x00Y"}, {"a\\\n{}", "a\x00"}, {"\\`{}", "`\x00"},
		{"$(printf 1.)", "1."}, {"# {}", "# \x00"}, {"", ""},
	},
	"<<'X'": {
		{"a {} b", "a \x00 b"}, {"{}", "\x00"}, {`"{}"`, "\"\x00\""}, {`\{}`, "\\\x00"}, {`$HOME{}`, "$HOME\x00"},
		{"`{}`", "`\x00`"}, {"$(touch INJECTED) {}", "$(touch INJECTED) \x00"}, {"\t{}", "\t\x00"}, {"X{}", "X\x00"}, {"a\\\n{}", "a\\\n\x00"},
	},
}

// TestRandomDocuments gives random here-documents with random inputs to the
// shell: the command must read exactly these inputs.
func TestRandomDocuments(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	a := author{rand.New(rand.NewPCG(seed, 0))}
	dir := t.TempDir()
	inputs := append([]string{"X", "\nX\n", "X\n", "a\nX\nb", "\tX", "\n\tX\n\ttabs", "X_1", "X\nX_1\n", "EOF\n", "\\\nX", "a\\\n", "\n\\"}, nasty...)
	for range 100 {
		line, means := a.document()
		input := inputs[a.IntN(len(inputs))]
		tmpl, err := command.Parse([]string{line}, command.Options{Mode: command.Shell})
		if err != nil {
			t.Fatalf("%s\n%v", line, err)
		}
		c, err := tmpl.Work(task.Spec{Seq: 1, Input: input}, 1)
		if err != nil && !utf8.ValidString(input) {
			continue // before a backslash
		}
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(means, "\x00", input)
		prints(t, dir, c.Argv, want)
		prints(t, dir, []string{"/bin/bash", c.Argv[1], c.Argv[2]}, want)
		pastes(t, dir, c.Line+"\n", want)
	}
}

// TestLinesOfDocuments has what random ones seldom have.
func TestLinesOfDocuments(t *testing.T) {
	rows := []struct{ says, line, want string }{
		{"a backslash that is text, before the tabs of the next line", "cat <<-X\n\ta\\\\\n\t\t{}$y\n\tX\n", "a\\\nin\n"},
		{"one that continues the line", "cat <<-X\n\ta\\\n\t{}\n\tX\n", "a\tin\n"},
		{"nothing else is expanded", "cat <<X\n{}\nX\n", "in\n"},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			dir := t.TempDir()
			prints(t, dir, []string{"/bin/sh", "-c", strings.Replace(r.line, "{}", "in", 1)}, r.want)
			c := try(t, "in", command.Shell, r.line)
			prints(t, dir, c.Argv, r.want)
			pastes(t, dir, c.Line+"\n", r.want)
		})
	}
}

// TestInputsThatNoDocumentHas are failures of one task.
func TestInputsThatNoDocumentHas(t *testing.T) {
	var starts strings.Builder
	for _, c := range "EABCDFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789" {
		starts.WriteString(string(c) + "\xff\n")
	}
	rows := []struct {
		says, locale, line, input string
		err                       string // of the task; empty: none
	}{
		{"a byte before a backquote, where things are expanded", "", "cat <<X\n${y}{}\nX\n", "\x83`p`", "not UTF-8"},
		{"before a $", "", "cat <<X\n${y}{}\nX\n", "\x83$(p)", "not UTF-8"},
		{"before a backslash", "", "cat <<X\n${y}{}\nX\n", "\x83\\", "not UTF-8"},
		{"the byte is the document's", "", "cat <<X\n${y}\x83{}\nX\n", "`p`", "not UTF-8"},
		{"UTF-8", "", "cat <<X\n${y}{}\nX\n", "é`p`", ""},
		{"UTF-8 in another locale", "ja_JP.SJIS", "cat <<X\n${y}{}\nX\n", "\u3042`p`", "not UTF-8"},
		{"where nothing else is expanded", "ja_JP.SJIS", "cat <<X\n{}\nX\n", "\x83`p`", ""},
		{"quoted", "", "cat <<'X'\n$y{}\nX\n", "\x83`p`", ""},
		{"every word begins a line", "", "cat <<EOF\n{}\nEOF\n", starts.String(), "every word"},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			t.Setenv("LC_ALL", r.locale)
			t.Setenv("LANG", "")
			tmpl, err := command.Parse([]string{r.line}, command.Options{Mode: command.Shell})
			if err != nil {
				t.Fatal(err)
			}
			_, err = tmpl.Work(task.Spec{Seq: 1, Input: r.input}, 1)
			if (err == nil) != (r.err == "") || err != nil && !strings.Contains(err.Error(), r.err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// document writes a here-document and what it means.
func (a author) document() (line, means string) {
	op := []string{"<<X", "<<'X'"}[a.IntN(2)]
	tabs := a.IntN(3) == 0
	var text strings.Builder
	for n := 1 + a.IntN(4); n > 0; n-- {
		l := docLines[op][a.IntN(len(docLines[op]))]
		m := l[1]
		if tabs {
			text.WriteString("\t\t"[:a.IntN(3)])
			m = strings.TrimLeft(m, "\t")
		}
		text.WriteString(l[0] + "\n")
		means += m + "\n"
	}
	if !strings.Contains(text.String(), "{}") {
		text.WriteString("{}\n")
		means += "\x00\n"
	}
	if tabs {
		op = "<<-" + op[2:]
		text.WriteString("\t")
	}
	text.WriteString("X\n")
	switch a.IntN(3) {
	case 0:
		return "y=Y; cat " + op + "\n" + text.String(), means
	case 1:
		return "y=Y; cat " + op + " | cat; printf end\n" + text.String() + "printf of", means + "endof"
	}
	return "y=Y\nf() { cat; }\nif true; then (f " + op + "\n" + text.String() + ") fi", means
}

// TestNested lets a shell within the shell read {q}.
func TestNested(t *testing.T) {
	dir := t.TempDir()
	for _, words := range [][]string{
		{`sh -c "printf '[%s]\0' {q}"`},
		{`eval "printf '[%s]\\0' {q}"`},
		{`eval printf "'[%s]\\0'" {q}`},
		{`x="$(sh -c "printf '[%s]' {q}")"; printf '%s\0' "$x"`},
		{"sh", "-c", `printf '[%s]\0' {q}`},
		{"env", "bash", "-c", `x={q}; printf '[%s]\0' "$x"`},
	} {
		t.Run(strings.Join(words, " "), func(t *testing.T) {
			t.Parallel()
			tmpl, err := command.Parse(words, command.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, input := range nasty {
				c, err := tmpl.Work(task.Spec{Seq: 1, Input: input}, 1)
				if err != nil {
					t.Fatal(err)
				}
				prints(t, dir, c.Argv, "["+input+"]\x00")
			}
		})
	}
}
