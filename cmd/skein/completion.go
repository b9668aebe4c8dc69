package main

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

const completionHelp = `usage: skein completion bash|zsh|fish

Prints the script that completes skein's command line, COMMAND and its arguments
as the shell itself does. For bash, in ~/.bashrc:
    eval "$(skein completion bash)"
For zsh, in ~/.zshrc behind compinit, or as a file _skein in your fpath:
    eval "$(skein completion zsh)"
For fish, in ~/.config/fish/config.fish:
    skein completion fish | source
`

// A shell has a script of its own, which asks skein completion reply what there
// is, and shows it as its users know it.
//
//go:embed completion.bash
var bashCompletion string

//go:embed completion.zsh
var zshCompletion string

//go:embed completion.fish
var fishCompletion string

// shells are those that have a script.
func shells() []option {
	return []option{{word: "bash"}, {word: "zsh"}, {word: "fish"}}
}

// completion is skein completion. "reply" is what the scripts ask for.
func completion(args []string) int {
	const hint = "skein completion bash, zsh or fish"
	if len(args) > 0 && args[0] == "reply" {
		_, err := os.Stdout.WriteString(reply(args[1:]).text())
		return written("completion", err)
	}
	if len(args) != 1 {
		return fail("completion", usage.Errorf(hint, "name one shell"))
	}
	switch args[0] {
	case "bash":
		fmt.Print(bashCompletion)
	case "zsh":
		fmt.Print(zshCompletion)
	case "fish":
		fmt.Print(fishCompletion)
	case "--help", "-h":
		return help([]string{"completion"})
	default:
		return fail("completion", usage.Errorf(hint, "%s: no script for this shell", args[0]))
	}
	return 0
}

// The kinds of answers: what a shell offers beside the words.
const (
	onlyWords = "words"
	files     = "files"
	dirs      = "dirs"
	programs  = "programs"
	ofCommand = "command" // what it would after the words of COMMAND
)

// option is a word that may stand at a place, and what it is for.
type option struct{ word, what string }

// answer says what may stand at the place of the last word.
type answer struct {
	kind     string
	from, to int    // of COMMAND, where its words are; skein itself is word 0
	what     string // it is, in a word or a few
	prefix   string // what of the last word is before it: --from=
	words    []option
}

// text is the answer as the scripts read it: fields with tabs between, the only
// one that may be empty at the end; then a line for each word.
func (a answer) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\t%d\t%d\t%s\t%s\n", a.kind, a.from, a.to, a.what, a.prefix)
	for _, o := range a.words {
		b.WriteString(o.word + "\t" + o.what + "\n")
	}
	return b.String()
}

// reply completes the last of the words that follow skein on a command line.
func reply(words []string) answer {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	if len(words) == 1 {
		if strings.HasPrefix(last, "-") {
			return answer{kind: onlyWords, what: "flag", words: []option{{"--help", helpWhat}, {"--version", "the version"}}}
		}
		return answer{kind: onlyWords, what: "subcommand", words: subcommands()}
	}
	l := line{words: words, set: setOf(words[0])}
	switch valued := l.read(); {
	case valued != nil:
		return l.value(valued, "")
	case l.ended || l.command > 0 || !strings.HasPrefix(last, "-"):
		return l.operand()
	}
	if f, at := l.joined(last); f != nil {
		return l.value(f, last[:at])
	}
	return answer{kind: onlyWords, what: "flag", words: flagsOf(words[0])}
}

// operand completes what is no flag.
func (l *line) operand() answer {
	last := l.words[len(l.words)-1]
	none := answer{kind: onlyWords, what: "nothing more"}
	if l.command > 0 {
		return l.ofCommand()
	}
	if l.words[0] == "run" {
		return answer{kind: programs, what: "COMMAND"}
	}
	if l.operands > 0 {
		return none
	}
	switch l.words[0] {
	case "top":
		return answer{kind: onlyWords, what: "RUN", words: liveRuns()}
	case "resume", "show", "trace":
		runs := pastRuns(last, l.words[0] == "resume")
		if last != "" && len(runs) == 0 {
			return answer{kind: dirs, what: "RUN"} // that --journal has named
		}
		return answer{kind: onlyWords, what: "RUN", words: runs}
	case "completion":
		return answer{kind: onlyWords, what: "SHELL", words: shells()}
	case "help":
		return answer{kind: onlyWords, what: "SUBCOMMAND", words: having(helpTexts)}
	case "man":
		return answer{kind: onlyWords, what: "SUBCOMMAND", words: having(pages)}
	}
	return none
}

// ofCommand completes a word of COMMAND, or an input as what it is going to be:
// the word that the placeholder stands for, else the last one.
func (l *line) ofCommand() answer {
	a := answer{kind: ofCommand, what: "ARG", from: l.command + 1, to: len(l.words)}
	before := l.words[l.command : len(l.words)-1]
	separator := slices.IndexFunc(before, isSeparator)
	if separator < 0 {
		return a
	}
	a.what = "INPUT"
	before = before[:separator]
	if len(before) == 0 || strings.ContainsAny(before[0], " \t\n") {
		return answer{kind: files, what: a.what} // a shell line may do anything with it
	}
	if i := slices.IndexFunc(before, func(w string) bool { return strings.Contains(w, "{") }); i >= 0 {
		before = before[:i]
	}
	if len(before) == 0 {
		return answer{kind: programs, what: a.what}
	}
	a.to = a.from + len(before)
	return a
}
