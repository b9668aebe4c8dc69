package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// withFlags are the subcommands that have flags.
func withFlags() (all []string) {
	for _, o := range subcommands() {
		if setOf(o.word) != nil {
			all = append(all, o.word)
		}
	}
	return all
}

func TestCompletionKnowsEverySubcommand(t *testing.T) {
	var names []string
	for _, o := range subcommands() {
		names = append(names, o.word)
		if _, ok := helpTexts[o.word]; !ok && o.word != "help" || o.what == "" {
			t.Errorf("%s: %q is said of it, and it has a help: %v", o.word, o.what, ok)
		}
	}
	for name := range helpTexts {
		if !slices.Contains(names, name) {
			t.Errorf("%s is in no line of skein help", name)
		}
	}
}

func TestCompletionSaysWhatEveryFlagIsFor(t *testing.T) {
	for _, subcommand := range withFlags() {
		setOf(subcommand).VisitAll(func(f *pflag.Flag) {
			meta, what := described(subcommand, f)
			if n := len(what); n < 10 || n > 64 || strings.HasSuffix(what, ",") {
				t.Errorf("skein %s --%s: read from the help: %q", subcommand, f.Name, what)
			}
			if valued := f.NoOptDefVal == ""; valued && strings.ToLower(meta) == meta && meta != "each|D" || !valued && f.Value.Type() == "bool" && meta != "" {
				t.Errorf("skein %s --%s: its value is called %q", subcommand, f.Name, meta)
			}
		})
	}
}

func TestAFileIsOfferedForEveryFlagThatTakesOne(t *testing.T) {
	l := line{words: []string{"run"}, set: setOf("run")}
	for _, name := range fileFlags {
		if a := l.value(l.set.Lookup(name), ""); a.kind != files && a.kind != dirs {
			t.Errorf("--%s: %s", name, a.kind)
		}
	}
}

func TestEveryChoiceIsTaken(t *testing.T) {
	n := 0
	for _, subcommand := range withFlags() {
		setOf(subcommand).VisitAll(func(f *pflag.Flag) {
			if v, ok := f.Value.(interface{ choices() []string }); ok {
				for _, choice := range v.choices() {
					n++
					if err := f.Value.Set(choice); err != nil {
						t.Errorf("skein %s --%s=%s: %v", subcommand, f.Name, choice, err)
					}
				}
			}
		})
	}
	if n < 10 {
		t.Errorf("only %d choices", n)
	}
}

func TestReply(t *testing.T) {
	for _, row := range []struct {
		line string // with a bar between words
		want string // kind, from and to, prefix
		has  string // one of the words
	}{
		{"", "words 0 0", "resume"},
		{"-", "words 0 0", "--version"},
		{"run|-", "words 0 0", "--jobs"},
		{"run|", "programs 0 0", ""},
		{"run|-j|", "words 0 0", ""},
		{"run|-j4|", "programs 0 0", ""},
		{"run|-kj|", "words 0 0", ""},
		{"run|-k0|", "programs 0 0", ""},
		{"run|-j|4|-", "words 0 0", "-k"},
		{"run|--|-", "programs 0 0", ""},
		{"run|--json|", "programs 0 0", ""},
		{"run|--json=", "words 0 0 --json=", "stdout,stderr"},
		{"run|--quiet=", "words 0 0 --quiet=", ""},
		{"run|--progress|", "words 0 0", "github"},
		{"run|--progress=a", "words 0 0 --progress=", "auto"},
		{"run|--progress=|", "programs 0 0", ""},
		{"run|--stdin|", "files 0 0", "inherit"},
		{"run|--from=|--", "words 0 0", "--from"},
		{"run|--from|--", "files 0 0", ""},
		{"run|--results=x", "dirs 0 0 --results=", ""},
		{"run|--nosuch|", "programs 0 0", ""},
		{"run|gzip|-", "command 2 3", ""},
		{"run|-k|--|gzip|a|-", "command 4 6", ""},
		{"run|gzip|-9|:::|a|", "command 2 4", ""},
		{"run|cp|{}|x|:::|a|:::+|", "command 2 3", ""},
		{"run|{}|:::|", "programs 0 0", ""},
		{"run|'cat {}'|:::|", "files 0 0", ""},
		{"resume|--from|", "files 0 0", ""},
		{"show|--failed|--task|", "words 0 0", ""},
		{"show|x|-", "words 0 0", "--failed"},
		{"show|x|", "words 0 0", ""},
		{"show|--|-", "dirs 0 0", ""},
		{"show|nosuch", "dirs 0 0", ""},
		{"runs|", "words 0 0", ""},
		{"completion|", "words 0 0", "zsh"},
		{"help|", "words 0 0", "version"},
		{"man|", "words 0 0", "trace"},
		{"version|-", "words 0 0", ""},
		{"nosuch|-", "words 0 0", ""},
		{"run|-\xff|", "programs 0 0", ""},
	} {
		a := reply(strings.Split(row.line, "|"))
		head, _, _ := strings.Cut(a.text(), "\n")
		fields := strings.Split(head, "\t")
		got := strings.TrimSpace(strings.Join(append(fields[:3:3], fields[4:]...), " "))
		has := slices.ContainsFunc(a.words, func(o option) bool { return o.word == row.has })
		if got != row.want || has != (row.has != "") || !has && len(a.words) > 0 || fields[3] == "" {
			t.Errorf("skein %s\ngot  %s %q\nwant %s, with %q", row.line, head, a.words, row.want, row.has)
		}
	}
}

// The scripts name no flag: what there is they ask.
func TestScriptsNameNoFlag(t *testing.T) {
	for shell, script := range map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion} {
		for _, subcommand := range withFlags() {
			setOf(subcommand).VisitAll(func(f *pflag.Flag) {
				if strings.Contains(script, "--"+f.Name) {
					t.Errorf("%s: --%s", shell, f.Name)
				}
			})
		}
	}
}

func TestClause(t *testing.T) {
	for what, want := range map[string]string{
		"at most N tasks at a time (default: one per CPU); 0: as many":           "at most N tasks at a time",
		"auto: what runs (default); plain: a line":                               "auto: what runs",
		"run the tasks in DIR.":                                                  "run the tasks in DIR",
		"wait for processes that are still alive, instead of ending all of them": "wait for processes that are still alive",
		"": "",
	} {
		if got := clause(what); got != want {
			t.Errorf("clause(%q) = %q, want %q", what, got, want)
		}
	}
}

// FuzzReply: whatever is on the line, the answer is one.
func FuzzReply(f *testing.F) {
	f.Setenv("XDG_STATE_HOME", f.TempDir())
	f.Setenv("XDG_RUNTIME_DIR", f.TempDir())
	f.Add("run\n-kj\n4\ngzip\n:::\n")
	f.Add("show\n--slowest=\n--\n-")
	f.Fuzz(func(t *testing.T, text string) {
		words := strings.Split(text, "\n")
		a := reply(words)
		if a.kind == ofCommand && (a.from < 2 || a.to <= a.from || a.to > len(words)) {
			t.Errorf("%q: %+v", words, a)
		}
		if !strings.HasPrefix(words[len(words)-1], a.prefix) {
			t.Errorf("%q: %+v", words, a)
		}
	})
}
