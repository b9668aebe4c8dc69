package command

import (
	"path"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

// word is a word of a command as far as it is known before the inputs are.
type word struct {
	text  string // placeholders as they stand, or as {}
	hole  bool   // has a placeholder
	known text   // the same for a program, with its placeholders; nil: not known
}

// newWord gives a word of a command that is executed as it is.
func newWord(t text) word {
	w := word{known: t}
	for _, p := range t {
		if p.kind == literal {
			w.text += p.text
		} else {
			w.text, w.hole = w.text+"{}", true
		}
	}
	return w
}

// joins are programs that make a shell line of their arguments.
var joins = set("gargs hyperfine parallel rush skein tmux watch")

var awks = set("awk gawk mawk nawk original-awk")

// takesCode are the builtins of shells that evaluate what they are given;
// bash does it to the index in a name like a[$(command)].
var takesCode = set(`eval trap alias let [[ declare typeset local
	unset read getopts mapfile readarray compgen complete compopt fc wait`)

// wrappers are programs that run the command in their arguments.
var wrappers = set(`adb autossh builtin busybox bwrap caffeinate catchsegv chpst
	chronic chroot chrt cgexec command doas docker eatmydata env exec fakeroot
	faketime firejail flock gdb gtimeout ionice kubectl linux lldb ltrace lxc
	machinectl nerdctl nice nohup nsenter numactl oc perf pkexec podman prlimit
	proxychains rlwrap runcon runuser setarch setpriv setsid sg sshpass stdbuf
	strace su sudo systemd-inhibit systemd-run taskset time timeout torify
	torsocks toybox tsocks unbuffer unshare valgrind xargs xvfb-run`)

func isWrapper(w word) bool {
	name := path.Base(w.text)
	return wrappers[name] || wrappers[unversioned(name)]
}

// checkCode refuses a command in which a placeholder would be read as code:
// there an input could do anything. What a program makes of an argument that
// is data is its own affair.
func checkCode(words []word) error {
	quotedOnce := withoutQuoted(words)
	for i, w := range words {
		if w.hole {
			continue
		}
		if (i == 0 || isWrapper(words[0])) && isUnknown(words[i:]) && mayBeShell(w.text, words[i+1:]) {
			return asCode(w.text, shellHintOf("sh"))
		}
		name := path.Base(w.text)
		in, known := interpreterOf(name)
		first := i == 0 || isWrapper(words[0])
		args := words[i+1:]
		if isPOSIX(name) {
			args = quotedOnce[i+1:]
		}
		if known && (first || !in.common()) && in.readsHole(args) {
			if again(words[i+1:]) && isPOSIX(name) {
				return asCode(name, againHint)
			}
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

// mayBeShell says that a command which is not known before may be a shell that
// gets a placeholder as code. $CC -c {} is none.
func mayBeShell(name string, args []word) bool {
	if !hasOption(args, "c") {
		return false
	}
	for _, a := range args {
		if a.hole && (strings.ContainsAny(a.text, " \t\n;&|") || strings.Contains(strings.ToLower(name), "sh")) {
			return true
		}
	}
	return false
}

// checkFirst is for the commands that count only where a command begins.
func checkFirst(name string, args []word) error {
	switch {
	case name == "eval" && anyHole(args) && !isQuoted(args):
		return asCode(name, evalHint)
	case name == "wait":
		if namesWord(args, "-p") && anyHole(args) {
			return asCode(name+" -p", dashHint)
		}
	case name == "[[" && anyHole(args): // by a variable, of what is elsewhere told by its place
		return asCode(name, hints["inside [[...]]"])
	case name != "eval" && takesCode[name] && anyHole(args):
		return asCode(name, dashHint)
	case name == "env" && (hasOption(args, "S", "--split-string") || namesWord(args, "--s")) && anyHole(args):
		return asCode("env -S", "write the words as they are, without -S: env NAME=VALUE PROGRAM {}")
	case name == "sed" && anyHole(script(args)):
		return asCode(name, sedHint) // GNU sed has the command e
	case codeOptions[unversioned(name)] != nil && anyHole(optionCode(codeOptions[unversioned(name)], args)):
		return asCode(name, codeHint)
	case name == "find":
		for i, a := range args {
			if strings.HasPrefix(a.text, "-exec") || strings.HasPrefix(a.text, "-ok") {
				return checkCode(args[i+1:])
			}
		}
	case joins[name] && anyHole(before(args, ":::")):
		return asCode("the shell behind "+name, joinsHint)
	case awks[name] && anyHole(program(args)):
		return asCode(name, awkHint)
	case name == "printf" && len(args) > 0 && strings.HasPrefix(args[0].text, "-v") && anyHole(args[:min(2, len(args))]),
		(name == "test" || name == "[") && hasOption(args, "vR") && anyHole(args):
		return asCode(name+" -v", dashHint) // bash evaluates a[$(command)]
	case sshs[name] && anyHole(remote(args)) && !isQuoted(remote(args)):
		return asCode("the shell behind "+name, remoteHint)
	case farShell(name, args):
		return asCode("the shell behind "+name, remoteHint)
	}
	return nil
}

func shellHintOf(name string) string { return strings.ReplaceAll(shellHint, "NAME", name) }

func asCode(who, hint string) error {
	return usage.Errorf(hint, "%s would read the input as code", who)
}

// remote gives the words that ssh hands to the shell on the other machine.
func remote(args []word) []word {
	const takes = "BbcDEeFIiJLlmOopQRSWw"
	for i := 0; i < len(args); i++ {
		a := args[i].text
		switch {
		case args[i].hole && strings.Contains(strings.ToLower(a), "command"):
			return args[i:] // ProxyCommand and its like are for our shell
		case a == "--":
			return args[min(len(args), i+2):]
		case len(a) < 2 || a[0] != '-':
			return args[i+1:]
		case strings.IndexAny(a[1:], takes) == len(a)-2:
			if i++; i < len(args) && args[i].hole && strings.Contains(strings.ToLower(args[i].text), "command") {
				return args[i:]
			}
		}
	}
	return nil
}

// program gives the words that awk takes for a program, or may take.
func program(args []word) (code []word) {
	file := false
	for i := 0; i < len(args); i++ {
		a := args[i].text
		name, _, glued := strings.Cut(a, "=")
		switch {
		case a == "--":
			i++
			fallthrough
		case len(a) < 2 || a[0] != '-':
			if !file {
				code = append(code, args[min(len(args), i):min(len(args), i+1)]...)
			}
			return code
		case strings.HasPrefix(a, "-e"), len(name) > 3 && strings.HasPrefix("--source", name):
			file = true
			code = append(code, args[i:min(len(args), i+2)]...)
			i++
		case strings.HasPrefix(a, "-f"), strings.HasPrefix(a, "-E"), name == "--file", name == "--exec":
			file = true
			if len(a) == 2 || a == name && !glued && len(a) > 2 && a[1] == '-' {
				i++
			}
		case a == "-v" || a == "-F" || a == "-i" || a == "-l":
			i++
		case strings.HasPrefix(a, "--") && !glued:
			return append(code, args[i:]...) // a value may follow, or not
		}
	}
	return code
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

func anyHole(words []word) bool {
	for _, w := range words {
		if w.hole {
			return true
		}
	}
	return false
}
