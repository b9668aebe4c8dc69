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
	"su": switchUser, "runuser": switchUser,
}

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
		if known && in.readsHole(words[i+1:]) {
			return asCode(name, strings.ReplaceAll(in.hint, "NAME", name))
		}
		if i > 0 && !wrappers[path.Base(words[0].text)] {
			continue
		}
		switch {
		case takesCode[name] && anyHole(words[i+1:]):
			return asCode(name, dashHint)
		case name == "watch" && anyHole(words[i+1:]):
			return asCode(name, "watch does not end, so there is nothing to wait for")
		case name == "ssh" && anyHole(remote(words[i+1:])):
			return asCode("the shell behind ssh", remoteHint)
		}
	}
	return nil
}

func asCode(who, hint string) error {
	return usage.Errorf(hint, "%s would read the input as code", who)
}

// readsHole says whether a placeholder stands where the interpreter expects
// code. Options end at the first word that is none, but for su.
func (in interpreter) readsHole(args []word) bool {
	code := false // the next word that is no option is code
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case len(a.text) < 2 || a.text[0] != '-' && a.text[0] != '+':
			if code || in.hint != dashHint {
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

func anyHole(words []word) bool {
	for _, w := range words {
		if w.hole {
			return true
		}
	}
	return false
}
