package command

import (
	"strings"

	"example.com/skein/cmd/internal/task"
)

// Tasks gives the Work for inputs each of which is a whole command: a line
// for the shell, executed without one if it is simple. Nothing in it is
// replaced. The name is as in [Parse].
func Tasks(name string) (task.Work, error) {
	t, err := (&grammar{Inputs: &Inputs{}, label: true}).parseText(name)
	if err != nil {
		return nil, err
	}
	return func(s task.Spec, slot int) (task.Command, error) {
		if err := checkValue(s.Input); err != nil {
			return unmade(t, s, slot, s.Input), err
		}
		c := taskCommand(s.Input)
		label(&c, t, s, slot, s.Input)
		return c, nil
	}, nil
}

// taskCommand makes a command of a line.
func taskCommand(s string) task.Command {
	f, err := parse(mask(s, nil, '.'))
	if err != nil || strings.Contains(s, "\r") { // our parser overlooks carriage returns
		return shellCommand(s, another) // the shell says what is wrong with it
	}
	p := &parsed{source: s, file: f}
	words := p.words()
	if words == nil {
		return shellCommand(s, wrapOf(f, s))
	}
	argv := make([]string, len(words))
	for i, w := range words {
		argv[i] = w.fill(task.Spec{}, 0)
	}
	return task.Command{Argv: argv, Line: s}
}
