package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// Objects gives each line of r, which must be a JSON object, as an input, or
// each that is not empty. The error of a line that is none has its number and
// comes last. One longer than [task.LongestInput] is not looked at.
func Objects(r io.Reader, skipEmpty bool) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		n := 0
		for s, err := range Lines(r, '\n') {
			if err == nil && skipEmpty && s.Input == "" {
				continue
			}
			if err == nil && len(s.Input) <= task.LongestInput {
				if bad := checkObject(s.Input); bad != nil {
					err = fmt.Errorf("record %d: %w", s.Seq, bad)
				}
			}
			if err != nil {
				yield(task.Spec{}, err)
				return
			}
			n++
			s.Seq = n
			if !yield(s, nil) {
				return
			}
		}
	}
}

func checkObject(line string) error {
	text := strings.TrimLeft(line, " \t")
	switch {
	case text == "":
		return errors.New("not a JSON object but an empty line (--skip-empty passes over these)")
	case !json.Valid([]byte(line)):
		d := json.NewDecoder(bytes.NewReader([]byte(line)))
		var v json.RawMessage
		err := d.Decode(&v)
		if err == nil {
			return errors.New("more than one JSON value in the line")
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("not JSON: the line ends too early")
		}
		return fmt.Errorf("not JSON: %w", err)
	case text[0] != '{':
		return errors.New("not a JSON object")
	}
	return nil
}
