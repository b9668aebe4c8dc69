package report

import (
	"regexp"
	"strings"
	"unicode"
)

// sequences are what terminals take for commands: colours, moves of the
// cursor, titles.
var sequences = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// shown is a text on one line with nothing in it that would move the cursor,
// or that has a width nobody knows.
func shown(s string) string {
	if plain(s) {
		return s
	}
	s = sequences.ReplaceAllString(s, "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner:
			return -1
		case unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// zeroWidthJoiner holds the parts of one picture together.
const zeroWidthJoiner = '\u200d'

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
