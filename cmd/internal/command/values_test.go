package command_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/skein/cmd/internal/command"
	"example.com/skein/cmd/internal/task"
	"example.com/skein/cmd/internal/usage"
)

// argv gives what one spec becomes.
func argv(t *testing.T, in command.Inputs, s task.Spec, words ...string) ([]string, error) {
	t.Helper()
	tmpl, err := command.Parse(words, command.Options{Inputs: in})
	if err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	c, err := tmpl.Work(s, 3)
	return c.Argv, err
}

func TestValues(t *testing.T) {
	two := command.Inputs{Values: 2}
	table := command.Inputs{Values: 3, Names: []string{"file", "in stock", "q"}}
	one := command.Inputs{Values: 1, Names: []string{"x"}}
	many := command.Inputs{Many: true, Most: 3}
	braces := command.Inputs{Braces: "%%"}
	object := command.Inputs{Fields: true}
	rows := []struct {
		says   string
		in     command.Inputs
		values []string // nil: a lone input, "d/i.x"
		words  []string
		want   []string
	}{
		{"all values are appended", two, []string{"a", "b c"}, []string{"p"}, []string{"p", "a", "b c"}},
		{"by place", two, []string{"d/a.x", "b"}, []string{"p", "{2}{1/.}", "{1//}"}, []string{"p", "ba", "d"}},
		{"by name", table, []string{"d/a.x", "n", "z"}, []string{"p", "{file}", "{file/.}", "{in stock}", "{2}"}, []string{"p", "d/a.x", "a", "n", "n"}},
		{"a name that is another placeholder is had by place", table, []string{"a", "b", "z"}, []string{"p", "{3}"}, []string{"p", "z"}},
		{"named and quoted once more", table, []string{"a b", "b", "z"}, []string{"p", "{file:q}", "{1q}"}, []string{"p", "'a b'", "'a b'"}},
		{"one column needs no name", one, []string{"d/v"}, []string{"p", "{}", "{1}", "{x}", "{/}"}, []string{"p", "d/v", "d/v", "d/v", "v"}},
		{"what is no name is text", table, []string{"a", "b", "c"}, []string{"p", "{ file }", "${file}", "@{1}", "{a,b}", "{1}"}, []string{"p", "{ file }", "${file}", "@{1}", "{a,b}", "a"}},
		{"many are arguments", many, []string{"a", "b c"}, []string{"p", "x", "{}"}, []string{"p", "x", "a", "b c"}},
		{"with what they are joined to", many, []string{"a.x", "b"}, []string{"p", "-f{.}{#}", "{%}"}, []string{"p", "-fa7", "-fb7", "3"}},
		{"many are appended", many, []string{"a", "b"}, []string{"p"}, []string{"p", "a", "b"}},
		{"one of many", many, []string{"a", "b"}, []string{"p", "{2}", "{1}"}, []string{"p", "b", "a"}},
		{"many in a line", many, []string{"a", "b c"}, []string{"p {} $x | q"}, []string{"/bin/sh", "-c", "p 'a' 'b c' $x | q"}},
		{"with what is around them", many, []string{"a", "b"}, []string{`p "$x"{}"y" | q`}, []string{"/bin/sh", "-c", `p "$x"'a'"y" "$x"'b'"y" | q`}},
		{"many in a simple line", many, []string{"a", "b"}, []string{"p -f{} c"}, []string{"p", "-fa", "-fb", "c"}},
		{"other braces", braces, nil, []string{"p", "{}", "%%", "x%%", "{/}"}, []string{"p", "{}", "d/i.x", "xd/i.x", "i.x"}},
		{"nothing is appended where there is nothing", command.Inputs{None: true}, nil, []string{"p", "{#}"}, []string{"p", "7"}},
		{"nor to a line", command.Inputs{None: true}, nil, []string{"p | q"}, []string{"/bin/sh", "-c", "p | q"}},
		{"an object is one argument", object, nil, []string{"p"}, []string{"p", "d/i.x"}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			s := task.Spec{Seq: 7, Input: "d/i.x", Values: r.values}
			if got, err := argv(t, r.in, s, r.words...); err != nil || !slices.Equal(got, r.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestFields(t *testing.T) {
	const object = `{"a": "x\ny", "n": 1.50, "b": null, "l": [1, {"k": "v"}], "o": {"a.b": "dotted", "a": {"c": "deep"}}, "a-b_1": ""}`
	in := command.Inputs{Fields: true}
	rows := [][2]string{
		{"{a}", "x\ny"}, {"{n}", "1.50"}, {"{b}", "null"}, {"{l}", `[1, {"k": "v"}]`}, {"{l.1.k}", "v"}, {"{o.a.b}", "dotted"},
		{"{o.a.c}", "deep"}, {"{a-b_1}", ""}, {"{n.}", "1"}, {"{o.a.c:q}", "'deep'"}, {"{}", object}, {"{1}", object},
	}
	for _, r := range rows {
		if got, err := argv(t, in, task.Spec{Input: object}, "p", r[0]); err != nil || got[1] != r[1] {
			t.Errorf("%s: got %q, %v", r[0], got, err)
		}
	}
	for _, name := range []string{"{x}", "{a.x}", "{l.2}", "{l.x}", "{o.a.x}", "{n.x}"} {
		if _, err := argv(t, in, task.Spec{Input: object}, "p", name); err == nil || !strings.Contains(err.Error(), "no field "+strings.Trim(name, "{}")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := argv(t, in, task.Spec{Input: `{"a":"\u0000"}`}, "p", "{a}"); err == nil {
		t.Error("a NUL is no argument")
	}
}

func TestFieldsThatAreNoText(t *testing.T) {
	in := command.Inputs{Fields: true}
	for object, want := range map[string]string{
		"{\"a\":\"x\xffy\"}": "the field a is not valid UTF-8", `{"a":"x\ud800y"}`: "the field a has half of a pair", `{"a":"\ud800\ud800\udc00"}`: "the field a has half",
		`{"a":"\udc00\ufffd"}`: "the field a has half", "{\"a\":\"\ufffd\\ufffd\\uFFFD\"}": "", `{"a":"\ud83d\ude00"}`: "", `{"a":"\\ud800"}`: "", `{"a":"\\ufffd\ufffd"}`: "",
		"{\"a\":\"x\",\"b\":\"\xff\"}": "", "{\"a\":[\"\xff\"]}": "",
	} {
		_, err := argv(t, in, task.Spec{Input: object}, "p", "{a}")
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", object, err)
		}
	}
}

func TestValuesThatAreMissing(t *testing.T) {
	in := command.Inputs{Many: true, Most: 3}
	if _, err := argv(t, in, task.Spec{Values: []string{"a"}}, "p", "{3}"); err == nil || !strings.Contains(err.Error(), "no input 3") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedValues(t *testing.T) {
	two := command.Inputs{Values: 2}
	table := command.Inputs{Values: 2, Names: []string{"a", "a"}}
	many := command.Inputs{Many: true}
	rows := []struct {
		in         command.Inputs
		words      string
		what, hint string
	}{
		{two, "p {}", "each task has 2 inputs", "{1} {2}"},
		{two, "p {/.}", "each task has 2 inputs", ""},
		{two, "p {q}", "each task has 2 inputs", ""},
		{two, "p {3}", "no input 3", "2 sources"},
		{two, "p {99999999999999999999}", "no input 999", ""},
		{table, "p {a}", "several columns", "{1} {2}"},
		{table, "p {b}", "no column b", "a, a"},
		{many, "p {1}", "no input 1", "not known"},
		{many, "p >{}", "several inputs", "-n and -X"},
		{many, `p "{}"`, "several inputs", ""},
		{many, "p '{}'", "several inputs", ""},
		{many, "x={} p", "several inputs", ""},
		{many, "{} | p", "several inputs", ""},
		{many, "case {} in x) p;; esac", "several inputs", ""},
		{many, "cat <<X\n{}\nX\n", "several inputs", ""},
		{many, "p $(q {})x{} | r", "within a word that is repeated", "x="},
		{command.Inputs{None: true}, "p {}", "--pipe", "{#}"},
		{command.Inputs{None: true}, "p {.}", "--pipe", ""},
	}
	for _, r := range rows {
		_, err := command.Parse([]string{r.words}, command.Options{Inputs: r.in})
		var e *usage.Error
		if !errors.As(err, &e) || !strings.Contains(e.What, r.what) || !strings.Contains(e.Hint, r.hint) || e.Hint == "" {
			t.Errorf("%s: got %v", r.words, err)
		}
	}
}

func TestRoom(t *testing.T) {
	many := command.Inputs{Many: true, Most: 1_000_000}
	for _, words := range [][]string{{"p", "-f{}", "{.}", "x"}, {"p", "{}"}, {"p -f{} $x {.} | q"}} {
		tmpl, err := command.Parse(words, command.Options{Inputs: many})
		if err != nil {
			t.Fatal(err)
		}
		inputs := []string{"a.b", "it's", "", strings.Repeat("'", 100)}
		sum := 0
		for _, in := range inputs {
			sum += tmpl.Size(command.Measure{}, in)
		}
		none, err := tmpl.Work(task.Spec{Values: []string{}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		c, err := tmpl.Work(task.Spec{Values: inputs}, 1)
		if err != nil {
			t.Fatal(err)
		}
		grown := bytesOf(c.Argv) - bytesOf(none.Argv)
		if sum < grown || sum > grown+20*len(inputs) {
			t.Errorf("%q: %d bytes are said, %d are taken", words, sum, grown)
		}
		if room := tmpl.Room(command.Measure{}); tmpl.Size(command.Measure{}, strings.Repeat("x", 128<<10)) <= room || room < 50<<10 {
			t.Errorf("%q: an argument that is too long has room in %d", words, room)
		}
	}
}

func bytesOf(argv []string) (n int) {
	for _, a := range argv {
		n += len(a) + 1 + 8
	}
	return n
}

func TestDashes(t *testing.T) {
	rows := []struct {
		says  string
		in    command.Inputs
		words []string
		spec  task.Spec
		warns bool
	}{
		{"an argument", command.Inputs{}, []string{"p", "{}"}, task.Spec{Input: "-n"}, true},
		{"one that is appended", command.Inputs{}, []string{"p"}, task.Spec{Input: "--x"}, true},
		{"the beginning of one", command.Inputs{}, []string{"p", "{}.txt"}, task.Spec{Input: "-n"}, true},
		{"a part of the input", command.Inputs{}, []string{"p", "{/}"}, task.Spec{Input: "d/-n"}, true},
		{"in a line", command.Inputs{}, []string{"p {} | q"}, task.Spec{Input: "-n"}, true},
		{"in quotes", command.Inputs{}, []string{`p "{}" | q`}, task.Spec{Input: "-n"}, true},
		{"the second value", command.Inputs{Values: 2}, []string{"p", "{1}", "{2}"}, task.Spec{Values: []string{"a", "-b"}}, true},
		{"one of many", command.Inputs{Many: true}, []string{"p"}, task.Spec{Values: []string{"a", "-b"}}, true},
		{"no dash", command.Inputs{}, []string{"p"}, task.Spec{Input: "a-b"}, false},
		{"behind a --", command.Inputs{}, []string{"p", "-x", "--", "{}"}, task.Spec{Input: "-n"}, false},
		{"behind a -- in a line", command.Inputs{}, []string{"p -- {} | q"}, task.Spec{Input: "-n"}, false},
		{"behind a directory", command.Inputs{}, []string{"p", "./{}"}, task.Spec{Input: "-n"}, false},
		{"a target", command.Inputs{}, []string{"p >{}"}, task.Spec{Input: "-n"}, false},
		{"a value", command.Inputs{}, []string{"x={}; p"}, task.Spec{Input: "-n"}, false},
		{"the command", command.Inputs{}, []string{"{}", "x"}, task.Spec{Input: "-n"}, false},
		{"an argument of code", command.Inputs{}, []string{"sh", "-c", "p", "sh", "{}"}, task.Spec{Input: "-n"}, false},
		{"another value than the one used", command.Inputs{Values: 2}, []string{"p", "{1}"}, task.Spec{Values: []string{"a", "-b"}}, false},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			var told []string
			tmpl, err := command.Parse(r.words, command.Options{Inputs: r.in, Warn: func(message, hint string) { told = append(told, message+hint) }})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := tmpl.Work(r.spec, 1); err != nil {
					t.Fatal(err)
				}
			}
			if len(told) > 1 || (len(told) == 1) != r.warns {
				t.Errorf("told %q", told)
			}
		})
	}
}

// TestOptionsThatRun has inputs that would be options which are executed.
func TestOptionsThatRun(t *testing.T) {
	rows := []struct {
		words string
		fails bool
	}{
		{"ssh|{}|uptime", true}, {"ssh|-p|22|{}|uptime", true}, {"ssh|--|{}|uptime", false}, {"ssh|-l|{}|host", false},
		{"sudo|ssh|{}", true}, {"timeout|5|scp|{}|host:", true}, {"/usr/bin/rsync|-av|{}|host:", true}, {"rsync|-e|ssh|{}|host:", true},
		{"rsync|--|{}|host:", false}, {"rsync|./{}|host:", false}, {"tar|czf|x.tgz|{}", true}, {"tar|-cf|{}|x", false}, {"tar|cf|{}|x", false},
		{"tar|-cz|{}", true}, {"git|log|{}", true}, {"git|commit|-m|{}", false}, {"git|add|--|{}", false}, {"git|clone|{}", true},
		{"find|{}|-name|x", true}, {"find|.|-name|{}", false}, {"find|-L|{}", true}, {"find|--|{}", true}, {"sftp|{}", true}, {"ls|{}", false},
		{"ssh {} uptime; p", true}, {"ssh -- {} uptime; p", false}, {`p; nice rsync -a "{}" x:`, true}, {"grep ssh {}; p", false},
	}
	for _, r := range rows {
		tmpl, err := command.Parse(strings.Split(r.words, "|"), command.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tmpl.Work(task.Spec{Seq: 1, Input: "-x"}, 1); (err != nil) != r.fails || err != nil && !strings.Contains(err.Error(), "./{}") {
			t.Errorf("%s: %v", r.words, err)
		}
		if _, err := tmpl.Work(task.Spec{Seq: 1, Input: "x-"}, 1); err != nil {
			t.Errorf("%s: %v", r.words, err)
		}
	}
}

// FuzzPlaceholders parses any word with any inputs: each placeholder that is
// found must be replaced, and all else stay.
func FuzzPlaceholders(f *testing.F) {
	for _, w := range []string{"{}", "{2/.}", "a{x}b", "{x.}", "{x:q}", "{{}}", "${}{1q}", "{%}{#}", "{01}", "{ }", "%%", "{b c//}"} {
		for n := range uint8(5) {
			f.Add(w, n)
		}
	}
	f.Fuzz(func(t *testing.T, w string, n uint8) {
		in := []command.Inputs{{}, {Values: 2}, {Values: 2, Names: []string{"x", "b c"}}, {Fields: true}, {Many: true, Most: 2}, {Braces: "%%"}}[n%6]
		if strings.Contains(w, "\x00") || !utf8.ValidString(w) {
			return
		}
		tmpl, err := command.Parse([]string{"p", w, "x"}, command.Options{Mode: command.Exec, Inputs: in})
		if err != nil {
			return
		}
		s := task.Spec{Seq: 7, Input: "v"}
		if in.Values == 2 || in.Many {
			s.Values = []string{"v", "v"}
		}
		if in.Fields {
			s.Input = `{"x":"v","a":"v"}`
		}
		c, err := tmpl.Work(s, 3)
		if err != nil {
			return
		}
		// With other values the same pieces stay.
		s.Input = strings.ReplaceAll(s.Input, "v", "")
		for i := range s.Values {
			s.Values[i] = ""
		}
		e, err := tmpl.Work(s, 3)
		if err != nil || len(e.Argv) != len(c.Argv) {
			t.Fatalf("%q: %q and %q, %v", w, c.Argv, e.Argv, err)
		}
		if !in.Fields && len(e.Argv[1]) > len(c.Argv[1]) && !strings.Contains(w, "//") {
			t.Errorf("%q: %q and %q", w, c.Argv, e.Argv)
		}
		if c.Argv[1] == w && len(c.Argv) == 3 && w != "v" && strings.Contains(w, "{}") && n%6 == 0 && !strings.Contains(w, "${") && !strings.Contains(w, "@{") {
			t.Errorf("%q: nothing was replaced", w)
		}
	})
}

// FuzzDocument lets the shell read any input in a here-document, and within a
// shell within the shell.
func FuzzDocument(f *testing.F) {
	for _, in := range nasty {
		f.Add(in, "a {} b")
	}
	f.Add("X\n\\", "\\{}\\\n{}X$(p)")
	f.Add("\tX\x81", "\t{}\nX{}")
	f.Fuzz(func(t *testing.T, input, around string) {
		if strings.ContainsAny(input+around, "\x00") || strings.Contains(around, "\r") {
			return
		}
		s := task.Spec{Seq: 1, Input: input}
		quotedLine := "cat <<'X'\n" + around + "\nX\n"
		if tmpl, err := command.Parse([]string{quotedLine}, command.Options{Mode: command.Shell}); err == nil && strings.Count(around, "{}") > 0 && !strings.Contains("\n"+around+"\n", "\nX\n") && !strings.ContainsAny(around, "$@/.%#123456789q") {
			c, err := tmpl.Work(s, 1)
			if err != nil {
				t.Fatal(err)
			}
			prints(t, t.TempDir(), c.Argv, strings.ReplaceAll(around, "{}", input)+"\n")
		}
		plain := "cat <<-X\n\t<{}>\nX\n"
		tmpl, err := command.Parse([]string{plain}, command.Options{Mode: command.Shell})
		if err != nil {
			t.Fatal(err)
		}
		c, err := tmpl.Work(s, 1)
		if err != nil {
			t.Fatal(err)
		}
		prints(t, t.TempDir(), c.Argv, "<"+input+">\n")
		tmpl, err = command.Parse([]string{"sh", "-c", `printf '[%s]' x{q}`}, command.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if c, err = tmpl.Work(s, 1); err != nil {
			t.Fatal(err)
		}
		prints(t, t.TempDir(), c.Argv, "[x"+input+"]")
	})
}
