package away

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

const (
	// mostTask is what the arguments of a task may have, which a command is, as
	// JSON.
	mostTask = 256 << 10

	// besides is what a task has there beside its command, and what it reads: its
	// mark, its time-out and names.
	besides = 512

	mostCommand = mostTask - besides

	// WordSize is what a word takes beside its text, which may not be UTF-8.
	WordSize = len(`{"base64":""},`)
)

// MostWords is how much the words of a command may have that runs in a directory,
// measured by [TextSize] and [WordSize].
func MostWords(dir string) int {
	return mostCommand - len(`{"Argv":[],"Dir":,"Stdin":null}`) - WordSize - TextSize(dir)
}

// TextSize is how many bytes a text may take, or rather more, as it is not known
// here whether the word that it is a part of is UTF-8.
func TextSize(s string) int {
	b, _ := json.Marshal(s) // of a string, which always can be
	return max(len(b)-len(`""`), base64.StdEncoding.EncodedLen(len(s)))
}

// checkSize refuses a task of which that many bytes are the command, and what it
// reads.
func checkSize(n int) error {
	if n > mostCommand {
		return fmt.Errorf("too large for a cluster: with what it reads the command has %d bytes on its way, and the most is %d; "+
			"put what is large where workers can read it, and give its name", n, mostCommand)
	}
	return nil
}
