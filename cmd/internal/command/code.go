package command

import (
	"path"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

// word is a word of a command as far as it is known before the inputs are.
type word struct {
	text string // placeholders as they stand
	hole bool   // has a placeholder
}

// interpreter is a program that takes code as an argument.
type interpreter struct {
	code  string // option letters before code
	takes string // option letters before something else
	hint  string // how to give it an input as data; NAME is the program
}

const (
	shellHint  = `give the input as an argument: NAME -c 'echo "$1"' NAME {}`
	dashHint   = `give the input as an argument: sh -c 'echo "$1"' sh {}`
	scriptHint = "give the input as an argument, {} behind the code, and let the code look there"
	awkHint    = "give the input as a variable: awk -v x={} 'PROGRAM WITH x'"
	joinsHint  = "its own inputs can be given behind :::"
	remoteHint = `send the input as data: skein run "printf '%s\0' {} | ssh HOST xargs -0 PROGRAM"`
)

var (
	posixShell = interpreter{"c", "oO", shellHint}
	python     = interpreter{"c", "WXQm", scriptHint}
	javascript = interpreter{"ep", "r", scriptHint}
	switchUser = interpreter{"c", "gGswu", dashHint}
)

var interpreters = map[string]interpreter{
	"sh": posixShell, "bash": posixShell, "dash": posixShell, "ash": posixShell, "zsh": posixShell,
	"ksh": posixShell, "mksh": posixShell, "yash": posixShell, "rbash": posixShell,
	"fish": posixShell, "csh": posixShell, "tcsh": posixShell,
	"python": python, "python2": python, "python3": python, "pypy3": python,
	"node": javascript, "nodejs": javascript, "bun": javascript,
	"perl": {"eE", "I", scriptHint}, "ruby": {"e", "IrCE", scriptHint},
	"php": {"rBRE", "dcz", scriptHint}, "lua": {"e", "l", scriptHint},
	"su": switchUser, "runuser": switchUser, "script": switchUser, "flock": switchUser,
}

// joins are programs that make a shell line of their arguments.
var joins = set("gargs parallel rush skein watch")

var awks = set("awk gawk mawk nawk original-awk")

// takesCode are the builtins of shells that evaluate what they are given;
// bash does it to the index in a name like a[$(command)].
var takesCode = set("eval trap alias let [[ declare typeset local unset read getopts mapfile readarray")

// wrappers are programs that run the command in their arguments.
var wrappers = set(`autossh builtin chronic chrt command doas env exec ionice
	nice nohup setsid sshpass stdbuf sudo taskset time timeout xargs`)

// checkCode refuses a command in which a placeholder would be read as code:
// there an input could do anything. What a program makes of an argument that
// is data is its own affair.
func checkCode(words []word) error {
	for i, w := range words {
		if w.hole {
			continue
		}
		name := path.Base(w.text)
		in, known := interpreters[name]
		first := i == 0 || wrappers[path.Base(words[0].text)]
		if known && (first || !in.common()) && in.readsHole(words[i+1:]) {
			return asCode(name, strings.ReplaceAll(in.hint, "NAME", name))
		}
		if !first {
			continue
		}
		if err := checkFirst(name, words[i+1:]); err != nil {
			return err
		}
	}
	return nil
}

// checkFirst is for the commands that count only where a command begins.
func checkFirst(name string, args []word) error {
	switch {
	case takesCode[name] && anyHole(args):
		return asCode(name, dashHint)
	case joins[name] && anyHole(before(args, ":::")):
		return asCode("the shell behind "+name, joinsHint)
	case awks[name] && anyHole(program(args)):
		return asCode(name, awkHint)
	case (name == "printf" || name == "test" || name == "[") && anyHole(after(args, "-v")):
		return asCode(name+" -v", dashHint) // bash evaluates a[$(command)]
	case name == "ssh" && anyHole(remote(args)):
		return asCode("the shell behind ssh", remoteHint)
	}
	return nil
}

func asCode(who, hint string) error {
	return usage.Errorf(hint, "%s would read the input as code", who)
}

// common says that its name is one that files and arguments have, too, so that
// it counts only where a command begins.
func (in interpreter) common() bool { return in.hint == dashHint }

// readsHole says whether a placeholder stands where the interpreter expects
// code. Options end at the first word that is none, but for su.
func (in interpreter) readsHole(args []word) bool {
	code := false // the next word that is no option is code
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case len(a.text) < 2 || a.text[0] != '-' && a.text[0] != '+':
			if code || !in.common() {
				return code && a.hole
			}
		case a.text == "--rcfile" || a.text == "--init-file":
			i++
		case in.expects(a.text):
			if a.hole || anyHole(args[i+1:min(len(args), i+2)]) {
				return true
			}
			code = in.hint != scriptHint
			if !code || in.takesMore(a.text) {
				i++
			}
		case in.takesMore(a.text):
			i++
		}
	}
	return false
}

// expects says that code follows the option.
func (in interpreter) expects(option string) bool {
	switch option {
	case "--eval", "--print", "--command", "--session-command":
		return true
	}
	return option[1] != '-' && strings.ContainsAny(option[1:], in.code)
}

// takesMore says that an argument which is no code follows the option.
func (in interpreter) takesMore(option string) bool {
	return option[1] != '-' && strings.Contains(in.takes, option[len(option)-1:])
}

// remote gives the words that ssh hands to the shell on the other machine.
func remote(args []word) []word {
	const takes = "BbcDEeFIiJLlmOopQRSWw"
	for i := 0; i < len(args); i++ {
		a := args[i].text
		switch {
		case a == "--":
			return args[min(len(args), i+2):]
		case len(a) < 2 || a[0] != '-':
			return args[i+1:]
		case strings.IndexAny(a[1:], takes) == len(a)-2:
			i++
		}
	}
	return nil
}

// program gives the word that awk takes for a program, if it is not in a file.
func program(args []word) []word {
	for i := 0; i < len(args); i++ {
		a := args[i].text
		switch {
		case a == "--":
			return args[min(len(args), i+1):min(len(args), i+2)]
		case strings.HasPrefix(a, "-f") || strings.HasPrefix(a, "--file"):
			return nil
		case a == "-v" || a == "-F" || a == "-i":
			i++
		case len(a) < 2 || a[0] != '-':
			return args[i : i+1]
		}
	}
	return nil
}

// before gives the words in front of one, or all.
func before(words []word, text string) []word {
	for i, w := range words {
		if w.text == text {
			return words[:i]
		}
	}
	return words
}

// after gives the word that follows a certain one.
func after(words []word, text string) []word {
	n := len(before(words, text))
	return words[min(len(words), n+1):min(len(words), n+2)]
}

func anyHole(words []word) bool {
	for _, w := range words {
		if w.hole {
			return true
		}
	}
	return false
}
