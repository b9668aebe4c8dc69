package command

import (
	"fmt"
	"path"
	"strings"
	"sync/atomic"

	"example.com/skein/cmd/internal/task"
)

// options looks for the first input that begins with a dash where the command
// takes it for an option.
type options struct {
	warn   func(message, hint string)
	places []holder // what begins an argument that is not behind a --
	runs   []runs   // the same, for programs that execute what some options say
	warned atomic.Bool
}

// runs is a placeholder that begins an argument of a program which executes
// what some of its options say: such an input would be code.
type runs struct {
	holder
	program string
}

// runsOptions are these programs, with the letters of options before a value.
var runsOptions = map[string]string{
	"find": "", "git": "mCcFbBSGO", "rsync": "efTBM", "tar": "fCTXgKNVHLI", "gtar": "fCTXgKNVHLI",
	"ssh": sshValues, "scp": sshValues, "sftp": sshValues,
}

const sshValues = "BbcDEeFIiJLlmOoPpQRSWwX"

// runsOption names the program that would execute what the word at i says, if
// that is an option; empty: there is none.
func runsOption(words []word, i int) string {
	for j, w := range words[:i] {
		name := path.Base(w.text)
		values, ok := runsOptions[name]
		if !ok || j > 0 && !isWrapper(words[0]) {
			continue
		}
		if name != "find" && !mayBeOption(words[j:], i-j) || isValue(name, values, words[j:i]) {
			return ""
		}
		return name
	}
	return ""
}

// isValue says that the next word is the value of an option.
func isValue(name, letters string, words []word) bool {
	last := words[len(words)-1].text
	switch {
	case len(words) == 1:
		return false
	case name == "find":
		return isOption(last) && last != "--" && last != "-L" && last != "-H" && last != "-P" && !strings.HasPrefix(last, "-print")
	case len(words) == 2 && strings.HasSuffix(name, "tar") && last != "" && last[0] != '-':
		return strings.HasSuffix(last, "f") // as tar cf
	}
	return isOption(last) && last[1] != '-' && strings.IndexAny(last[1:], letters) == len(last)-2
}

// find finds the placeholders that begin an argument.
func (o *options) find(words []text, known []word) {
	for i, w := range words {
		if i > 0 && len(w) > 0 && w[0].kind != literal && !w[0].kind.numbers() && !w[0].again && mayBeOption(known, i) {
			o.places = append(o.places, w[0].holder)
		}
		if i > 0 && len(w) > 0 && w[0].kind != literal && !w[0].kind.numbers() && !w[0].again {
			o.add(w[0].holder, runsOption(known, i))
		}
	}
}

// mayBeOption says that the word at i of a command, which begins with an
// input, is an option if that begins with a dash. Behind its code or its file
// an interpreter has no options of its own.
func mayBeOption(words []word, i int) bool {
	_, interprets := interpreters[path.Base(words[0].text)]
	for _, w := range words[1:i] {
		if w.text == "--" || interprets && !isOption(w.text) {
			return false
		}
	}
	return true
}

func (o *options) add(h holder, program string) {
	if program != "" {
		o.runs = append(o.runs, runs{h, program})
	}
}

// look refuses an input that a program would execute, and warns, once, of one
// that begins with a dash.
func (o *options) look(s task.Spec, slotOf int) error {
	for _, r := range o.runs {
		if v, ok := r.dashed(s, slotOf); ok {
			way := "write -- {}, or ./{} if it is a file"
			if r.program == "find" {
				way = "write ./{}"
			}
			return fmt.Errorf("the input %s begins with a dash, and %s executes what some options say (%s)", Quote(visible(cutName(v))), r.program, way)
		}
	}
	if o.warn == nil || len(o.places) == 0 || o.warned.Load() {
		return nil
	}
	for _, h := range o.places {
		if v, ok := h.dashed(s, slotOf); ok && o.warned.CompareAndSwap(false, true) {
			o.warn(fmt.Sprintf("task %d: the input %s begins with a dash, so the command may take it for an option", s.Seq, Quote(visible(cutName(v)))),
				"write -- {} where the command knows --, or ./{} if the inputs are files")
			return nil
		}
	}
	return nil
}

// dashed gives the first value that begins with a dash.
func (h holder) dashed(s task.Spec, slotOf int) (string, bool) {
	if h.n > 0 || s.Values == nil {
		v := h.value(s, slotOf)
		return v, strings.HasPrefix(v, "-")
	}
	for _, v := range s.Values {
		s.Input = v
		if v = h.value(s, slotOf); strings.HasPrefix(v, "-") {
			return v, true
		}
	}
	return "", false
}
