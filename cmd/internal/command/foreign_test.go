package command_test

import (
	"strings"
	"testing"

	"example.com/skein/cmd/internal/command"
)

// TestForeign has text that people who know GNU parallel take for a
// placeholder, and text that only looks so.
func TestForeign(t *testing.T) {
	rows := []struct {
		words string // separated by |
		named string // in the message; empty: there is none
		hint  string
	}{
		{"echo|{= s/a/b/ =}", "{= s/a/b/ =}", "shell line"},
		{"echo|{=|s/a/b/|=}", "{= s/a/b/ =}", "shell line"},
		{"echo {2= $_++ =} x", "{2= $_++ =}", "shell line"},
		{"echo|{..}", "{..}", "one extension"},
		{"echo|x{/..}y", "{/..}", "one extension"},
		{"echo|{1..}", "{1..}", "one extension"},
		{"echo|{-1}", "{-1}", "from the end"},
		{"echo|{-12/.}", "{-12/.}", "from the end"},
		{"echo|{+/}", "{+/}", "placeholders are"},
		{"echo|{1+.}", "{1+.}", "placeholders are"},
		{"echo '{..}' | cat", "{..}", "one extension"},
		{"echo|{..}|{-1}", "{..}", "one extension"},
		{"echo|{##}", "{##}", "number of the task"},
		{"bash|-c|echo {1..5} {5..1} {a..e} {a,b} {01..10..2} {-1..1}", "", ""},
		{"for i in {1..3}; do p {}; done", "", ""},
		{"echo|HEAD@{-1}|${..}|${##}", "", ""},
		{"grep|-E|a{3}b{2,}c{,4}", "", ""},
		{"awk|{ x = 1 }|{x==1}", "", ""},
		{"echo|{}|{.}|{/}|{//}|{/.}|{#}|{%}|{1}|{q}", "", ""},
		{"echo|{=}|{-|{-}|{--1}|{1-2}|{|}|{==", "", ""},
		{"echo|{x}|{...x}|{: }", "", ""},
	}
	for _, r := range rows {
		t.Run(r.words, func(t *testing.T) {
			var said, hints []string
			words := strings.Split(r.words, "|")
			if strings.Contains(r.words, " | ") {
				words = []string{r.words}
			}
			_, err := command.Parse(words, command.Options{Mode: command.Auto, Inputs: command.Inputs{Many: true, Most: 9}, Warn: func(message, hint string) {
				said, hints = append(said, message), append(hints, hint)
			}})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case r.named == "" && said == nil:
			case len(said) != 1 || r.named == "" || !strings.HasPrefix(said[0], r.named+" is text") || !strings.Contains(hints[0], r.hint):
				t.Errorf("warned %q, hints %q", said, hints)
			}
		})
	}
}

// TestNotForeign has what only its inputs make a placeholder.
func TestNotForeign(t *testing.T) {
	warn := func(message, _ string) { t.Error(message) }
	for text, in := range map[string]command.Inputs{
		"{..}":  {Braces: "{..}"},
		"{-1}":  {Names: []string{"-1", "b"}, Values: 2},
		"{.-1}": {},
	} {
		if _, err := command.Parse([]string{"echo", text}, command.Options{Inputs: in, Warn: warn}); err != nil {
			t.Error(err)
		}
	}
}
