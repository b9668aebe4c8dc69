package task

import "strings"

// LastBytes is how much of what a task wrote to standard error its last words are
// taken from.
const LastBytes = 2 << 10

const lastLines = 5

// LastWords are the last lines of what a task wrote to standard error. end is the
// end of it; from LastBytes on, its first line is a part of one.
func LastWords(end []byte) string {
	lines := strings.SplitAfter(strings.TrimRight(string(end), "\n"), "\n")
	if len(end) >= LastBytes && len(lines) > 1 {
		lines = lines[1:]
	}
	return strings.Join(lines[max(0, len(lines)-lastLines):], "")
}
