package command_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/task"
)

// author writes random words of a shell line, and knows what they mean.
type author struct{ *rand.Rand }

// literals have a piece of a word and what it means, by where it stands.
var literals = map[string][][2]string{
	"bare":   {{"a", "a"}, {`\ `, " "}, {`\'`, "'"}, {`\"`, `"`}, {`\\`, `\`}, {`\$`, "$"}, {"é", "é"}, {"\\\n", ""}, {`\{}`, "{}"}, {"%", "%"}},
	"double": {{"a", "a"}, {" ", " "}, {"'", "'"}, {`\"`, `"`}, {`\\`, `\`}, {`\$`, "$"}, {`\x`, `\x`}, {"\n", "\n"}, {";", ";"}, {"*", "*"}, {"#", "#"}, {`\` + "`", "`"}},
	"single": {{"a", "a"}, {" ", " "}, {`"`, `"`}, {`\`, `\`}, {"$", "$"}, {"`", "`"}, {"\n", "\n"}, {"$(", "$("}, {"%", "%"}},
}

// word gives a word, and its meaning in which \x00 stands for the input.
func (a author) word(depth int) (text, meaning string) {
	for range 1 + a.IntN(3) {
		t, m := a.part(depth)
		if strings.HasPrefix(t, "{}") {
			t, m = "a"+t, "a"+m // behind a $ it would be text
		}
		text, meaning = text+t, meaning+m
	}
	return text, meaning
}

func (a author) part(depth int) (text, meaning string) {
	switch a.IntN(4) {
	case 0:
		return a.pieces("bare")
	case 1:
		t, m := a.pieces("single")
		return "'" + t + "'", m
	case 2:
		t, m := a.pieces("double")
		return `"` + t + `"`, m
	}
	if depth == 0 {
		return "{}", "\x00"
	}
	t, m := a.word(depth - 1)
	before, means := a.pieces("double")
	return `"` + before + "$(printf %s. " + t + `)"`, means + m + "."
}

func (a author) pieces(where string) (text, meaning string) {
	for range a.IntN(4) {
		if a.IntN(3) == 0 && !strings.HasSuffix(text, "$") {
			text, meaning = text+"{}", meaning+"\x00"
			continue
		}
		l := literals[where][a.IntN(len(literals[where]))]
		text, meaning = text+l[0], meaning+l[1]
	}
	return text, meaning
}

// TestRandomWords lets the shell read random words with random inputs.
func TestRandomWords(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	a := author{rand.New(rand.NewPCG(seed, 0))}
	dir := t.TempDir()
	for range 40 {
		pasteRandom(t, a, dir)
	}
}

// pasteRandom gives the shell some random lines at once, for it is slow to
// start.
func pasteRandom(t *testing.T, a author, dir string) {
	t.Helper()
	var script, want strings.Builder
	for range 25 {
		text, meaning := a.word(2)
		line := `printf '[%s]\0' x` + text + " {}"
		input := nasty[a.IntN(len(nasty))]
		tmpl, err := command.Parse([]string{line}, command.Options{Mode: command.Shell})
		if err != nil {
			t.Fatalf("%s\n%v", line, err)
		}
		c, err := tmpl.Work(task.Spec{Seq: 1, Input: input}, 1)
		if err != nil {
			t.Fatal(err)
		}
		script.WriteString(c.Line + "\n")
		means := "x" + strings.ReplaceAll(meaning, "\x00", input)
		want.WriteString("[" + means + "]\x00[" + input + "]\x00")
		withoutShell(t, "p x"+text+" {}", input, means)
	}
	pastes(t, dir, script.String(), want.String())
}

// withoutShell checks that we read a word as the shell does, if no shell is
// asked.
func withoutShell(t *testing.T, line, input, means string) {
	t.Helper()
	argv := try(t, input, command.Shell, line).Argv
	if argv[0] != "/bin/sh" && (len(argv) != 3 || argv[1] != means || argv[2] != input) {
		t.Errorf("%s with %q\n got %q\nwant %q", line, input, argv, means)
	}
}
