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
	warned atomic.Bool
}

// find finds the placeholders that begin an argument.
func (o *options) find(words []text, known []word) {
	for i, w := range words {
		if i > 0 && len(w) > 0 && w[0].kind != literal && !w[0].kind.numbers() && !w[0].again && mayBeOption(known, i) {
			o.places = append(o.places, w[0].holder)
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

// look warns, once.
func (o *options) look(s task.Spec, slotOf int) {
	if o.warn == nil || len(o.places) == 0 || o.warned.Load() {
		return
	}
	for _, h := range o.places {
		values := []string{s.Input}
		if h.n == 0 && s.Values != nil {
			values = s.Values
		}
		for _, v := range values {
			s.Input = v
			if strings.HasPrefix(h.value(s, slotOf), "-") && o.warned.CompareAndSwap(false, true) {
				o.warn(fmt.Sprintf("task %d: the input %s begins with a dash, so the command may take it for an option", s.Seq, Quote(visible(cutName(h.value(s, slotOf))))),
					"write -- {} where the command knows --, or ./{} if the inputs are files")
				return
			}
		}
	}
}
