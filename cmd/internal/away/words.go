package away

import "strings"

const (
	lastLines = 5
	lastBytes = 2 << 10
)

// lastWordsOf are the last lines of what was written to standard error.
func lastWordsOf(stderr []byte) string {
	end := string(stderr[max(0, len(stderr)-lastBytes):])
	lines := strings.SplitAfter(strings.TrimRight(end, "\n"), "\n")
	if len(stderr) > lastBytes && len(lines) > 1 {
		lines = lines[1:] // the first is a part of a line
	}
	return strings.Join(lines[max(0, len(lines)-lastLines):], "")
}
