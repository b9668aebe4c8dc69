package command

import (
	"fmt"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// Inputs says what the specs have for the placeholders of a template. The
// zero value is one input each.
type Inputs struct {
	Values int      // how many values each has; 0: its Input alone
	Names  []string // of these values, by place; an empty name is none
	Fields bool     // Input is a JSON object, and its fields have the names
	Many   bool     // Values are inputs, as many as there are
	Most   int      // with Many: at most so many; 0: nobody knows
	None   bool     // there is nothing but the Block
	Braces string   // stands for {}, which is text then; empty: {} does
}

// several says that {} alone does not say which value is meant.
func (in *Inputs) several() bool { return in.Values > 1 }

// all gives the placeholders that are appended where none stands.
func (g *grammar) all() []holder {
	if g.Values < 2 {
		return []holder{g.whole()}
	}
	all := make([]holder, g.Values)
	for i := range all {
		all[i] = holder{kind: whole, n: i + 1}
	}
	return all
}

// check refuses values that no argument can be.
func check(s task.Spec) error {
	if s.Values == nil {
		return checkValue(s.Input)
	}
	for _, v := range s.Values {
		if err := checkValue(v); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(v string) error {
	if len(v) > task.LongestInput {
		return fmt.Errorf("the input is longer than %d bytes, too long for an argument", task.LongestInput)
	}
	if strings.Contains(v, "\x00") {
		return fmt.Errorf("the input has a NUL byte, which no argument can have (-0 reads inputs that end with NUL)")
	}
	return nil
}
