package journal

import (
	"encoding/json"
	"path/filepath"

	"example.com/skein/cmd/internal/task"
)

// Records calls f with each record of a task in the order in which they were
// written, and run with each run before those that are its own. Lines that
// cannot be read are passed over: [Read] tells of them.
func Records(dir string, run func(Run), f func(*Record)) error {
	_, err := eachLine(filepath.Join(dir, journalName), func(_ int, line []byte) error {
		body, ok := unseal(line)
		if !ok {
			return nil
		}
		object := object(body)
		if _, ok := parseStep(body); ok {
			var r Record
			if json.Unmarshal(object, &r) == nil {
				f(&r)
			}
			return nil
		}
		var r struct {
			Event task.Kind
			Run
		}
		if json.Unmarshal(object, &r) == nil && r.Event == runBegins {
			run(r.Run)
		}
		return nil
	})
	return err
}
