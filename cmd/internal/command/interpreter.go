package command

import "strings"

// interpreter is a program that takes code as an argument. What is said here of
// its options need not be complete: a letter that is not known makes a command
// with code in it doubtful, and that is refused.
type interpreter struct {
	code  string // option letters before code
	takes string // option letters with a value: the rest of the word, or the next word
	glued string // option letters whose value is the rest of the word, if anything
	flags string // option letters alone; * is all others
	long  string // long options before code
	hint  string // how to give it an input as data; NAME is the program
}

const (
	shellHint  = `give the input as an argument: NAME -c 'echo "$1"' NAME {}; or quote it for that shell: NAME -c 'echo {q}'`
	fishHint   = `give the input as an argument: NAME -c 'echo $argv[1]' {}`
	dashHint   = `give the input as an argument: sh -c 'echo "$1"' sh {}; or quote it for that shell: sh -c 'echo {q}'`
	evalHint   = `quote the input for it: eval "COMMAND {q}"`
	againHint  = "{q} has quotes of its own: let it stand outside of all others, in code that is known before, as in sh -c 'echo {q}'"
	dashOnly   = `give the input as an argument of another shell: sh -c 'echo "$1"' sh {}`
	scriptHint = "give the input as an argument, {} behind the code, and let the code look there"
	awkHint    = "give the input as a variable: awk -v x={} 'PROGRAM WITH x'"
	joinsHint  = "its own inputs can be given behind :::"
	sedHint    = "give the input as data to awk: awk -v x={} 'PROGRAM WITH x'; or in the environment to perl: x={} perl -pe 's/a/$ENV{x}/'"
	codeHint   = `give the input as data: in a file, in the environment (x={} PROGRAM ...) or as an argument of a shell: sh -c 'echo "$1"' sh {}`
	remoteHint = `quote the input for the shell there: ssh HOST PROGRAM {q}; or send it as data: skein run "printf '%s\0' {} | ssh HOST xargs -0 PROGRAM"`
)

var (
	posixShell = interpreter{code: "c", takes: "oO", flags: "*", hint: shellHint}
	cShell     = interpreter{code: "c", takes: "oO", flags: "*", hint: dashOnly}
	fish       = interpreter{code: "cC", takes: "dfo", flags: "*", long: "command init-command", hint: fishHint}
	python     = interpreter{code: "c", takes: "WXQ", flags: "bBdEhiIOPqRsStuvVx3", hint: scriptHint}
	javascript = interpreter{code: "ep", takes: "rC", flags: "cihv", long: "eval print", hint: scriptHint}
	switchUser = interpreter{code: "c", takes: "gGswuoEIOBTmL", flags: "flpPaeqhVxnF", long: "command session-command", hint: dashHint}
)

var interpreters = map[string]interpreter{
	"sh": posixShell, "bash": posixShell, "dash": posixShell, "ash": posixShell, "zsh": posixShell,
	"ksh": posixShell, "mksh": posixShell, "yash": posixShell, "rbash": posixShell,
	"fish": fish, "csh": cShell, "tcsh": cShell,
	"python": python, "python2": python, "python3": python, "pypy": python, "ipython": python,
	"node": javascript, "nodejs": javascript, "bun": javascript,
	"perl": {code: "eE", takes: "I", glued: "MmixFDdV", flags: "acfghlnpsStTuUvwWX0123456789", hint: scriptHint},
	"ruby": {code: "e", takes: "IrCE", glued: "iKTWFx", flags: "acdhlnpsSuvwy0123456789", hint: scriptHint},
	"php":  {code: "rBRE", takes: "cdzfFStg", flags: "aehilmnqsvwH", long: "run process-begin process-code process-end", hint: scriptHint},
	"lua":  {code: "e", takes: "l", flags: "ivEW", hint: scriptHint},
	"su":   switchUser, "runuser": switchUser, "script": switchUser, "flock": switchUser,
}

// interpreterOf finds an interpreter by the name of its program, in which its
// version may stand: python3.11, ksh93.
func interpreterOf(name string) (interpreter, bool) {
	in, ok := interpreters[name]
	if !ok {
		in, ok = interpreters[unversioned(name)]
	}
	return in, ok
}

// unversioned takes a version off the name of a program, and all behind it.
func unversioned(name string) string {
	if i := strings.IndexAny(name, "0123456789"); i >= 0 {
		name = strings.TrimRight(name[:i], "-._")
	}
	return name
}

// common says that its name is one that files and arguments have, too, so that
// it counts only where a command begins.
func (in interpreter) common() bool { return in.hint == dashHint }

// readsHole says whether a placeholder stands where the interpreter expects
// code, or may expect it. Options end at the first word that is none, but for
// su.
func (in interpreter) readsHole(args []word) bool {
	code := false // the next word that is no option is code: shells
	for i := 0; i < len(args); i++ {
		a := args[i]
		if !isOption(a.text) {
			if code || !in.common() {
				return code && a.hole
			}
			continue
		}
		next := args[min(len(args), i+1):]
		switch in.read(a.text) {
		case codeFollows:
			if a.hole || anyHole(next[:min(1, len(next))]) {
				return true
			}
			code = in.hint != scriptHint
			if !code {
				i++
			}
		case valueFollows:
			if len(next) > 0 && isOption(next[0].text) && in.mayBeCode(next[0].text) {
				return anyHole(next)
			}
			i++
		case doubtful:
			return in.inDoubt(args[i:])
		}
	}
	return false
}

// inDoubt is the answer where it is not known which words are options.
func (in interpreter) inDoubt(args []word) bool {
	for _, a := range args {
		if isOption(a.text) && in.mayBeCode(a.text) {
			return anyHole(args)
		}
	}
	return false
}

func isOption(s string) bool { return len(s) > 1 && (s[0] == '-' || s[0] == '+') }

// reading is what an option says of the words behind it.
type reading int

const (
	nothing reading = iota
	valueFollows
	codeFollows // or stands in the same word
	doubtful
)

func (in interpreter) read(option string) reading {
	if option == "--" {
		return nothing
	}
	if strings.HasPrefix(option, "--") {
		return in.readLong(option[2:])
	}
	found := nothing
	for i, c := range option[1:] {
		rest := option[1:][i+1:]
		switch {
		case strings.ContainsRune(in.code, c):
			if in.flags != "*" {
				return codeFollows
			}
			found = codeFollows // in a shell's cluster the code comes behind all options
		case strings.ContainsRune(in.takes, c):
			if in.flags == "*" && found == codeFollows {
				return doubtful // as -co NAME
			}
			if rest == "" || in.flags == "*" {
				return valueFollows
			}
			return nothing
		case strings.ContainsRune(in.glued, c):
			return nothing
		case in.flags != "*" && !strings.ContainsRune(in.flags, c):
			return doubtful
		}
	}
	return found
}

// quietLong are long options of shells that take nothing, and pathLong those
// that take a file.
var (
	quietLong = set("norc noprofile login posix restricted verbose noediting debugger no-config interactive private")
	pathLong  = set("rcfile init-file")
)

func (in interpreter) readLong(option string) reading {
	name, _, glued := strings.Cut(option, "=")
	switch {
	case in.isCode(name):
		return codeFollows
	case quietLong[name] || glued:
		return nothing
	case pathLong[name]:
		return valueFollows
	}
	return doubtful
}

// isCode says that a long option, which may be abbreviated, stands before code.
func (in interpreter) isCode(name string) bool {
	for long := range strings.FieldsSeq(in.long) {
		if name != "" && strings.HasPrefix(long, name) {
			return true
		}
	}
	return false
}

// mayBeCode is said of an option that may not be one, or of which it is not
// known what its letters mean.
func (in interpreter) mayBeCode(option string) bool {
	if strings.HasPrefix(option, "--") {
		name, _, _ := strings.Cut(option[2:], "=")
		return in.isCode(name)
	}
	return strings.ContainsAny(option[1:], in.code)
}
